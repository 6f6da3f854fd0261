import { generateKeyPairSync } from "node:crypto";
import { instanceKeys, isWebhookError, type PayloadType, verify, verifyRaw, webhook } from "../../webhook";
import {
  createSender,
  type Payload,
  sampleEvent,
  sampleFunction,
  sampleRequest,
  sampleResponse,
  type Sender,
  type SenderOptions,
} from "../../webhook/testing";
import { goJson } from "../../webhook/testing/go-json";
import { EVENT_TYPES, FUNCTIONS, METHODS } from "../../local/zitadel/executions/words";
import payloads from "../data/payloads.json";
import { rsa, spki } from "../support/pairs";
import { event, headersOf, outcome, recording } from "../support/webhook";

// Deliveries for the tests of receivers: as a real server signs them, and with the members that a real server sends.

const types: readonly PayloadType[] = ["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"];
const method = "/zitadel.user.v2.UserService/AddHumanUser";

const kinds = {
  request: [(sender: Sender) => sender.request(method), sampleRequest(method)],
  response: [(sender: Sender) => sender.response(method), sampleResponse(method)],
  event: [(sender: Sender) => sender.event("user.human.added"), sampleEvent("user.human.added")],
  function: [(sender: Sender) => sender.function("preuserinfo"), sampleFunction("preuserinfo")],
} as const;

describe.each(types)("%s", (payloadType) => {
  let sender: Sender;
  beforeAll(async () => {
    sender = await createSender({ payloadType });
  });

  test.each(Object.entries(kinds))("a %s is accepted with the sender's keys", async (kind, [deliver, payload]) => {
    const delivery = await deliver(sender);
    const verified = await verifyRaw(delivery.body, delivery.headers, sender.keys);
    expect(verified).toMatchObject({ kind, payload, payloadType });
    const request = delivery.toRequest("https://example.com/hook");
    expect(await verify(request, sender.keys)).toMatchObject({ kind, payload });
  });

  test("what one sender signs, a receiver with the keys of another one rejects", async () => {
    const other = await createSender({ payloadType, signingKey: sender.keys.signingKey });
    const { headers, body } = await sender.request(method);
    expect(await outcome(verifyRaw(body, headers, { ...other.keys, signingKey: "another" }))).toBe(
      "signature_mismatch",
    );
    const expected = {
      PAYLOAD_TYPE_JSON: "taken",
      PAYLOAD_TYPE_JWT: "token_key_unknown",
      PAYLOAD_TYPE_JWE: "token_key_unknown",
    };
    expect(await outcome(verifyRaw(body, headers, other.keys))).toBe(expected[payloadType]);
  });
});

test("the time is the sender's clock, or the delivery's own", async () => {
  const at = new Date("2026-11-22T01:00:47Z");
  const sender = await createSender({ now: () => at });
  const signedAt = async (headers: Readonly<Record<string, string>>, body: string, now: Date) =>
    (await verifyRaw(body, headers, { ...sender.keys, now: () => now })).signedAt;
  const usual = await sender.event("user.human.added");
  expect(await signedAt(usual.headers, usual.body, at)).toEqual(at);
  const later = new Date(at.getTime() + 86_400_000);
  const own = await sender.event("user.human.added", {}, { at: later });
  expect(await signedAt(own.headers, own.body, later)).toEqual(later);
  expect(await outcome(verifyRaw(own.body, own.headers, { ...sender.keys, now: () => at }))).toBe("in_future");
});

test.each([
  [{ at: "2026-11-22" }, "must be a valid Date"],
  [{ at: new Date(NaN) }, "must be a valid Date"],
  [{ At: new Date() }, "Unknown option `At`. Did you mean `at`?"],
  [new Date(), "The options must be an object"],
])("the options of a delivery are checked: %j", async (given, message) => {
  const sender = await createSender();
  const signed = sender.event("user.human.added", {}, given as object);
  await expect(signed).rejects.toMatchObject({ code: "settings", message: expect.stringContaining(message) as string });
});

test("options that are no object are a mistake", async () => {
  for (const given of [null, "PAYLOAD_TYPE_JWT", ["a"]])
    await expect(createSender(given as object)).rejects.toMatchObject({ code: "settings" });
});

test("a recorded payload, signed with its key at its time, is the recorded delivery", async () => {
  const { headers, body, target, receivedAtUnix } = recording("request-json");
  const sender = await createSender({ signingKey: target.signingKey });
  const at = new Date(receivedAtUnix * 1_000);
  const { "Content-Type": type, "Zitadel-Signature": signature } = headers;
  const delivery = await sender.deliver(JSON.parse(body) as Payload, { at });
  expect(delivery).toMatchObject({ body, headers: { "Content-Type": type, "Zitadel-Signature": signature } });
});

test("the signature is what Node's own crypto computes, and special characters are escaped as ZITADEL escapes them", async () => {
  const sender = await createSender();
  const at = new Date(1_795_309_247_000);
  const { headers, body } = await sender.deliver({ ...event, aggregateID: "<&>\u2028é" }, { at });
  expect(body).toContain(String.raw`"aggregateID":"\u003c\u0026\u003e\u2028é"`);
  expect(headers).toMatchObject(headersOf(body, sender.keys.signingKey));
});

test("a receiver that parses the body and writes it again rejects every sample, and is told why", async () => {
  const sender = await createSender();
  const kinds = { request: METHODS, response: METHODS, event: EVENT_TYPES, function: FUNCTIONS };
  const taken: string[] = [];
  for (const [kind, names] of Object.entries(kinds)) {
    for (const name of names) {
      const { body, headers } = await sender[kind as "event"](name);
      const again = JSON.stringify(JSON.parse(body));
      const error: unknown = await verifyRaw(again, headers, sender.keys).catch((thrown: unknown) => thrown);
      if (!isWebhookError(error, "signature_mismatch") || !error.message.includes("parsed and written again"))
        taken.push(`${kind} ${name}`);
    }
  }
  expect(taken).toEqual([]);
});

test.each([
  ["request", "zitadel.user.v2.UserService/AddHumanUser", "/zitadel.user.v2.UserService/AddHumanUser"],
  ["response", "AddHumanUser", undefined],
  ["event", "user.human.*", "user.human"],
  ["function", "nope", undefined],
  ["function", "function/preuserinfo", "preuserinfo"],
] as const)("%s: there is no delivery with the name %j", async (kind, name, meant) => {
  const sender = await createSender();
  const error: unknown = await sender[kind as "event"](name).catch((thrown: unknown) => thrown);
  expect(isWebhookError(error, "settings")).toBe(true);
  expect(String(error)).toContain(
    `No delivery can have the ${kind === "event" || kind === "function" ? kind : "method"} "${name}"`,
  );
  expect(String(error).includes("Did you mean")).toBe(meant !== undefined);
  if (meant !== undefined) expect(String(error)).toContain(`Did you mean "${meant}"?`);
});

test("a string is signed unchanged, for what a receiver must reject", async () => {
  const sender = await createSender();
  const { headers, body } = await sender.deliver("not JSON\n");
  expect(body).toBe("not JSON\n");
  expect(await outcome(verifyRaw(body, headers, sender.keys))).toBe("body_not_json");
});

test("changes replace members of the sample, and no delivery changes the next one's sample", async () => {
  const sender = await createSender();
  const { body } = await sender.event("user.human.added", { aggregateID: "7", event_payload: { userName: "eve" } });
  expect(JSON.parse(body)).toEqual({
    ...sampleEvent("user.human.added"),
    aggregateID: "7",
    event_payload: { userName: "eve" },
  });
  const sample = sampleFunction("preaccesstoken");
  Object.assign(sample.user ?? {}, { id: "changed" });
  expect(sampleFunction("preaccesstoken").user).not.toMatchObject({ id: "changed" });
});

describe("given keys", () => {
  const instance = rsa(2048);
  const privateKey = instance.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const instanceKey = { kid: "i1", privateKey };

  test("of the instance: the key set has the public half, and nothing else", async () => {
    const { keys } = await createSender({ payloadType: "PAYLOAD_TYPE_JWT", instanceKey });
    const { n, e, kty } = instance.publicKey.export({ format: "jwk" });
    expect(keys.instanceKeys).toEqual({ keys: [{ kty, n, e, kid: "i1", alg: "RS256", use: "sig" }] });
  });

  test.each([
    ["RSA", rsa(2048)],
    ["EC", generateKeyPairSync("ec", { namedCurve: "P-384" })],
  ])("of the target, %s: the receiver has the private key", async (_, target) => {
    const encryptionKey = { keyId: "e1", publicKey: spki(target) };
    const sender = await createSender({ payloadType: "PAYLOAD_TYPE_JWE", instanceKey, encryptionKey });
    expect(sender.keys).not.toHaveProperty("decryptionKeys");
    const decryptionKeys = { e1: target.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    const { headers, body } = await sender.function("preuserinfo");
    expect(await verifyRaw(body, headers, { ...sender.keys, decryptionKeys })).toMatchObject({ kind: "function" });
  });

  test.each([
    ["a signing key with a line break", { signingKey: "a\n" }, "The signing key has spaces"],
    ["an empty signing key", { signingKey: "" }, "The signing key is empty"],
    ["a signing key that is none", { signingKey: 5 }, "The signing key is not a string."],
    [
      "a payload type that is none",
      { payloadType: "JWE" },
      "PAYLOAD_TYPE_JSON or PAYLOAD_TYPE_JWT or PAYLOAD_TYPE_JWE",
    ],
    ["no payload type", { payloadType: null }, "`payloadType` must be"],
    ["an unknown option", { payloadtype: "PAYLOAD_TYPE_JWT" }, "`payloadtype`. Did you mean `payloadType`?"],
    ["another one", { signingkey: "a" }, "`signingkey`. Did you mean `signingKey`?"],
    ["a clock that is none", { now: new Date() }, "`now` must be a function that returns a Date."],
    ["an instance's key as text", { instanceKey: "pem" }, "The options must be an object."],
    ["an instance's key without its id", { instanceKey: { privateKey } }, "`instanceKey.kid` must be a string"],
    ["a key with another member", { encryptionKey: { kid: "a", publicKey: "b" } }, "Unknown option `kid`."],
    ["an instance's key that is none", { instanceKey: { kid: "i1", privateKey: "none" } }, "The instance's key is not"],
    [
      "a target's key that is none",
      { encryptionKey: { keyId: "e1", publicKey: "none" } },
      "The target's public key is",
    ],
  ])("%s is an error of the options", async (_, given, message) => {
    const created = createSender({ payloadType: "PAYLOAD_TYPE_JWE", ...given } as SenderOptions);
    const error = await created.catch((thrown: unknown) => thrown);
    expect(isWebhookError(error, "settings")).toBe(true);
    expect(String(error)).toContain(message);
  });
});

test("a receiver that fetches the instance's keys accepts the deliveries too", async () => {
  const sender = await createSender({ payloadType: "PAYLOAD_TYPE_JWT" });
  const fetched = instanceKeys("https://example.com", {
    fetch: () => Promise.resolve(Response.json(sender.keys.instanceKeys)),
  });
  const receive = webhook({ ...sender.keys, instanceKeys: fetched }, () => undefined);
  expect((await receive((await sender.request(method)).toRequest())).status).toBe(200);
});

describe("samples have the members of recorded payloads, in their order and with their types", () => {
  /** A value with its leaves replaced by their types. */
  const shapeOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shapeOf);
    if (typeof value !== "object" || value === null) return typeof value;
    return Object.entries(value).map(([name, member]) => [name.replace(/\d{18}/g, "<id>"), shapeOf(member)]);
  };

  test.each(Object.entries(payloads))("%s", (name, payload) => {
    expect(shapeOf(sampleOf(name, payload))).toEqual(shapeOf(payload));
    // A recorded id or name in a sample would be somebody's.
    expect(JSON.stringify(sampleOf(name, payload))).not.toMatch(/capmwwlkhzb|4\d{17}/);
  });

  function sampleOf(name: string, payload: object): Payload {
    if ("event_type" in payload) return sampleEvent(String(payload.event_type));
    if ("function" in payload)
      return sampleFunction(name === "function-preuserinfo" ? "preuserinfo" : "preaccesstoken");
    const { fullMethod } = payload as { fullMethod: string };
    return "response" in payload ? sampleResponse(fullMethod) : sampleRequest(fullMethod);
  }

  test.each(Object.entries(payloads))("%s differs from itself when it is parsed and written again", (name, payload) => {
    expect(goJson(sampleOf(name, payload))).not.toBe(JSON.stringify(sampleOf(name, payload)));
  });

  test("what was not recorded has what all of its kind have", () => {
    const said = jest.spyOn(console, "error").mockReturnValue();
    expect(sampleEvent("org.added")).toMatchObject({ event_type: "org.added", aggregateType: "org", sequence: 1 });
    expect(sampleEvent("toString")).toMatchObject({ event_type: "toString" });
    expect(sampleRequest("/a.B/C")).toMatchObject({ fullMethod: "/a.B/C", request: {} });
    expect(sampleResponse("/a.B/C")).toMatchObject({ request: {}, response: {} });
    expect(said.mock.calls.map(([line]) => /know the (.*?): /.exec(String(line))?.[1])).toEqual([
      'event "toString"',
      'method "/a.B/C"',
      'method "/a.B/C"',
    ]);
    said.mockRestore();
    expect(Object.keys(sampleFunction("presamlresponse"))).toEqual(["function", "user", "user_grants"]);
  });
});
