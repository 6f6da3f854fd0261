import type { Delivery, PayloadType } from "../../webhook";
import { asBytes } from "../../webhook/body";
import { type Explanation } from "./explanation";
import { explain } from "./explain";
import { type Check, checks, failedAt } from "./checks";
import { type Case, expectedType, isRefusal, judge, type Refusal, signedAt } from "./judge";
import type { SigningKey } from "./keys";
import { fittingKey } from "./trials";

export type Status = "passed" | "failed" | "ignored" | "notNeeded" | "notReached";

/** The result of one check. */
export interface Checked {
  readonly check: Check;
  readonly status: Status;
  /** What was checked, or the code with which it failed; may be empty. */
  readonly detail: string;
}

/** What a receiver would do with a delivery, and why. */
export interface Verdict {
  /** All checks, in the receiver's order. */
  readonly checks: readonly Checked[];
  readonly delivery: Delivery | undefined;
  readonly refusal: Refusal | undefined;
  readonly explanation: Explanation | undefined;
}

const words: Readonly<Record<PayloadType, string>> = {
  PAYLOAD_TYPE_JSON: "JSON",
  PAYLOAD_TYPE_JWT: "JWT",
  PAYLOAD_TYPE_JWE: "JWE",
};

/** `asOf` is the source of the time at which it is checked. */
export async function verdict(one: Case, asOf: string): Promise<Verdict> {
  const came = await judge(one);
  const refusal = isRefusal(came) ? came : undefined;
  const delivery = isRefusal(came) ? undefined : came;
  const failed = refusal === undefined ? undefined : await failedAt(one, refusal);
  const reached = failed === undefined ? checks.length : checks.indexOf(failed);
  const key = reached > checks.indexOf("signature") ? await fittingKey(one) : undefined;
  const statusOf = (check: Check): Status => {
    if (check === failed) return "failed";
    if (checks.indexOf(check) > reached) return "notReached";
    if (check === "age" && one.at === undefined) return "ignored";
    return isNeeded(check, expectedType(one)) ? "passed" : "notNeeded";
  };
  const checked = checks.map((check): Checked => {
    const status = statusOf(check);
    const isSaid = status === "passed" || status === "ignored";
    const detail = status === "failed" ? refusal?.code : isSaid ? detailOf(check, { one, asOf, key, delivery }) : "";
    return { check, status, detail: detail ?? "" };
  });
  const explanation = refusal === undefined || failed === undefined ? undefined : await explain(one, failed, refusal);
  return { checks: checked, delivery, refusal, explanation };
}

/** Plain JSON is neither encrypted nor signed by the instance, and a JWT is not encrypted. */
function isNeeded(check: Check, type: PayloadType): boolean {
  if (check === "decryption") return type === "PAYLOAD_TYPE_JWE";
  return check !== "tokenSignature" || type !== "PAYLOAD_TYPE_JSON";
}

interface Known {
  readonly one: Case;
  readonly asOf: string;
  readonly key: SigningKey | undefined;
  readonly delivery: Delivery | undefined;
}

function detailOf(check: Check, { one, asOf, key, delivery }: Known): string | undefined {
  switch (check) {
    case "body":
      return `${asBytes(one.body).length} bytes`;
    case "signingKey":
      return one.keys.map(({ from }) => from).join(", ");
    case "age": {
      const signed = `signed ${timeOf(signedAt(one.headers))}`;
      return one.at === undefined ? signed : `${signed}, checked at ${timeOf(one.at)} (${asOf})`;
    }
    case "signature":
      return key === undefined ? undefined : `with the key from ${key.from}`;
    case "payloadType":
      return words[expectedType(one)];
    case "payload":
      return delivery?.kind;
    default:
      return undefined;
  }
}

/** In whole seconds, as ZITADEL signs it. */
function timeOf(date: Date | undefined): string | undefined {
  return date?.toISOString().replace(/\.\d+Z$/, "Z");
}
