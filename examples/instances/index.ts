import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const receiver = new pulumi.Config().require("receiver");

// Configure each instance first, for example:
// pulumi config set --path zitadel-actions:instances.staging.domain staging.zitadel.cloud
// pulumi config set --path --secret zitadel-actions:instances.staging.accessToken <token>
for (const instance of ["production", "staging"]) {
  const audit = new ZitadelTarget(`audit-${instance}`, {
    name: "audit",
    endpoint: `${receiver}/${instance}`,
    timeout: "10s",
    restAsync: {},
    instance,
  });
  new ZitadelExecution(`users-${instance}`, {
    condition: { event: { group: "user.human" } },
    targets: [audit.id],
    instance,
  });
}
