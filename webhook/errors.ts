/**
 * Why a delivery was rejected, or could not be checked. The union is closed: decide by it, never by a message's text.
 *
 * - `settings`: the options or other arguments are invalid: no signing key, a private key in the wrong format, a limit that is not a
 *   number, headers that are not an object
 * - `body_missing`: the body is empty
 * - `body_too_large`: the body is larger than the limit, whatever its Content-Length says
 * - `body_timeout`: the body did not arrive in time
 * - `body_unreadable`: the body's stream broke off
 * - `body_parsed`: something has read or parsed the body before, so the signed bytes are lost
 * - `body_not_utf8`: the body, or a token's content, is not UTF-8
 * - `body_not_json`: the body, or a token's content, is neither JSON nor a token
 * - `header_missing`: there is no signature header
 * - `header_doubled`: there is more than one signature header, or more than one time in it
 * - `header_malformed`: the signature header is not `t=<seconds>,v1=<64 hexadecimal digits>`
 * - `too_old`: the signature is older than the tolerance
 * - `in_future`: the signature's time is ahead of this machine's clock
 * - `signature_mismatch`: no signature matches the time, the bytes and one of the keys
 * - `payload_type`: the payload is JSON, a JWT or a JWE, but another of these is expected
 * - `token_malformed`: the JWT or JWE is malformed
 * - `token_algorithm`: ZITADEL does not sign or encrypt with this algorithm; this includes `none`
 * - `token_compressed`: the JWE is compressed: ZITADEL sends none, and a small one may contain a huge text
 * - `token_key_unknown`: no key has the token's `kid`
 * - `token_signature`: the instance's signature does not match the token
 * - `token_undecryptable`: the private key cannot decrypt the token
 * - `keys_unavailable`: the keys are not available: a key function threw or took too long, or the instance's key set could not be
 *   fetched
 * - `payload_invalid`: the signature is valid, but the payload is not a request, a response, an event or a function; for example an
 *   ID token of the instance
 * - `replayed`: the same delivery was accepted before
 * - `replays_unavailable`: the replay store failed or took too long
 * - `answer_invalid`: ZITADEL would ignore the answer or fail on it
 * - `handler_timeout`: the handler did not return in time
 * - `caller_left`: the caller closed the connection before the handler returned
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
  | "answer_invalid"
  | "handler_timeout"
  | "caller_left";

/** The status to answer with: 401 for unproven deliveries, 400 for unreadable ones, 5xx for errors of the receiver. */
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
  handler_timeout: 500,
  caller_left: 500,
};

/**
 * The only error class of this module. Its message says what is wrong and what to do; it contains no key, body or signature. If a
 * function of your own threw, such as `signingKey`, `cause` is what it threw: look at it before you log it, because it may contain a
 * secret.
 */
export class WebhookError extends Error {
  /** Why the delivery was rejected. Check this, not the message, which may change. */
  readonly code: WebhookErrorCode;
  /** The HTTP status to answer with. */
  readonly status: number;

  /** @internal Only this package creates these errors. */
  constructor(code: WebhookErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WebhookError";
    this.code = code;
    this.status = statuses[code];
  }
}

/**
 * Whether `error` is a WebhookError with one of these codes, or with any code if none are given. Works across copies of the
 * package, unlike `instanceof`.
 *
 * @param error The caught value.
 * @param codes The codes to accept; by default all.
 */
export function isWebhookError(error: unknown, ...codes: WebhookErrorCode[]): error is WebhookError {
  try {
    if (!(error instanceof Error) || !Object.hasOwn(error, "name") || !Object.hasOwn(error, "code")) return false;
    const { name, code } = error as Error & { code: unknown };
    if (name !== "WebhookError" || typeof code !== "string" || !isCode(code)) return false;
    return codes.length === 0 || (codes as string[]).includes(code);
  } catch {
    // A value that cannot even be looked at is not one of ours.
    return false;
  }
}

/** Whether a text is the code of a WebhookError. */
export function isCode(text: string): text is WebhookErrorCode {
  return Object.hasOwn(statuses, text);
}

/** The name of somebody else's error, and the system's code for it. Do not show its message: that may contain a secret. */
export function nameOf(error: unknown): string {
  try {
    if (!(error instanceof Error) || !/^\w{1,40}$/.test(error.name)) return "an error";
    const { code } = (error.cause ?? error) as { code?: unknown };
    return typeof code === "string" && /^[A-Z][A-Z_]{2,40}$/.test(code) ? `${error.name} (${code})` : error.name;
  } catch {
    return "an error that cannot be read";
  }
}
