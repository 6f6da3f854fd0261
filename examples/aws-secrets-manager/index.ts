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

// A new key is a new version, and the one before stays: the receiver takes AWSCURRENT and AWSPREVIOUS.
const known = new SecretVersion(
  "signing-key",
  { secretId: secret.id, secretString: check.signingKey },
  { retainOnDelete: true },
);

// Not before the receiver's key is written does ZITADEL call the target.
new ZitadelExecution(
  "sessions",
  {
    condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
    targets: [check.id],
  },
  { dependsOn: known },
);

// What the receiver's role has to be allowed to read.
export const secretArn = secret.arn;
