import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

// One tenant is an instance of ZITADEL and a stack. service/ sets the configuration of each, from tenants.json.
const config = new pulumi.Config();

const audit = new ZitadelTarget("audit", {
  endpoint: config.require("endpoint"),
  timeout: "10s",
  restAsync: {},
});

for (const group of config.requireObject<string[]>("events")) {
  new ZitadelExecution(group, { condition: { event: { group } }, targets: [audit.id] });
}

export const signingKey = audit.signingKey;
