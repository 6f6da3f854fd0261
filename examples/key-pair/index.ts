import * as pulumi from "@pulumi/pulumi";
import { PrivateKey } from "@pulumi/tls";
import { ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

// Pulumi generates the pair once and keeps it in the state, with the private key encrypted.
const pair = new PrivateKey("claims", { algorithm: "ECDSA", ecdsaCurve: "P256" });

const claims = new ZitadelTarget("claims", {
  endpoint: config.require("endpoint"),
  timeout: "3s",
  restCall: { interruptOnError: true },
  payloadType: "PAYLOAD_TYPE_JWE",
});

const key = new ZitadelTargetPublicKey("claims", { targetId: claims.id, publicKey: pair.publicKeyPem });

// Without an active key, ZITADEL could issue no token, so the execution waits for the key.
new ZitadelExecution(
  "claims",
  { condition: { function: { name: "preaccesstoken" } }, targets: [claims.id] },
  { dependsOn: key },
);

// The receiver in examples/encrypted needs these as CLAIMS_KEY_ID, CLAIMS_KEY and ZITADEL_SIGNING_KEY. The last two are secrets.
export const keyId = key.keyId;
export const privateKey = pair.privateKeyPemPkcs8;
export const signingKey = claims.signingKey;
