import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

// Somebody created this target by hand. `adopt` takes it over as it is, with its signing key. `npx pulumi-zitadel-actions export`
// writes a program like this one for everything that an instance has. You can remove `adopt` after the first `pulumi up`.
const audit = new ZitadelTarget("audit", {
  name: "audit",
  endpoint: new pulumi.Config().require("endpoint"),
  timeout: "10s",
  restAsync: {},
  adopt: true,
});

new ZitadelExecution("users", {
  condition: { event: { group: "user.human" } },
  targets: [audit.id],
  adopt: true,
});

export const signingKey = audit.signingKey;
