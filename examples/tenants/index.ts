import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

// Each tenant has its own ZITADEL instance and its own stack. service/ configures each stack from tenants.json.
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
