import * as pulumi from "@pulumi/pulumi";
import { listTargets, ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "pulumi-zitadel-actions";

const settings = new pulumi.Config("program");
const hook = new ZitadelTarget("hook", {
  endpoint: "https://example.com/hook",
  timeout: settings.require("timeout"),
  restWebhook: {},
  payloadType: "PAYLOAD_TYPE_JWE",
});
const key = new ZitadelTargetPublicKey("key", { targetId: hook.id, publicKey: settings.require("publicKey") });
new ZitadelExecution(
  "sessions",
  { condition: { request: { service: "zitadel.session.v2.SessionService" } }, targets: [hook.id] },
  { dependsOn: key },
);

// What is managed elsewhere, once there is something of the kind.
const other = settings.get("other");
export const otherKey = other === undefined ? undefined : ZitadelTarget.get("other", other).signingKey;

export const signingKey = hook.signingKey;
export const names = listTargets().then((targets) => targets.map(({ name }) => name));
