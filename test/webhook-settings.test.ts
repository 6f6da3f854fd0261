import {
  expressWebhook,
  fastifyWebhook,
  type Handler,
  type HeadersLike,
  honoWebhook,
  isWebhookError,
  type ReceiverOptions,
  verify,
  verifyRaw,
  verifySignature,
  type VerifyOptions,
  webhook,
  WebhookError,
} from "../webhook";
import { event, headersOf, options, outcome, recordedKeys } from "./support/webhook";

// Mistakes of a receiver's owner: found when it is made if they can be, and never anything but a WebhookError.

const body = JSON.stringify(event);
const handler: Handler = () => undefined;
const makers = {
  expressWebhook: (given: ReceiverOptions) => expressWebhook(given, handler),
  fastifyWebhook: (given: ReceiverOptions) => fastifyWebhook("/", given, handler),
  honoWebhook: (given: ReceiverOptions) => honoWebhook(given, handler),
  webhook: (given: ReceiverOptions) => webhook(given, handler),
};
const wrong: Readonly<Record<string, unknown>> = {
  "no options": undefined,
  "null as options": null,
  "a string as options": "key",
  "no signing key": { signingKey: undefined },
  "an empty signing key": { signingKey: "" },
  "a signing key with a line break": { signingKey: "key\n" },
  "a payload type that is none": { ...options, payloadTypes: ["JSON"] },
  "payload types that are not a list": { ...options, payloadTypes: "PAYLOAD_TYPE_JSON" },
  "a URL as the instance's keys": { ...options, instanceKeys: "https://example.com" },
  "a URL object as the instance's keys": { ...options, instanceKeys: new URL("https://example.com") },
  "null as the instance's keys": { ...options, instanceKeys: null },
  "a key set that is none": { ...options, instanceKeys: { keys: "none" } },
  "decryption keys that are a string": { ...options, instanceKeys: recordedKeys, decryptionKeys: "pem" },
  "a store of replays without `add`": { ...options, replays: {} },
  "a clock that is a Date": { ...options, now: new Date() },
  "a tolerance that is a string": { ...options, tolerance: "300" },
};

test.each(Object.entries(wrong))(
  "%s: every adapter throws when it is made, and so do the functions",
  async (_, given) => {
    for (const make of Object.values(makers)) {
      expect(() => make(given as ReceiverOptions)).toThrow(
        expect.objectContaining({ code: "settings", status: 500 }) as Error,
      );
    }
    const request = new Request("https://example.com", { method: "POST", body, headers: headersOf(body) });
    expect(await outcome(verifyRaw(body, headersOf(body), given as VerifyOptions))).toBe("settings");
    expect(await outcome(verify(request, given as VerifyOptions))).toBe("settings");
  },
);

test.each([
  ["a hook that is no function", { ...options, onRefused: "log" }],
  ["another one", { ...options, onDone: {} }],
  ["a missing private key", { ...options, instanceKeys: recordedKeys, decryptionKeys: { 1: "" } }],
  ["an undefined private key", { ...options, instanceKeys: recordedKeys, decryptionKeys: { 1: undefined } }],
  [
    "a private key in PKCS#1",
    { ...options, instanceKeys: recordedKeys, decryptionKeys: { 1: "-----BEGIN RSA PRIVATE KEY-----\nsecret" } },
  ],
])("%s: every adapter throws when it is made", (_, given) => {
  for (const make of Object.values(makers)) {
    expect(() => make(given as unknown as ReceiverOptions)).toThrow(WebhookError);
    expect(() => make(given as unknown as ReceiverOptions)).not.toThrow("secret");
  }
});

test("so does an adapter without a handler", () => {
  expect(() => expressWebhook(options)).toThrow("The handler is missing");
  expect(() => webhook(options, "handler" as unknown as Handler)).toThrow("The handler is missing");
});

test.each([[undefined], [null], ["ZITADEL-Signature: t=1,v1=a"], [42], [[null]], [[["a"], "b"]], [new Set(["a"])]])(
  "headers that are none are a mistake, and no TypeError: %p",
  async (headers) => {
    expect(await outcome(verifyRaw(body, headers as unknown as HeadersLike, options))).toBe("settings");
  },
);

test("headers may have values that are no strings", async () => {
  const headers = { "x-a": null, "x-b": 5, ...headersOf(body) } as unknown as HeadersLike;
  expect(await outcome(verifyRaw(body, headers, options))).toBe("taken");
  expect(await outcome(verifyRaw(body, { "zitadel-signature": 5 } as unknown as HeadersLike, options))).toBe(
    "header_malformed",
  );
});

test.each([() => 1_795_309_247, () => "2026", () => undefined, () => ({ getTime: () => 0 })])(
  "a clock that does not return a Date is a mistake, and no TypeError: %p",
  async (now) => {
    const given = { ...options, now: now as unknown as () => Date };
    expect(await outcome(verifyRaw(body, headersOf(body), given))).toBe("settings");
  },
);

test("nor is a request that is none, or a clock that throws", async () => {
  const secret = () => {
    throw new Error("secret");
  };
  for (const promise of [
    verify(undefined as unknown as Request, options),
    verifySignature(undefined as unknown as Request, options),
    verifyRaw(body, headersOf(body), { ...options, now: secret }),
  ]) {
    await expect(promise).rejects.toMatchObject({
      code: "settings",
      message: expect.not.stringContaining("secret") as string,
    });
  }
});

test("isWebhookError believes only an error's own name and code, and only the codes that there are", async () => {
  const genuine: unknown = await verifyRaw(body, {}, options).catch((error: unknown) => error);
  expect([
    isWebhookError(genuine),
    isWebhookError(genuine, "header_missing"),
    isWebhookError(genuine, "too_old"),
  ]).toEqual([true, true, false]);
  const named = (code: unknown) => Object.assign(new Error("x"), { name: "WebhookError", code });
  expect(isWebhookError(named("too_old"))).toBe(true); // of another copy of the package
  for (const code of ["toString", "constructor", "__proto__", "hasOwnProperty", "", 1, undefined]) {
    expect(isWebhookError(named(code))).toBe(false);
  }
  expect(isWebhookError(Object.create(named("too_old")))).toBe(false);
  class Inherited extends Error {
    get code() {
      return "too_old";
    }
    override get name() {
      return "WebhookError";
    }
  }
  expect(isWebhookError(new Inherited())).toBe(false);
});
