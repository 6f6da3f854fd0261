import * as pulumi from "@pulumi/pulumi";
import { ZitadelTarget } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

// ZITADEL signs what it sends to this endpoint with `signingKey`. Without an execution it sends nothing, so the default is harmless.
const audit = new ZitadelTarget("audit", {
  endpoint: config.get("endpoint") ?? "https://example.com/zitadel",
  timeout: config.get("timeout") ?? "10s",
  restWebhook: { interruptOnError: false },
  // A new value here makes a new signing key: `pulumi config set rotation 2026-12`.
  rotationTriggers: [config.get("rotation") ?? "first"],
});

export const targetId = audit.id;
export const targetName = audit.name;
export const signingKey = audit.signingKey;
