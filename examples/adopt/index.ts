import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

// Made by hand in the past: taken over as it is, signing key included. `npx pulumi-zitadel-actions export` writes such a
// program for everything that an instance has. After the first `pulumi up`, `adopt` may go.
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
