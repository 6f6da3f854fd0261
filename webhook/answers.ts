import { checkAnswer, checkClaimName, checkFields, checkForwarded, invalid } from "./check-answer.ts";
import type { About } from "./payload.ts";
import type { Json } from "./json.ts";
import { lostObject, toJson } from "./to-json.ts";
import { isObject } from "./values.ts";

// Answers from the receiver of a `call` target. Each function returns one member of the answer: combine them with `{...a, ...b}`.
// Their JSON is documented at https://zitadel.com/docs/guides/integrate/actions/usage.

/** A claim to add. */
export interface AddedClaim {
  /** Its name. */
  key: string;
  /** Its value. */
  value: Json;
}

/** Adds claims to a token or the user info. */
export interface AppendClaims {
  /** The claims, in ZITADEL's format; {@link appendClaims} creates them. */
  append_claims: AddedClaim[];
}

/** Adds entries to the claim `urn:zitadel:iam:action:<function>:log`. */
export interface AppendLogClaims {
  /** The entries; {@link appendLogClaims} creates them. */
  append_log_claims: string[];
}

/** One entry of the user's metadata to set. */
export interface AddedMetadata {
  /** Its key. */
  key: string;
  /** Its value in base64. */
  value: string;
}

/** Sets metadata of the user. */
export interface SetUserMetadata {
  /** The metadata, in ZITADEL's format; {@link setUserMetadata} creates it. */
  set_user_metadata: AddedMetadata[];
}

/** An attribute to add. */
export interface AddedAttribute {
  /** Its name. */
  name: string;
  /** The format of its name, as SAML calls it; may be empty. */
  name_format: string;
  /** Its values. */
  value: string[];
}

/** Adds attributes to a SAML response. */
export interface AppendAttributes {
  /** The attributes, in ZITADEL's format; {@link appendAttributes} creates them. */
  append_attribute: AddedAttribute[];
}

/** An attribute's values, with the format of its name. */
export interface AttributeValues {
  /** The format of the name, such as `urn:oasis:names:tc:SAML:2.0:attrname-format:uri`. */
  readonly format: string;
  /** The values. */
  readonly values: readonly string[];
}

/** Refuses the call of ZITADEL's API that the delivery is about. */
export interface ForwardStatus {
  /** The status that ZITADEL's caller gets. */
  forwardedStatusCode: ForwardedStatus;
  /** The message that ZITADEL's caller gets. */
  forwardedErrorMessage: string;
}

/** The statuses that ZITADEL forwards to its caller. It turns all others into a 500. */
export type ForwardedStatus = 400 | 401 | 403 | 404 | 409 | 429;

/** An answer to `preuserinfo` or `preaccesstoken`. */
export interface TokenAnswer extends Partial<AppendClaims & AppendLogClaims & SetUserMetadata> {
  /** Only for `presamlresponse`. */
  append_attribute?: never;
}

/** An answer to `presamlresponse`. */
export interface SamlAnswer extends Partial<AppendAttributes & SetUserMetadata> {
  /** Only for `preuserinfo` and `preaccesstoken`. */
  append_claims?: never;
  /** Only for `preuserinfo` and `preaccesstoken`. */
  append_log_claims?: never;
}

/** An answer to a function. */
export type FunctionAnswer = Partial<AppendClaims & AppendLogClaims & SetUserMetadata & AppendAttributes>;

/** A value to answer with, as JSON. */
export type AnswerValue = string | number | boolean | null | readonly AnswerValue[] | AnswerObject;
/** An object to answer with, as JSON. Members that are `undefined` are left out. */
export interface AnswerObject {
  /** Its members. */
  readonly [member: string]: AnswerValue | undefined;
}

/**
 * An answer. For a function: what to add. For a request or a response: a whole message, which replaces the received one. For any
 * of them: a status to refuse the call with, or nothing, which changes nothing. `webhook` targets and events need no answer.
 */
export type Answer = FunctionAnswer | ForwardStatus | AnswerObject;

/**
 * Claims for `preuserinfo` and `preaccesstoken`, by name: all of them in one call, because `append_claims` of a second one would replace
 * those of the first. ZITADEL leaves out claims that exist already, and says so in the log claim. Over some, such as `sub`, and `aud` of an
 * access token, it writes its own value: an answer with them is `answer_invalid`.
 *
 * @param claims The values, by the claims' names.
 *
 * @example
 * ```ts
 * import { appendClaims, type Handler } from "pulumi-zitadel-actions/webhook";
 *
 * export const handler: Handler = ({ kind }) => (kind === "function" ? appendClaims({ tenant: "acme" }) : undefined);
 * ```
 *
 * @throws {@link WebhookError} `answer_invalid` for names that begin with `urn:zitadel:iam`, which ZITADEL ignores, and for values
 *   that JSON does not keep, such as a Set, `NaN` or half of a character
 */
export function appendClaims(claims: Readonly<Record<string, Json>>): AppendClaims {
  const append_claims = entriesOf("appendClaims", claims).map(([key, value]) => {
    checkClaimName(key);
    if (toJson(value, `The claim \`${key}\``) === undefined)
      throw invalid(`The claim \`${key}\` cannot be written as JSON.`);
    return { key, value };
  });
  return { append_claims };
}

/**
 * Entries for the log claim of the function, `urn:zitadel:iam:action:<function>:log`.
 *
 * @param entries The entries' text.
 */
export function appendLogClaims(...entries: string[]): AppendLogClaims {
  return { append_log_claims: entries };
}

/**
 * Metadata of the user, by key: for all three functions. Pass plain values: this function encodes them in base64.
 *
 * @param metadata The values, by key; strings are stored in UTF-8.
 * @throws {@link WebhookError} `answer_invalid` for values that are neither strings nor bytes, for an empty key or value, which ZITADEL
 *   does not store, and for half of a character
 */
export function setUserMetadata(metadata: Readonly<Record<string, string | Uint8Array>>): SetUserMetadata {
  const set_user_metadata = entriesOf("setUserMetadata", metadata).map(([key, value]) => {
    if (typeof value === "string") toJson(value, `The metadata \`${key}\``);
    // Also the bytes of another realm, such as a sandbox.
    if (typeof value !== "string" && Object.prototype.toString.call(value) !== "[object Uint8Array]")
      throw invalid(`The metadata \`${key}\` is neither a string nor bytes: write it as a string.`);
    if (key === "" || value.length === 0)
      throw invalid(`ZITADEL stores no metadata without a key and a value: leave \`${key}\` out.`);
    return { key, value: base64(value) };
  });
  return { set_user_metadata };
}

/**
 * Attributes for `presamlresponse`, by name.
 *
 * @param attributes The values of each attribute, or its values with the name's format.
 * @throws {@link WebhookError} `answer_invalid` for values that are not a list of strings, and for half of a character
 */
export function appendAttributes(
  attributes: Readonly<Record<string, readonly string[] | AttributeValues>>,
): AppendAttributes {
  const append_attribute = entriesOf("appendAttributes", attributes).map(([name, given]) => {
    const { format, values } =
      isObject(given) && "values" in given && "format" in given ? given : { format: "", values: given };
    if (!Array.isArray(values) || !values.every((value) => typeof value === "string"))
      throw invalid(`The values of the attribute \`${name}\` must be a list of strings.`);
    toJson(values, `The attribute \`${name}\``);
    return { name, name_format: format, value: [...values] };
  });
  return { append_attribute };
}

/**
 * Refuses the call with this status and message, which ZITADEL's caller gets. Works only if the target has `interruptOnError`.
 * Send the answer itself with the status 200.
 *
 * @param status One of the statuses that ZITADEL forwards.
 * @param message The message for ZITADEL's caller. Do not put secrets into it.
 *
 * @example
 * ```ts
 * import { forwardStatus, type Handler } from "pulumi-zitadel-actions/webhook";
 *
 * export const handler: Handler = ({ kind }) => (kind === "request" ? forwardStatus(403, "Not on Sundays") : undefined);
 * ```
 *
 * @throws {@link WebhookError} `answer_invalid` for a status that ZITADEL does not forward
 */
export function forwardStatus(status: ForwardedStatus, message: string): ForwardStatus {
  checkForwarded(status);
  return { forwardedStatusCode: status, forwardedErrorMessage: message };
}

/**
 * The answer to a delivery as a body; empty if there is no answer. Throws `answer_invalid`.
 *
 * @param json The payload as it arrived: the handler may have changed it since.
 */
export function bodyOf(answer: unknown, about: About, json: string): string {
  if (answer === undefined) return "";
  const isEvent = about.kind === "event";
  const body = toJson(answer, isEvent ? undefined : "The answer");
  const isJsonObject = body?.startsWith("{") === true && isObject(answer);
  // ZITADEL ignores what an event is answered with, so nothing that a handler returns is wrong.
  if (isEvent) return isJsonObject ? body : "";
  if (!isJsonObject) throw invalid("The answer must be an object that can be written as JSON, or `undefined`.");
  // Check what is sent: `toJSON` chooses that, also inside.
  const sent = JSON.parse(body) as object;
  checkAnswer(sent, about);
  if (about.kind !== "function") checkFields(sent, (JSON.parse(json) as Record<string, unknown>)[about.kind]);
  return body;
}

/** The members of an argument. Throws `answer_invalid` if it is not a plain object, such as a Map or a string. */
function entriesOf<T>(name: string, given: Readonly<Record<string, T>>): [string, T][] {
  if (!isObject(given) || Array.isArray(given) || lostObject(given) !== undefined)
    throw invalid(`\`${name}()\` needs an object with the values by name.`);
  const entries = Object.entries(given);
  for (const [key] of entries) toJson(key, `The name \`${key.toWellFormed()}\``);
  return entries;
}

function base64(value: string | Uint8Array): string {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
