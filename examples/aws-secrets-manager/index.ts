import * as pulumi from "@pulumi/pulumi";
import { Secret, SecretVersion } from "@pulumi/aws/secretsmanager";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

const check = new ZitadelTarget("check", {
  endpoint: config.require("endpoint"),
  timeout: "3s",
  restWebhook: { interruptOnError: true },
  // `pulumi config set rotation 2026-12` makes a new target with a new key.
  rotationTriggers: [config.get("rotation") ?? "first"],
  rotationStrategy: "replace",
});

const secret = new Secret("signing-key", { name: "zitadel/signing-key" });

// A new key becomes a new version, and the previous version stays: the receiver reads AWSCURRENT and AWSPREVIOUS.
const known = new SecretVersion(
  "signing-key",
  { secretId: secret.id, secretString: check.signingKey },
  { retainOnDelete: true },
);

// ZITADEL calls the target only after the receiver's key is written.
new ZitadelExecution(
  "sessions",
  {
    condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
    targets: [check.id],
  },
  { dependsOn: known },
);

// The receiver's role needs permission to read this secret.
export const secretArn = secret.arn;
