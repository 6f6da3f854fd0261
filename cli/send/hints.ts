import { isRecord, parseJson } from "../../provider/api/json";
import type { WebhookErrorCode } from "../../webhook";
import { isCode } from "../../webhook/errors";
import { quoted } from "../visible";

/** What most probably went wrong in a receiver, and what to do. */

const otherKey =
  "The receiver most probably has another signing key. Compare the key that you sent with to the one that the receiver reads. If they are equal, a body parser changes the body before the receiver checks it.";
const ownStatus = `If the receiver rejected the signature: ${otherKey} If a handler chose this status: ZITADEL does not pass it on. Return forwardStatus() to reject a call.`;
const clocks = "The clocks of this machine and of the receiver differ, or --at is too far from now.";
const seeLog = "Look at the receiver's log.";
const rejects = `The receiver rejects the delivery. ${seeLog}`;
const jsonParser =
  'Most probably a JSON parser runs before the receiver: it rejects every JWT and JWE, which are not JSON although ZITADEL sends them as application/json. Register the receiver first, or give its route the raw bytes: see "JWT and JWE get 400" in docs/frameworks.md.';

/** The codes that a receiver with `pulumi-zitadel-actions/webhook` answers. */
type Code = WebhookErrorCode | "handler_failed";

const byCode: Partial<Record<Code, string>> = {
  signature_mismatch: otherKey,
  settings: `The receiver's own options are wrong: most probably its signing key is not set. ${seeLog}`,
  body_parsed:
    "A body parser or a hook reads the body before the receiver. Register the receiver first, or give its route the raw bytes. In Fastify, an onRequest or preParsing hook has to skip the route. The receiver's log names the fix for its framework.",
  too_old: clocks,
  in_future: clocks,
  payload_type:
    "The receiver expects another payload type. Give --payload-type the type that the target has. If you did, correct the receiver's options: JWT needs instanceKeys, JWE also decryptionKeys, and JSON neither of them.",
  token_key_unknown:
    "The receiver does not know the key's id: give it the instance's keys (--keys-port) and, for JWE, the private key under the KID of --public-key. A receiver waits for up to 30 s before it fetches keys again, and --keys-port makes new ones each time: keep one with --instance-key.",
  token_signature: "The receiver has another key of the instance under the same id.",
  token_undecryptable: "The receiver's private key does not belong to the --public-key.",
  keys_unavailable: `The receiver could not get its signing key or the instance's keys: a function in its options threw or took too long, or the instance did not answer. ${seeLog} For JWT and JWE with --keys-port N, the receiver's instance is http://127.0.0.1:N, on this machine only.`,
  replayed: "The receiver got the same delivery before: the same payload within one second.",
  handler_failed: `The receiver's handler threw an error. ${seeLog}`,
  answer_invalid: `The receiver's handler returned an answer that ZITADEL would ignore or fail on. ${seeLog}`,
};

/** By the status, for any receiver. */
function byStatus(status: number, isToken: boolean): string {
  switch (status) {
    case 101:
      return "What answers there switches to another protocol, as a WebSocket server does: correct the URL.";
    case 400:
    case 422:
      return isToken ? jsonParser : rejects;
    case 401:
    case 403:
      return ownStatus;
    case 404:
      return "There is no route for this path: compare it with the receiver's, also a trailing slash.";
    case 405:
      return "The route does not take POST requests.";
    case 413:
      return "The receiver, or a proxy before it, does not take a body of this size.";
    default:
      return status >= 500 ? `The receiver, or a proxy before it, failed. ${seeLog}` : rejects;
  }
}

function isOurs(text: string): text is Code {
  return isCode(text) || text === "handler_failed";
}

/** The hint for a status that is not a success. */
export function hintFor(status: number, body: string, isToken: boolean): string {
  const answer = parseJson(body);
  const error = isRecord(answer) ? answer["error"] : undefined;
  // Other servers have other texts there, such as "Bad Request".
  if (typeof error !== "string" || !isOurs(error)) return byStatus(status, isToken);
  return `The receiver's code is ${quoted(error)}. ${byCode[error] ?? byStatus(status, false)}`;
}

const nothingListens =
  "Nothing listens there. Start the receiver, or correct the port. In a container, it must listen on 0.0.0.0.";
const notTrusted = "Its certificate is not trusted: set NODE_EXTRA_CA_CERTS to the file of its certificate authority.";

/** The hint for a request that got no answer, by the code of the error. */
export function hintForFailure(code = ""): string {
  switch (code) {
    case "timeout":
      return "If the receiver is only slow, give more time with --timeout. A target's own timeout is at most 30 s in effect. If the target has interruptOnError, ZITADEL then rejects the call with 500, and otherwise waits and goes on without the answer.";
    case "tooLarge":
      return "ZITADEL reads an answer in whole: answer with only what it uses.";
    case "ECONNREFUSED":
      return nothingListens;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "The host's name does not resolve on this machine.";
    case "EPROTO":
      return "The port answers in plain HTTP: use http:// in the URL.";
    case "ECONNRESET":
      return "The receiver, or a proxy before it, closed the connection without an answer. If the port takes TLS, use https:// in the URL.";
    default:
      return /CERT|SIGNED/.test(code) ? notTrusted : "";
  }
}
