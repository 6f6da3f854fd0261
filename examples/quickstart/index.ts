import * as pulumi from "@pulumi/pulumi";
import { ZitadelTarget } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

// ZITADEL calls this endpoint, and signs what it sends with `signingKey`.
const audit = new ZitadelTarget("audit", {
  endpoint: config.get("endpoint") ?? "https://hooks.example.com/zitadel",
  timeout: config.get("timeout") ?? "10s",
  restWebhook: { interruptOnError: false },
  // Another value here makes a new signing key: `pulumi config set rotation 2026-12`.
  rotationTriggers: [config.get("rotation") ?? "first"],
});

export const targetId = audit.id;
export const targetName = audit.name;
export const signingKey = audit.signingKey;
