import { WebhookError } from "../errors.ts";
import type { JsonWebKeySet } from "../instance-keys.ts";
import { checkType, type PayloadType } from "../options.ts";
import type { EventPayload, FunctionPayload, RequestPayload, ResponsePayload } from "../payload.ts";
import type { DecryptionKeys } from "../token.ts";
import { checkNames, isObject } from "../values.ts";
import { goJson } from "./go-json.ts";
import {
  type InstanceKeyFile,
  type InstancePair,
  instancePair,
  signingKeyOf,
  type TargetKeyFile,
  type TargetPair,
  targetPair,
} from "./keys.ts";
import { sampleEvent, sampleFunction, type SampleFunctionName, sampleRequest, sampleResponse } from "./samples.ts";
import { encryptJwt, signatureOf, signJwt } from "./seal.ts";

/** The options of {@link createSender}. */
export interface SenderOptions {
  /**
   * The format of the deliveries.
   *
   * @default "PAYLOAD_TYPE_JSON"
   */
  readonly payloadType?: PayloadType | undefined;
  /**
   * The signing key of the target.
   *
   * @default a new one
   */
  readonly signingKey?: string | undefined;
  /**
   * For JWT and JWE: the key of the instance.
   *
   * @default a new one
   */
  readonly instanceKey?: InstanceKeyFile | undefined;
  /**
   * For JWE: the public key of the target.
   *
   * @default a new one, on P-256
   */
  readonly encryptionKey?: TargetKeyFile | undefined;
  /**
   * The clock, for deliveries without a time of their own.
   *
   * @default the machine's clock
   */
  readonly now?: (() => Date) | undefined;
}

/** The keys with which a receiver accepts a sender's deliveries: pass them on in the receiver's options. */
export interface ReceiverKeys {
  /** The signing key. */
  readonly signingKey: string;
  /** For JWT and JWE: the public keys of the instance, as its `/oauth/v2/keys` returns them. */
  readonly instanceKeys?: JsonWebKeySet;
  /** For JWE: the private key. Not there if you gave the public key, because then only you have it. */
  readonly decryptionKeys?: DecryptionKeys;
}

/** Options for one delivery. */
export interface DeliveryOptions {
  /**
   * When it was signed.
   *
   * @default the sender's clock
   */
  readonly at?: Date | undefined;
}

/** A payload of any kind. */
export type Payload = RequestPayload | ResponsePayload | EventPayload | FunctionPayload;

/** A delivery as ZITADEL sends it. */
export interface SignedDelivery {
  /** The headers that ZITADEL sets: `Content-Type` and `Zitadel-Signature`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The signed body. */
  readonly body: string;
  /**
   * The delivery as a request of the Fetch standard. Each call returns a new one.
   *
   * @param url The receiver's address. A handler that you call directly does not look at it.
   */
  toRequest(url?: string | URL): Request;
}

/**
 * Signs deliveries as a ZITADEL server does for one target. It sends nothing itself. For a name that no delivery can have, such as a
 * method without its leading slash, and for an invalid option, it rejects with a `WebhookError` (`settings`).
 */
export interface Sender {
  /** The keys with which a receiver accepts its deliveries. */
  readonly keys: ReceiverKeys;
  /**
   * A call of ZITADEL's API before it is carried out.
   *
   * @param method The method, with a leading slash.
   * @param changes Members that replace those of the sample.
   * @param options When it was signed.
   */
  request(method: string, changes?: Partial<RequestPayload>, options?: DeliveryOptions): Promise<SignedDelivery>;
  /**
   * A call of ZITADEL's API before the caller gets the answer.
   *
   * @param method The method, with a leading slash.
   * @param changes Members that replace those of the sample.
   * @param options When it was signed.
   */
  response(method: string, changes?: Partial<ResponsePayload>, options?: DeliveryOptions): Promise<SignedDelivery>;
  /**
   * An event. A real server sends events only as JSON, never as a JWT or JWE.
   *
   * @param type The type, such as `user.human.added`.
   * @param changes Members that replace those of the sample.
   * @param options When it was signed.
   */
  event(type: string, changes?: Partial<EventPayload>, options?: DeliveryOptions): Promise<SignedDelivery>;
  /**
   * A function, which the receiver answers with claims, attributes or metadata.
   *
   * @param name The function.
   * @param changes Members that replace those of the sample.
   * @param options When it was signed.
   */
  function(
    name: SampleFunctionName,
    changes?: Partial<FunctionPayload>,
    options?: DeliveryOptions,
  ): Promise<SignedDelivery>;
  /**
   * Your own payload. A string is signed unchanged, also if a real server would never send it.
   *
   * @param payload The payload.
   * @param options When it was signed.
   */
  deliver(payload: Payload | string, options?: DeliveryOptions): Promise<SignedDelivery>;
}

/**
 * Creates a sender, which signs deliveries as ZITADEL does: for the tests of a receiver, without a server and without a network.
 * Its keys are new unless you pass your own.
 *
 * @param options The format, the keys and the clock.
 *
 * @example
 * ```ts
 * import { appendClaims, webhook } from "pulumi-zitadel-actions/webhook";
 * import { createSender } from "pulumi-zitadel-actions/webhook/testing";
 *
 * const sender = await createSender({ payloadType: "PAYLOAD_TYPE_JWE" });
 * const receive = webhook(sender.keys, ({ kind }) => (kind === "function" ? appendClaims({ tenant: "acme" }) : undefined));
 *
 * const delivery = await sender.function("preaccesstoken");
 * const response = await receive(delivery.toRequest());
 * console.log(response.status, await response.json());
 * ```
 *
 * @throws A `WebhookError` with the code `settings` for an unknown option, and for a key that cannot be read
 */
export async function createSender(options: SenderOptions = {}): Promise<Sender> {
  checkNames(options, { payloadType: true, signingKey: true, instanceKey: true, encryptionKey: true, now: true });
  const { payloadType = "PAYLOAD_TYPE_JSON", now = () => new Date() } = options;
  checkType(payloadType);
  if (typeof now !== "function") throw new WebhookError("settings", "`now` must be a function that returns a Date.");
  const signingKey = signingKeyOf(options.signingKey);
  const instance = payloadType === "PAYLOAD_TYPE_JSON" ? undefined : await instancePair(options.instanceKey);
  const target = payloadType === "PAYLOAD_TYPE_JWE" ? await targetPair(options.encryptionKey) : undefined;
  const deliver = async (payload: Payload | string, given: DeliveryOptions = {}) => {
    checkNames(given, { at: true });
    const time: unknown = given.at ?? now();
    // Also a Date from another realm, such as a sandbox.
    const at = isObject(time) && "getTime" in time ? (time as Date) : new Date(NaN);
    if (Number.isNaN(at.getTime()))
      throw new WebhookError("settings", "`at` and `now()` must be a valid Date, such as `new Date()`.");
    const text = typeof payload === "string" ? payload : goJson(payload);
    const body = await sealed(text, instance, target);
    return delivery(body, await signatureOf(body, signingKey, at));
  };
  return {
    keys: {
      signingKey,
      ...(instance !== undefined && { instanceKeys: instance.keySet }),
      ...(target?.decryptionKeys !== undefined && { decryptionKeys: target.decryptionKeys }),
    },
    request: async (method, changes, given) => deliver({ ...sampleRequest(method), ...changes }, given),
    response: async (method, changes, given) => deliver({ ...sampleResponse(method), ...changes }, given),
    event: async (type, changes, given) => deliver({ ...sampleEvent(type), ...changes }, given),
    function: async (name, changes, given) => deliver({ ...sampleFunction(name), ...changes }, given),
    deliver,
  };
}

async function sealed(text: string, instance?: InstancePair, target?: TargetPair): Promise<string> {
  if (instance === undefined) return text;
  const jwt = await signJwt(text, instance.signing);
  return target === undefined ? jwt : encryptJwt(jwt, target.encryption, target.alg);
}

function delivery(body: string, signature: string): SignedDelivery {
  const headers = { "Content-Type": "application/json", "Zitadel-Signature": signature };
  return {
    headers,
    body,
    toRequest: (url = "https://receiver.example.com/") => new Request(url, { method: "POST", headers, body }),
  };
}
