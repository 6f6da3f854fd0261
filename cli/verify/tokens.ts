import { isWebhookError, type PayloadType } from "../../webhook";
import { asBytes } from "../../webhook/body";
import { openJwe, utf8 } from "../../webhook/token";
import { type Case, isRefusal, judge } from "./judge";

/** A delivery's type and keys, before it is verified. */

/** The payload's type, if the signature is valid. */
export async function typeOf(one: Case): Promise<PayloadType> {
  const nothing = { instanceKeys: { keys: [] }, decryptionKeys: {} };
  for (const type of ["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"] as const) {
    const came = await judge(one, { ...nothing, payloadTypes: [type] });
    if (isRefusal(came) && came.code !== "payload_type") return type;
  }
  return "PAYLOAD_TYPE_JSON";
}

/** The key that a JWE is encrypted for. */
export async function kidOfJwe({ body }: Case): Promise<string> {
  let asked = "";
  const note = (kid: string) => void (asked = kid);
  await openJwe(utf8(asBytes(body)), note).catch(ignoreRefusal);
  return asked;
}

/** The key that a JWT is signed with. */
export async function kidOfJwt(one: Case): Promise<string> {
  let asked = "";
  const { instanceKeys } = one;
  const keyFor = ({ kid }: { kid: string }) => {
    asked = kid;
    return Promise.reject(new Error("only the key id is needed"));
  };
  if (instanceKeys !== undefined) await judge({ ...one, at: undefined, instanceKeys: { keyFor } }).catch(ignoreRefusal);
  return asked;
}

function ignoreRefusal(error: unknown): void {
  if (!isWebhookError(error)) throw error;
}
