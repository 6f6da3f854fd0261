import * as pulumi from "@pulumi/pulumi";
import { Secret } from "@pulumi/kubernetes/core/v1";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

const check = new ZitadelTarget("check", {
  endpoint: config.get("endpoint") ?? "https://hooks.example.com/check",
  timeout: "3s",
  restWebhook: { interruptOnError: true },
  // `pulumi config set rotation 2026-12` makes a new target with a new key.
  rotationTriggers: [config.get("rotation") ?? "first"],
  rotationStrategy: "replace",
});

// Its name is its own, so that the receiver's pods can refer to it. It is changed in place.
const known = new Secret("signing-key", {
  metadata: { name: "zitadel-signing-key", namespace: config.get("namespace") ?? "hooks" },
  stringData: { ZITADEL_SIGNING_KEY: check.signingKey },
});

// Not before the receiver's key is written does ZITADEL call the target.
new ZitadelExecution(
  "sessions",
  {
    condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
    targets: [check.id],
  },
  { dependsOn: known },
);

export const secretName = known.metadata.name;
