import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

// Everything that differs between the environments is in Pulumi.dev.yaml and Pulumi.prod.yaml.
const config = new pulumi.Config();
const endpoint = config.require("endpoint");
// Whether a receiver that is down can stop a log-in.
const interruptOnError = config.requireBoolean("interruptOnError");
// Whether `pulumi destroy` fails until you remove the protection.
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
