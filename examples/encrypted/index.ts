import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

const claims = new ZitadelTarget("claims", {
  endpoint: config.require("endpoint"),
  timeout: "3s",
  restCall: { interruptOnError: true },
  payloadType: "PAYLOAD_TYPE_JWE",
});

// The receiver generates a private key and keeps it: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out claims.pem
// It gives you the public key: openssl pkey -in claims.pem -pubout -out claims.pub.pem
const key = new ZitadelTargetPublicKey("claims", {
  targetId: claims.id,
  publicKey: readFileSync(config.get("publicKeyFile") ?? join(__dirname, "claims.pub.pem"), "utf8"),
});

// Without an active key, ZITADEL could issue no token, so the execution waits for the key.
new ZitadelExecution(
  "claims",
  { condition: { function: { name: "preaccesstoken" } }, targets: [claims.id] },
  { dependsOn: key },
);

// receiver.mts needs the first two, and the private key.
export const signingKey = claims.signingKey;
export const keyId = key.keyId;
export const fingerprint = key.fingerprint;
