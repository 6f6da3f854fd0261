import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";
import { ReceiverKey } from "./receiver-key";

const config = new pulumi.Config();
const receiver = config.require("receiver");

const check = new ZitadelTarget("check", {
  endpoint: `${receiver}/hook`,
  timeout: "5s",
  restWebhook: { interruptOnError: true },
  // `pulumi config set rotation 2026-12` makes a new target with a new key.
  rotationTriggers: [config.get("rotation") ?? "first"],
  rotationStrategy: config.get("strategy") === "inPlace" ? "inPlace" : "replace",
});

// First the receiver gets the new key, and keeps the old one.
const known = new ReceiverKey("check", { receiver, key: check.signingKey });

// Only then does ZITADEL call the new target. Pulumi deletes the old target last.
new ZitadelExecution(
  "sessions",
  {
    condition: { request: { method: "/zitadel.session.v2.SessionService/ListSessions" } },
    targets: [check.id],
  },
  { dependsOn: known },
);
