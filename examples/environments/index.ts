import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

// What differs between environments is in Pulumi.dev.yaml and Pulumi.prod.yaml, and nowhere else.
const config = new pulumi.Config();
const endpoint = config.require("endpoint");
// Where a receiver that is down may stop a log-in.
const interruptOnError = config.requireBoolean("interruptOnError");
// Where `pulumi destroy` has to be asked for twice.
const protect = config.getBoolean("protect") ?? false;

const check = new ZitadelTarget(
  "check",
  {
    endpoint,
    timeout: config.get("timeout") ?? "3s",
    restWebhook: { interruptOnError },
  },
  { protect },
);

new ZitadelExecution(
  "sessions",
  { condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } }, targets: [check.id] },
  { protect },
);

export const signingKey = check.signingKey;
