import { bytesOf, type RawBody, readBody } from "./body.ts";
import { nameOf, WebhookError } from "./errors.ts";
import { type HeadersLike, readSignatureHeader, type SignatureHeader } from "./header.ts";
import { type Signed, sha256 } from "./hmac.ts";
import { asInstanceKeys } from "./instance-keys.ts";
import { type PayloadType, type Settings, settingsOf, type VerifyOptions } from "./options.ts";
import { type About, readPayload } from "./payload.ts";
import { checkSignature, signingKeysOf } from "./signature.ts";
import { openJwe, openJwt, utf8 } from "./token.ts";

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
 * Reads a request and verifies that it is a delivery from ZITADEL.
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
  const settings = settingsOf(options);
  return check(await readBody(request, settings), request.headers, settings);
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
  const settings = settingsOf(options);
  return check(bytesOf(rawBody, settings.maxBodyBytes), headers, settings);
}

/**
 * The order matters: a sender without the signing key fails at the signature, and cannot make us parse JSON, decrypt or fetch
 * keys.
 */
async function check(body: Uint8Array, headers: HeadersLike, settings: Settings): Promise<Delivery> {
  const keys = await signingKeysOf(settings.signingKey);
  const header = readSignatureHeader(headers);
  const signedAt = checkTime(header, settings);
  const signed = { time: header.time, body };
  await checkSignature(header, signed, keys);
  const text = utf8(body);
  const payloadType = typeOf(text);
  if (!settings.payloadTypes.includes(payloadType))
    throw new WebhookError(
      "payload_type",
      `The payload is ${payloadType}, but ${settings.payloadTypes.join(" or ")} is expected (\`payloadTypes\`).`,
    );
  const about = readPayload(await open(text, payloadType, settings));
  await checkReplay(signed, signedAt, settings);
  return { ...about, payloadType, signedAt };
}

function checkTime({ time }: SignatureHeader, { tolerance, clockSkew, now }: Settings): Date {
  const seconds = Number(time);
  const age = now().getTime() / 1_000 - seconds;
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

/** The payload's format, from its text: ZITADEL's Content-Type is the same for all. */
function typeOf(text: string): PayloadType {
  if (/^[\w-]+(?:\.[\w-]*){2}$/.test(text)) return "PAYLOAD_TYPE_JWT";
  return /^[\w-]+(?:\.[\w-]*){4}$/.test(text) ? "PAYLOAD_TYPE_JWE" : "PAYLOAD_TYPE_JSON";
}

async function open(text: string, type: PayloadType, { instanceKeys, decryptionKeys }: Settings): Promise<string> {
  if (type === "PAYLOAD_TYPE_JSON" || instanceKeys === undefined) return text;
  const jwt = type === "PAYLOAD_TYPE_JWE" && decryptionKeys !== undefined ? await openJwe(text, decryptionKeys) : text;
  return utf8(await openJwt(jwt, asInstanceKeys(instanceKeys)));
}

async function checkReplay(signed: Signed, signedAt: Date, settings: Settings): Promise<void> {
  const { replays, tolerance, now } = settings;
  if (replays === undefined) return;
  const id = await sha256(signed);
  const seconds = Math.ceil((signedAt.getTime() - now().getTime()) / 1_000 + tolerance) + 1;
  let isNew: boolean;
  try {
    isNew = await replays.add(id, seconds);
  } catch (error) {
    throw new WebhookError("replays_unavailable", `The replay store threw ${nameOf(error)}.`);
  }
  if (!isNew)
    throw new WebhookError(
      "replayed",
      "The same delivery was accepted before: it was sent again, or there were two equal calls within one second (see `replays`).",
    );
}
