import { WebhookError } from "./errors.ts";
import type { Json, JsonObject } from "./payload.ts";

// What the receiver of a `call` target answers. Each function gives one member of the answer: join them with `{...a, ...b}`.
// https://zitadel.com/docs/guides/integrate/actions/usage has their wire form.

/** A claim to be added. */
export interface AddedClaim {
  /** Its name. */
  key: string;
  /** Its value. */
  value: Json;
}

/** Asks for claims in a token or the user info. */
export interface AppendClaims {
  /** The claims, in ZITADEL's words; {@link appendClaims} makes them. */
  append_claims: AddedClaim[];
}

/** Asks for entries in the claim `urn:zitadel:iam:action:<function>:log`. */
export interface AppendLogClaims {
  /** The entries; {@link appendLogClaims} makes them. */
  append_log_claims: string[];
}

/** Metadata of the user to be set. */
export interface AddedMetadata {
  /** Its key. */
  key: string;
  /** Its value in base64. */
  value: string;
}

/** Asks for metadata of the user. */
export interface SetUserMetadata {
  /** The metadata, in ZITADEL's words; {@link setUserMetadata} makes it. */
  set_user_metadata: AddedMetadata[];
}

/** An attribute to be added. */
export interface AddedAttribute {
  /** Its name. */
  name: string;
  /** The format of its name, as SAML calls it; may be empty. */
  name_format: string;
  /** Its values. */
  value: string[];
}

/** Asks for attributes in a SAML response. */
export interface AppendAttributes {
  /** The attributes, in ZITADEL's words; {@link appendAttributes} makes them. */
  append_attribute: AddedAttribute[];
}

/** The values of an attribute whose name has a format. */
export interface AttributeValues {
  /** The format of the name, such as `urn:oasis:names:tc:SAML:2.0:attrname-format:uri`. */
  readonly format: string;
  /** The values. */
  readonly values: readonly string[];
}

/** Refuses the call of ZITADEL's API that the delivery is about. */
export interface ForwardStatus {
  /** The status that whoever called ZITADEL gets. */
  forwardedStatusCode: ForwardedStatus;
  /** The message that whoever called ZITADEL gets. */
  forwardedErrorMessage: string;
}

/** The statuses that ZITADEL hands on. It makes a 500 of other ones. */
export type ForwardedStatus = 400 | 401 | 403 | 404 | 409 | 429;

/** What may be answered to a function. */
export type FunctionAnswer = Partial<AppendClaims & AppendLogClaims & SetUserMetadata & AppendAttributes>;

/**
 * An answer: to a function what it asks for; to a request or a response a whole message, which takes the place of the one that
 * came; to any of them a status to refuse the call with; or nothing, which changes nothing and is all that a `webhook` target
 * and an event want.
 */
export type Answer = FunctionAnswer | ForwardStatus | JsonObject;

const zitadelsClaims = "urn:zitadel:iam";

/**
 * Claims for `preuserinfo` and `preaccesstoken`, by name. ZITADEL leaves out those that are there already and says so in the
 * log claim.
 *
 * @param claims The values by the names of the claims.
 *
 * @example
 * ```ts
 * import { appendClaims, type Handler } from "pulumi-zitadel-actions/webhook";
 *
 * export const handler: Handler = ({ kind }) => (kind === "function" ? appendClaims({ tenant: "acme" }) : undefined);
 * ```
 *
 * @throws {@link WebhookError} `answer_invalid` for names that begin with `urn:zitadel:iam`, which ZITADEL ignores
 */
export function appendClaims(claims: Readonly<Record<string, Json>>): AppendClaims {
  const append_claims = Object.entries(claims).map(([key, value]) => ({ key, value }));
  const ignored = append_claims.find(({ key }) => key.startsWith(zitadelsClaims));
  if (ignored !== undefined)
    throw new WebhookError(
      "answer_invalid",
      `ZITADEL ignores claims whose name begins with ${zitadelsClaims}: choose another name.`,
    );
  return { append_claims };
}

/**
 * Entries for the log claim of the function, `urn:zitadel:iam:action:<function>:log`.
 *
 * @param entries What is to be read there.
 */
export function appendLogClaims(...entries: string[]): AppendLogClaims {
  return { append_log_claims: entries };
}

/**
 * Metadata of the user, by key: for all three functions. It needs no base64: that is done here.
 *
 * @param metadata The values by their keys; a text is stored in UTF-8.
 */
export function setUserMetadata(metadata: Readonly<Record<string, string | Uint8Array>>): SetUserMetadata {
  const set_user_metadata = Object.entries(metadata).map(([key, value]) => ({ key, value: base64(value) }));
  return { set_user_metadata };
}

/**
 * Attributes for `presamlresponse`, by name.
 *
 * @param attributes The values of each, or the values with the name's format.
 */
export function appendAttributes(
  attributes: Readonly<Record<string, readonly string[] | AttributeValues>>,
): AppendAttributes {
  const append_attribute = Object.entries(attributes).map(([name, given]) => {
    const { format, values } = "values" in given && "format" in given ? given : { format: "", values: given };
    return { name, name_format: format, value: [...values] };
  });
  return { append_attribute };
}

/**
 * Refuses the call with this status and message, if the target interrupts on errors; answer it with 200. Whoever called
 * ZITADEL gets both.
 *
 * @param status One of those that ZITADEL hands on.
 * @param message What whoever called is told: no secret.
 *
 * @example
 * ```ts
 * import { forwardStatus, type Handler } from "pulumi-zitadel-actions/webhook";
 *
 * export const handler: Handler = ({ kind }) => (kind === "request" ? forwardStatus(403, "Not on Sundays") : undefined);
 * ```
 *
 * @throws {@link WebhookError} `answer_invalid` for a status that ZITADEL does not hand on
 */
export function forwardStatus(status: ForwardedStatus, message: string): ForwardStatus {
  if (![400, 401, 403, 404, 409, 429].includes(status))
    throw new WebhookError(
      "answer_invalid",
      "ZITADEL hands on 400, 401, 403, 404, 409 and 429, and makes a 500 of any other status.",
    );
  return { forwardedStatusCode: status, forwardedErrorMessage: message };
}

/** The answer as a body; empty where there is nothing to say. Throws `answer_invalid`. */
export function bodyOf(answer: Answer | undefined): string {
  if (answer === undefined) return "";
  let body: string | undefined;
  try {
    body = JSON.stringify(answer);
  } catch {
    // Said below, without what the value was.
  }
  if (body?.startsWith("{") !== true)
    throw new WebhookError("answer_invalid", "The answer must be an object that JSON can hold, or `undefined`.");
  // The payload itself is no answer: ZITADEL fails at its first member.
  if (typeof answer === "object" && "fullMethod" in answer)
    throw new WebhookError(
      "answer_invalid",
      "The answer is the whole payload: answer its `request` (or `response`), changed.",
    );
  return body;
}

function base64(value: string | Uint8Array): string {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
