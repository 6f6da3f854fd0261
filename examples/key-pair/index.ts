import * as pulumi from "@pulumi/pulumi";
import { PrivateKey } from "@pulumi/tls";
import { ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

// Made once, and kept in the state: the private half only encrypted.
const pair = new PrivateKey("claims", { algorithm: "ECDSA", ecdsaCurve: "P256" });

const claims = new ZitadelTarget("claims", {
  endpoint: config.require("endpoint"),
  timeout: "3s",
  restCall: { interruptOnError: true },
  payloadType: "PAYLOAD_TYPE_JWE",
});

const key = new ZitadelTargetPublicKey("claims", { targetId: claims.id, publicKey: pair.publicKeyPem });

// Without an active key every token would fail, so the execution waits for it.
new ZitadelExecution(
  "claims",
  { condition: { function: { name: "preaccesstoken" } }, targets: [claims.id] },
  { dependsOn: key },
);

// CLAIMS_KEY_ID, CLAIMS_KEY and ZITADEL_SIGNING_KEY of the receiver in examples/encrypted: the last two are secrets.
export const keyId = key.keyId;
export const privateKey = pair.privateKeyPemPkcs8;
export const signingKey = claims.signingKey;
