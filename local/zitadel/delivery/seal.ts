import type { KeyObject } from "node:crypto";
import { encryptJwt, signJwt } from "../../../webhook/testing/seal";
import { ApiError } from "../errors";
import type { DeliveryTarget } from "./source";

/** Returns the key with which the instance signs. */
export type SigningKeySource = () => Promise<{ kid: string; privateKey: KeyObject }>;

/** A key with which jose can encrypt. */
const LEAST_RSA_BITS = 2048;

/** Returns the body that is sent to a target: the payload as it is, signed by the instance, or signed and then encrypted. */
export async function seal(payload: string, target: DeliveryTarget, signingKey: SigningKeySource): Promise<string> {
  switch (target.payloadType) {
    case "PAYLOAD_TYPE_UNSPECIFIED":
    case "PAYLOAD_TYPE_JSON":
      return payload;
    case "PAYLOAD_TYPE_JWT":
      return sign(payload, signingKey);
    case "PAYLOAD_TYPE_JWE":
      return encrypt(await sign(payload, signingKey), target);
  }
}

async function sign(payload: string, signingKey: SigningKeySource): Promise<string> {
  const { kid, privateKey } = await signingKey();
  return signJwt(payload, { kid, key: privateKey });
}

async function encrypt(jwt: string, { encryptionKey }: DeliveryTarget): Promise<string> {
  if (encryptionKey === undefined) {
    throw ApiError.domain(13, "EXEC-2n8fhs7g", "No encryption key found for target");
  }
  const { keyId, key } = encryptionKey;
  if (key.asymmetricKeyDetails?.namedCurve === "secp224r1") {
    throw ApiError.plain(13, "ZITADEL accepts a public key on P-224, but cannot encrypt with it");
  }
  if ((key.asymmetricKeyDetails?.modulusLength ?? LEAST_RSA_BITS) < LEAST_RSA_BITS) {
    throw ApiError.plain(
      13,
      "the mock server cannot encrypt with RSA keys of less than 2048 bits, although ZITADEL can",
    );
  }
  return encryptJwt(jwt, { kid: keyId, key }, key.asymmetricKeyType === "rsa" ? "RSA-OAEP-256" : "ECDH-ES+A256KW");
}
