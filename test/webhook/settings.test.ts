import { generateKeyPairSync } from "node:crypto";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import Fastify, { type RouteHandlerMethod } from "fastify";
import {
  expressWebhook,
  fastifyWebhook,
  type Handler,
  type HeadersLike,
  honoWebhook,
  isWebhookError,
  receiver,
  type ReceiverOptions,
  verify,
  verifyRaw,
  verifySignature,
  type VerifyOptions,
  webhook,
  WebhookError,
} from "../../webhook";
import { event, headersOf, options, outcome, recordedKeys } from "../support/webhook";

// Mistakes of a receiver's owner: found when it is made if they can be, and never anything but a WebhookError.

type HonoContext = Parameters<ReturnType<typeof honoWebhook>>[0];

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
  "a limit for key functions that is negative": { ...options, lookupTimeout: -1 },
  "decryption keys in a Map": { ...options, instanceKeys: recordedKeys, decryptionKeys: new Map([["1", "pem"]]) },
  "an unknown option": { ...options, onRefuse: () => undefined },
  "an option that is unknown and undefined": { ...options, maxBodySize: undefined },
  "a decryption key without an id": { ...options, instanceKeys: recordedKeys, decryptionKeys: { "": "pem" } },
  "decryption keys in a list": { ...options, instanceKeys: recordedKeys, decryptionKeys: ["pem"] },
};

const withPrivateKey = (key: unknown) => ({ ...options, instanceKeys: recordedKeys, decryptionKeys: { 1: key } });

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
  ["a limit for the handler that is no time", { ...options, handlerTimeout: 0 }],
  ["another one", { ...options, onDone: {} }],
  ["a missing private key", { ...options, instanceKeys: recordedKeys, decryptionKeys: { 1: "" } }],
  ["an undefined private key", { ...options, instanceKeys: recordedKeys, decryptionKeys: { 1: undefined } }],
  [
    "a private key in PKCS#1",
    { ...options, instanceKeys: recordedKeys, decryptionKeys: { 1: "-----BEGIN RSA PRIVATE KEY-----\nsecret" } },
  ],
  ["a private key as a Buffer", withPrivateKey(Buffer.from("-----BEGIN PRIVATE KEY-----\nsecret"))],
  [
    "a private key whose line breaks are literal",
    withPrivateKey("-----BEGIN PRIVATE KEY-----\\nsecret\\n-----END PRIVATE KEY-----\\n"),
  ],
  ["a private key without its end", withPrivateKey("-----BEGIN PRIVATE KEY-----\nsecret\n")],
  ["a public JWK", withPrivateKey({ kty: "RSA", n: "secret", e: "AQAB" })],
  ["a public key", withPrivateKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey)],
  ["a number as a private key", withPrivateKey(1)],
])("%s: every adapter throws when it is made", (_, given) => {
  for (const make of Object.values(makers)) {
    expect(() => make(given as unknown as ReceiverOptions)).toThrow(WebhookError);
    expect(() => make(given as unknown as ReceiverOptions)).not.toThrow("secret");
  }
});

test.each([
  ["onRefuse", "Unknown option `onRefuse`. Did you mean `onRefused`?"],
  ["signingkey", "Unknown option `signingkey`. Did you mean `signingKey`?"],
  ["constructor", "Unknown option `constructor`."],
])("the message about the unknown option %s names the most similar one", (name, message) => {
  for (const make of Object.values(makers)) expect(() => make({ ...options, [name]: 1 })).toThrow(message);
});

test("every option is known to every function, so that they can share options", async () => {
  const all: Required<ReceiverOptions> = {
    ...options,
    signingKey: options.signingKey,
    tolerance: 300,
    clockSkew: 10,
    maxBodyBytes: 1_000,
    bodyTimeout: 1_000,
    lookupTimeout: 1_000,
    replays: { add: () => true },
    now: options.now,
    instanceKeys: recordedKeys,
    decryptionKeys: {},
    payloadTypes: ["PAYLOAD_TYPE_JSON"],
    handlerTimeout: 1_000,
    onRefused: () => undefined,
    onFailed: () => undefined,
    onDone: () => undefined,
  };
  for (const make of Object.values(makers)) make(all);
  expect(await outcome(verifyRaw(body, headersOf(body), all))).toBe("taken");
  expect(await verifySignature({ body, headers: headersOf(body) }, all)).toMatchObject({ text: body });
});

test("so does an adapter without a handler", () => {
  expect(() => expressWebhook(options)).toThrow("The handler is missing");
  expect(() => webhook(options, "handler" as unknown as Handler)).toThrow("The handler is missing");
});

test("so does one with a `receiver()` and something beside it", () => {
  const zitadel = receiver(options);
  for (const make of [
    () => webhook(options, zitadel as unknown as Handler),
    () => expressWebhook(zitadel, handler),
    () => fastifyWebhook("/", options, zitadel as unknown as Handler),
  ])
    expect(make).toThrow("Pass the `receiver()` alone");
});

test("so does Fastify's without a path, and its plugin as a handler", async () => {
  const withoutPath = fastifyWebhook as unknown as (...given: unknown[]) => unknown;
  for (const given of [[options, handler], [receiver(options)]])
    expect(() => withoutPath(...given)).toThrow('The path is missing: `fastifyWebhook("/zitadel", options, handler)`.');
  const app = Fastify();
  const plugin = fastifyWebhook("/zitadel", options, handler) as unknown as RouteHandlerMethod;
  const reply = await app.post("/zitadel", plugin).inject({ method: "POST", url: "/zitadel" });
  expect([reply.statusCode, reply.json()]).toMatchObject([
    500,
    {
      message: '`fastifyWebhook` makes a plugin, and not a handler: `fastify.register(fastifyWebhook("/zitadel", …))`.',
    },
  ]);
  await app.close();
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

test("nor is a request of Node, whose body is not there", async () => {
  const request = Object.assign(new IncomingMessage(new Socket()), { headers: headersOf(body) });
  for (const check of [verify, verifySignature])
    await expect(check(request as unknown as Request, options)).rejects.toMatchObject({
      code: "settings",
      message: expect.stringMatching(
        /^This is not a `Request` .* `verifyRaw\(body, request\.headers, options\)`\.$/,
      ) as string,
    });
});

test.each<[string, (given: ReceiverOptions) => Promise<Response>]>([
  ["`webhook` without a request", (given) => webhook(given, handler)(undefined as unknown as Request)],
  ["`honoWebhook` without Hono's request", (given) => honoWebhook(given, handler)({} as HonoContext)],
  ["`honoWebhook` without the raw request", (given) => honoWebhook(given, handler)({ req: {} } as HonoContext)],
])("%s: the receiver answers, and says what is wrong", async (_, receive) => {
  const refused: unknown[] = [];
  const response = await receive({ ...options, onRefused: (error) => refused.push(error) });
  expect([response.status, await response.json()]).toEqual([500, { error: "settings" }]);
  expect(refused).toMatchObject([
    { code: "settings", message: expect.stringMatching(/^This is not a (?:`Request`|context of Hono)/) as string },
  ]);
});

const throws = () => {
  throw new RangeError("secret");
};
const detached = () => {
  const { buffer } = new Uint8Array([123, 125]);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
};
const getter = (name: string) => Object.defineProperty({}, name, { get: throws, enumerable: true });

test.each<[string, string, () => Promise<unknown>]>([
  ["a detached ArrayBuffer", "body_parsed", () => verifyRaw(detached(), headersOf(body), options)],
  [
    "a view of one",
    "body_parsed",
    () => {
      const view = new Uint8Array([1]);
      structuredClone(view.buffer, { transfer: [view.buffer] });
      return verifySignature({ headers: headersOf(body), body: view }, options);
    },
  ],
  [
    "a header whose getter throws",
    "settings",
    () => verifyRaw(body, getter("zitadel-signature") as HeadersLike, options),
  ],
  ["headers that throw", "settings", () => verifyRaw(body, { [Symbol.iterator]: throws } as HeadersLike, options)],
  [
    "a header that has no text",
    "settings",
    () => verifyRaw(body, { "zitadel-signature": Object.create(null) as string }, options),
  ],
  [
    "an option whose getter throws",
    "settings",
    () => verifyRaw(body, headersOf(body), getter("tolerance") as VerifyOptions),
  ],
  ["a request whose getter throws", "settings", () => verify(getter("headers") as unknown as Request, options)],
  ["another one", "settings", () => verifySignature(getter("body") as unknown as Request, options)],
  [
    "a Date that is none",
    "settings",
    () =>
      verifyRaw(body, headersOf(body), {
        ...options,
        now: () => ({ [Symbol.toStringTag]: "Date" }) as unknown as Date,
      }),
  ],
  [
    "a key function that throws",
    "keys_unavailable",
    () => verifyRaw(body, headersOf(body), { ...options, signingKey: throws }),
  ],
  [
    "a key function that hangs",
    "keys_unavailable",
    () =>
      verifyRaw(body, headersOf(body), {
        ...options,
        signingKey: () => new Promise(() => undefined),
        lookupTimeout: 20,
      }),
  ],
  [
    "a key function whose promise is no real one",
    "keys_unavailable",
    () => verifyRaw(body, headersOf(body), { ...options, signingKey: () => getter("then") as Promise<string> }),
  ],
])("%s is an error of ours, without its text", async (_, code, make) => {
  const error: unknown = await make().catch((caught: unknown) => caught);
  expect([isWebhookError(error), error]).toMatchObject([
    true,
    { code, message: expect.not.stringContaining("secret") as string },
  ]);
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
