import { type BodyLimits, bytesOf, isRaw, type RawBody, readBody, tooLarge } from "./body.ts";
import { contextOf, type RequestContext } from "./context.ts";
import { isWebhookError, nameOf, WebhookError } from "./errors.ts";
import { contentLength, type HeadersLike, readSignatureHeader, type SignatureHeader } from "./header.ts";
import { type Signed, sha256 } from "./hmac.ts";
import { asInstanceKeys } from "./instance-keys.ts";
import {
  type PayloadType,
  type Settings,
  settingsOf,
  signatureSettings,
  type SignatureOptions,
  type SignatureSettings,
  type VerifyOptions,
} from "./options.ts";
import { type About, readPayload } from "./payload.ts";
import type { ReplayStore } from "./replays.ts";
import { checkSignature, signingKeysOf } from "./signature.ts";
import { openJwe, openJwt, utf8 } from "./token.ts";
import { isObject, isRequest } from "./values.ts";
import { lookUp, type OnLeave, threw } from "./waiting.ts";

/**
 * A verified delivery from ZITADEL. Check `kind`: it determines the type of `payload`.
 */
export type Delivery = About & {
  /** The format in which the payload arrived. */
  readonly payloadType: PayloadType;
  /** When ZITADEL signed it, by ZITADEL's clock, in whole seconds. */
  readonly signedAt: Date;
};

/**
 * Reads a request and verifies that it is a delivery from ZITADEL. The signature header's presence, form and age are checked
 * before the body is read.
 *
 * @param request The request. Its body must not have been read.
 * @param options The keys, and other options.
 *
 * @example
 * ```ts
 * import { verify } from "pulumi-zitadel-actions/webhook";
 *
 * export async function receive(request: Request): Promise<Response> {
 *   const { kind, payload } = await verify(request, { signingKey: process.env.ZITADEL_SIGNING_KEY });
 *   console.log(kind, payload);
 *   return new Response();
 * }
 * ```
 *
 * @throws {@link WebhookError} if it is not; its `code` says why. It never throws anything else
 */
export async function verify(request: Request, options: VerifyOptions): Promise<Delivery> {
  const { delivery } = await verifyWith(
    ...withOurErrors(() => [settingsOf(options), incomingRequest(request)] as const),
  );
  return delivery;
}

/**
 * Verifies that a body and its headers are a delivery from ZITADEL. The body must be what was received, byte for byte: do not
 * parse it and serialise it again.
 *
 * @param rawBody The body as it was received.
 * @param headers All headers of the request, or only the signature header.
 * @param options The keys, and other options.
 * @throws {@link WebhookError} if it is not; its `code` says why. It never throws anything else
 */
export async function verifyRaw(rawBody: RawBody, headers: HeadersLike, options: VerifyOptions): Promise<Delivery> {
  const { delivery } = await verifyWith(
    withOurErrors(() => settingsOf(options)),
    incomingRaw(rawBody, headers),
  );
  return delivery;
}

/** A body that ZITADEL signed. */
export interface SignedBody {
  /** The body, as it was sent. */
  readonly text: string;
  /** When ZITADEL signed it, by ZITADEL's clock, in whole seconds. */
  readonly signedAt: Date;
}

/** A request that has been read already. */
export interface ReadRequest {
  /** All headers, or only the signature header. */
  readonly headers: HeadersLike;
  /** The body as it was received, byte for byte. */
  readonly body: RawBody;
}

/**
 * Verifies only the signature, and leaves the body to you. ZITADEL signs what it sends to HTTP e-mail and SMS providers in the
 * same way as deliveries, but these are none. Deliveries of actions: use {@link verify}.
 *
 * @param request A `Request` whose body has not been read, or the headers and the body of any other request.
 * @param options The provider's signing key, and other options.
 *
 * @example
 * ```ts
 * import { verifySignature } from "pulumi-zitadel-actions/webhook";
 *
 * export async function sendMail(request: Request): Promise<Response> {
 *   const { text } = await verifySignature(request, { signingKey: process.env.MAIL_SIGNING_KEY });
 *   console.log(JSON.parse(text));
 *   return new Response();
 * }
 * ```
 *
 * @throws {@link WebhookError} if no signature matches; its `code` says why. It never throws anything else
 */
export async function verifySignature(request: Request | ReadRequest, options: SignatureOptions): Promise<SignedBody> {
  try {
    const settings = signatureSettings(options);
    if (!isObject(request))
      throw new WebhookError("settings", "The request is missing: pass a `Request`, or `{ headers, body }`.");
    const { body } = request;
    const incoming = isRaw(body) ? incomingRaw(body, request.headers) : incomingRequest(request as Request);
    const { text, signed, signedAt } = await checkSigned(settings, incoming);
    if (settings.replays !== undefined) await checkReplay(settings.replays, signed, settings);
    return { text, signedAt };
  } catch (error) {
    throw asOurs(error);
  }
}

/** A request whose body has not been read yet. */
export interface Incoming<Framework = unknown> {
  readonly headers: HeadersLike;
  readonly context: RequestContext<Framework>;
  /** Whether the body is at hand, so that its length need not be announced. */
  readonly isRead?: boolean;
  /** Tells if the caller leaves before the answer, where the framework can say that. */
  readonly onLeave?: OnLeave | undefined;
  /** Reads the body. Throws one of the `body_…` codes. */
  readonly read: (limits: BodyLimits) => Promise<Uint8Array>;
}

function incomingRequest(request: Request): Incoming {
  if (!isObject(request)) throw new WebhookError("settings", "The request is missing: pass a `Request`.");
  const { headers, url } = request;
  // A `Request` without a body has `null`.
  if ((request.body as unknown) === undefined && !isRequest(request))
    throw new WebhookError(
      "settings",
      "This is not a `Request` of the Fetch standard, and it has no body. For a request of Node, use an adapter such as `expressWebhook`, or read the body first and call `verifyRaw(body, request.headers, options)`.",
    );
  return { headers, context: contextOf(headers, url, undefined), read: (limits) => readBody(request, limits) };
}

function incomingRaw(body: RawBody, headers: HeadersLike): Incoming {
  const context = contextOf(headers, undefined, undefined);
  return { headers, context, isRead: true, read: ({ maxBodyBytes }) => Promise.resolve(bytesOf(body, maxBodyBytes)) };
}

/** Verifies a delivery with settings that were checked before, and gives its JSON, too. Throws only {@link WebhookError}s. */
export async function verifyWith<Framework>(
  settings: Settings<Framework>,
  incoming: Incoming<Framework>,
): Promise<{ delivery: Delivery; json: string }> {
  try {
    const { text, signed, signedAt } = await checkSigned(settings, incoming);
    const payloadType = typeOf(text);
    if (!settings.payloadTypes.includes(payloadType))
      throw new WebhookError(
        "payload_type",
        `The payload is ${payloadType}, but ${settings.payloadTypes.join(" or ")} is expected (\`payloadTypes\`).`,
      );
    const { json, unique } = await open(text, payloadType, settings);
    const about = readPayload(json, payloadType !== "PAYLOAD_TYPE_JSON");
    if (settings.replays !== undefined) await checkReplay(settings.replays, signed, settings, unique);
    return { delivery: { ...about, payloadType, signedAt }, json };
  } catch (error) {
    throw asOurs(error);
  }
}

/** The error itself, or one for what cannot be looked at, such as a header whose getter throws. */
function asOurs(error: unknown): WebhookError {
  return isWebhookError(error)
    ? error
    : new WebhookError("settings", `Reading the request or the options failed: ${nameOf(error)}.`, { cause: error });
}

function withOurErrors<T>(reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    throw asOurs(error);
  }
}

/**
 * The order matters. A sender without a recent signature header cannot make us read a body, and one without the signing key cannot
 * make us parse JSON, decrypt or fetch keys.
 */
async function checkSigned<Framework>(
  settings: SignatureSettings<Framework>,
  { headers, context, isRead, read }: Incoming<Framework>,
): Promise<SignedBody & { signed: Signed }> {
  const header = readSignatureHeader(headers);
  const signedAt = checkTime(header, settings);
  if (isRead !== true && (contentLength(headers) ?? 0) > settings.maxBodyBytes) throw tooLarge(settings.maxBodyBytes);
  const body = await read(settings);
  const keys = await signingKeysOf(settings.signingKey, context, settings.lookupTimeout);
  // A sender can take its time with the body, and so can the function for the keys.
  checkTime(header, settings);
  const signed = { time: header.time, body };
  await checkSignature(header, signed, keys);
  return { text: utf8(body), signed, signedAt };
}

function checkTime({ time }: Pick<SignatureHeader, "time">, settings: SignatureSettings<never>): Date {
  const { tolerance, clockSkew } = settings;
  const seconds = Number(time);
  const age = timeOf(settings) / 1_000 - seconds;
  // With an invalid clock, every delivery fails here.
  if (!(age <= tolerance))
    throw new WebhookError(
      "too_old",
      `The delivery was signed ${Math.round(age)} s ago, but only ${tolerance} s are allowed (\`tolerance\`): it waited somewhere, was sent again, or the clocks differ.`,
    );
  if (age < -clockSkew)
    throw new WebhookError(
      "in_future",
      `The delivery was signed ${Math.round(-age)} s in the future, but only ${clockSkew} s are allowed (\`clockSkew\`): the clocks of this machine and of ZITADEL differ.`,
    );
  return new Date(seconds * 1_000);
}

/** The time in milliseconds. Throws `settings` if the clock of the options does not return a date. */
function timeOf({ now }: Pick<SignatureSettings, "now">): number {
  let time: unknown;
  try {
    time = now();
  } catch (error) {
    throw threw("settings", "The function in `now`", error);
  }
  // Also for a Date from another realm, such as a sandbox.
  if (!(time instanceof Date) && Object.prototype.toString.call(time) !== "[object Date]")
    throw new WebhookError("settings", "`now` must return a Date, such as `new Date()`.");
  return (time as Date).getTime();
}

/** The payload's format, from its text: ZITADEL's Content-Type is the same for all. */
function typeOf(text: string): PayloadType {
  if (/^[\w-]+(?:\.[\w-]*){2}$/.test(text)) return "PAYLOAD_TYPE_JWT";
  return /^[\w-]+(?:\.[\w-]*){4}$/.test(text) ? "PAYLOAD_TYPE_JWE" : "PAYLOAD_TYPE_JSON";
}

/** What a body contains, and the part of a token that no other genuine token has. */
interface Opened {
  readonly json: string;
  readonly unique?: string | undefined;
}

async function open(
  text: string,
  type: PayloadType,
  { instanceKeys, decryptionKeys, lookupTimeout }: Settings<never>,
): Promise<Opened> {
  if (type === "PAYLOAD_TYPE_JSON" || instanceKeys === undefined) return { json: text };
  const isJwe = type === "PAYLOAD_TYPE_JWE" && decryptionKeys !== undefined;
  const jwt = isJwe ? await openJwe(text, decryptionKeys, lookupTimeout) : text;
  const { payload, alg } = await openJwt(jwt, asInstanceKeys(instanceKeys), lookupTimeout);
  return { json: payload, unique: isJwe ? uniqueInJwe(text) : uniqueInJwt(text, alg) };
}

/**
 * Header and nonce: each encryption has a random nonce. Nothing else, because base64 allows several texts for the same bytes, and
 * some of the same bytes can be in another part.
 */
function uniqueInJwe(text: string): string {
  const [header, , nonce = ""] = text.split(".");
  return `${header}.${nonce.slice(0, 16)}`;
}

/**
 * The content, and the first half of an ECDSA signature, which is random; its second half has two valid values. Signatures of other
 * algorithms are the same for the same content, so that two equal calls would count as one.
 */
function uniqueInJwt(text: string, alg: string): string | undefined {
  const signature = text.lastIndexOf(".") + 1;
  return alg.startsWith("ES") ? text.slice(0, signature + 42) : undefined;
}

async function checkReplay(
  replays: ReplayStore,
  signed: Signed,
  settings: SignatureSettings<never>,
  unique?: string,
): Promise<void> {
  const { tolerance, lookupTimeout } = settings;
  const id = await sha256(unique === undefined ? signed : { time: "token", body: new TextEncoder().encode(unique) });
  // An id that is out of date by now would be forgotten at once.
  const signedAt = checkTime(signed, settings);
  const seconds = Math.ceil((signedAt.getTime() - timeOf(settings)) / 1_000 + tolerance) + 1;
  const lookup = { name: "replays.add", code: "replays_unavailable", limit: lookupTimeout } as const;
  if (!(await lookUp(lookup, () => replays.add(id, seconds))))
    throw new WebhookError(
      "replayed",
      "The same delivery was accepted before: it was sent again, or there were two equal calls within one second (see `replays`).",
    );
}
