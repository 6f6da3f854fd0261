/**
 * Why a delivery was refused, or could not be checked. The union is closed: decide by it, never by a message's text.
 *
 * - `settings`: the options cannot be used: no signing key, a private key in a wrong form, a limit that is no number
 * - `body_missing`: the body has no bytes
 * - `body_too_large`: it has more than the limit, whatever its Content-Length says
 * - `body_timeout`: it did not arrive in time
 * - `body_unreadable`: its stream broke off
 * - `body_parsed`: something has read or parsed it before, so that the bytes that were signed are lost
 * - `body_not_utf8`: its bytes, or those within a token, are not UTF-8
 * - `body_not_json`: it, or what is within a token, is neither JSON nor a token
 * - `header_missing`: there is no signature header
 * - `header_doubled`: there is more than one, or more than one time in it
 * - `header_malformed`: it is not `t=<seconds>,v1=<64 hexadecimal digits>`
 * - `too_old`: the time of the signature is further back than the tolerance
 * - `in_future`: it is ahead of this machine's clock
 * - `signature_mismatch`: no signature fits the time, the bytes and one of the keys
 * - `payload_type`: the payload came as JSON, JWT or JWE where another of these is expected
 * - `token_malformed`: a JWT or JWE that is not one
 * - `token_algorithm`: an algorithm with which ZITADEL does not sign or encrypt, `none` included
 * - `token_compressed`: a compressed JWE: ZITADEL sends none, and a small one may hold a huge text
 * - `token_key_unknown`: no key with the token's `kid`
 * - `token_signature`: the instance's signature does not fit the token
 * - `token_undecryptable`: the private key does not open the token
 * - `keys_unavailable`: the keys could not be had: a key function threw, or the instance's key set could not be fetched
 * - `payload_invalid`: well signed, but neither a request, a response, an event nor a function
 * - `replayed`: the very same delivery was taken before
 * - `replays_unavailable`: the replay store failed
 * - `answer_invalid`: an answer that ZITADEL would ignore or fail on
 */
export type WebhookErrorCode =
  | "settings"
  | "body_missing"
  | "body_too_large"
  | "body_timeout"
  | "body_unreadable"
  | "body_parsed"
  | "body_not_utf8"
  | "body_not_json"
  | "header_missing"
  | "header_doubled"
  | "header_malformed"
  | "too_old"
  | "in_future"
  | "signature_mismatch"
  | "payload_type"
  | "token_malformed"
  | "token_algorithm"
  | "token_compressed"
  | "token_key_unknown"
  | "token_signature"
  | "token_undecryptable"
  | "keys_unavailable"
  | "payload_invalid"
  | "replayed"
  | "replays_unavailable"
  | "answer_invalid";

/** The status to answer with: 401 for what is not proven, 400 for what cannot be read, 5xx for what is ours. */
const statuses: Readonly<Record<WebhookErrorCode, number>> = {
  settings: 500,
  body_missing: 400,
  body_too_large: 413,
  body_timeout: 408,
  body_unreadable: 400,
  body_parsed: 500,
  body_not_utf8: 400,
  body_not_json: 400,
  header_missing: 401,
  header_doubled: 401,
  header_malformed: 401,
  too_old: 401,
  in_future: 401,
  signature_mismatch: 401,
  payload_type: 401,
  token_malformed: 400,
  token_algorithm: 401,
  token_compressed: 401,
  token_key_unknown: 401,
  token_signature: 401,
  token_undecryptable: 401,
  keys_unavailable: 503,
  payload_invalid: 400,
  replayed: 409,
  replays_unavailable: 503,
  answer_invalid: 500,
};

/** The one kind of error that this module throws. Its message says what is wrong and what to do; it holds no key, body or signature. */
export class WebhookError extends Error {
  /** Why it was refused. Decide by this: the message may change. */
  readonly code: WebhookErrorCode;
  /** The HTTP status to answer with. */
  readonly status: number;

  /** @internal Only this package makes them. */
  constructor(code: WebhookErrorCode, message: string) {
    super(message);
    this.name = "WebhookError";
    this.code = code;
    this.status = statuses[code];
  }
}

/**
 * Whether `error` is one of ours, with one of these codes if any are given. Works across copies of the package, unlike
 * `instanceof`.
 *
 * @param error Whatever was caught.
 * @param codes The codes that count; all, if none are given.
 */
export function isWebhookError(error: unknown, ...codes: WebhookErrorCode[]): error is WebhookError {
  if (!(error instanceof Error) || error.name !== "WebhookError" || !("code" in error)) return false;
  const { code } = error;
  return typeof code === "string" && code in statuses && (codes.length === 0 || (codes as string[]).includes(code));
}

/** What may be said of somebody else's error: its name, since its message may hold a secret. */
export function nameOf(error: unknown): string {
  return error instanceof Error && /^\w{1,40}$/.test(error.name) ? error.name : "an error";
}
