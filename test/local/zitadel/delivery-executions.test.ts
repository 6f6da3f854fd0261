import { generateKeyPairSync } from "node:crypto";
import type { ExecutionCondition } from "../../../local/zitadel";
import { executionFor } from "../../../local/zitadel/delivery/source";
import { standIns } from "../../support/replay";
import {
  addTarget,
  answering,
  LIST_SESSIONS,
  receivers,
  refusalOf,
  trigger,
  triggerCall,
} from "../../support/receiver";

const startZitadel = standIns();
const openReceiver = receivers();

const SERVICE = "zitadel.session.v2.SessionService";

/** The execution that an event, function, request or response leads to, of those given. */
function chosen(wanted: string, ids: string[]): string | undefined {
  return executionFor({ executionIds: () => ids, targetsOf: () => [] }, wanted)?.id;
}

test.each([
  [`request/${SERVICE}/ListSessions`, ["request", `request/${SERVICE}`, `request/${SERVICE}/ListSessions`]],
  [`request/${SERVICE}`, ["request", `request/${SERVICE}`, `request/${SERVICE}/GetSession`, `response/${SERVICE}`]],
  ["request", ["request", "request/zitadel.user.v2.UserService", "response"]],
  // What only begins like the method counts as well: a trait of the server.
  [`request/${SERVICE}/List`, ["request", `request/${SERVICE}`, `request/${SERVICE}/List`]],
  [undefined, ["response", `request/${SERVICE}/ListSessionsOfUser`, "function/preuserinfo", "event"]],
  [undefined, []],
])("of a method, its service and all, the nearest is chosen: %s", (id, ids) => {
  expect(chosen(`request/${SERVICE}/ListSessions`, ids)).toBe(id);
  expect(chosen(`request/${SERVICE}/ListSessions`, ids.toReversed())).toBe(id);
});

test.each([
  ["event/user.human.added", ["event", "event/user.*", "event/user.human.*", "event/user.human.added"]],
  ["event/user.human.added", ["event/user.human.added", "event/user.human.added.*"]],
  ["event/user.human.*", ["event", "event/user.*", "event/user.human.*", "event/user.human.changed"]],
  ["event/user.*", ["event", "event/user.*", "event/org.*"]],
  ["event", ["event", "event/org.*"]],
])("of an event, its groups and all, the nearest is chosen: %s", (id, ids) => {
  expect(chosen("event/user.human.added", ids)).toBe(id);
});

test("only the nearest execution is followed, until it is empty", async () => {
  const zitadel = await startZitadel({ allowLoopback: true });
  const bind = async (condition: ExecutionCondition) => {
    const receiver = await openReceiver();
    const { id } = addTarget(zitadel, receiver);
    zitadel.setExecution(condition, [id]);
    return { id, received: receiver.received };
  };
  const all = await bind({ request: { all: true } });
  const service = await bind({ request: { service: SERVICE } });
  const method = await bind({ request: { method: LIST_SESSIONS } });
  const calls = () => [all, service, method].map(({ received }) => received.length);
  await triggerCall(zitadel);
  expect(calls()).toEqual([0, 0, 1]);
  zitadel.setExecution({ request: { method: LIST_SESSIONS } }, []);
  await triggerCall(zitadel);
  expect(calls()).toEqual([0, 1, 1]);
  zitadel.remove(service.id);
  await triggerCall(zitadel);
  expect(calls()).toEqual([1, 1, 1]);
  expect(zitadel.deliveries.map(({ executionId }) => executionId)).toEqual([
    `request/${SERVICE}/ListSessions`,
    `request/${SERVICE}`,
    "request",
  ]);
});

test("executions and targets count as the read model shows them, which the server's own look does not hurry", async () => {
  const zitadel = await startZitadel({ allowLoopback: true });
  const receiver = await openReceiver();
  const { id } = addTarget(zitadel, receiver);
  zitadel.readModel.lagReads(1);
  zitadel.setExecution({ request: { all: true } }, [id]);
  await triggerCall(zitadel);
  await triggerCall(zitadel);
  expect(receiver.received).toHaveLength(0);
  zitadel.readModel.resume();
  await triggerCall(zitadel);
  expect(receiver.received).toHaveLength(1);
});

test("a rotated signing key counts at once", async () => {
  const zitadel = await startZitadel({ allowLoopback: true });
  const receiver = await openReceiver();
  const target = addTarget(zitadel, receiver);
  zitadel.setExecution({ request: { all: true } }, [target.id]);
  await triggerCall(zitadel);
  zitadel.change(target.id, { expirationSigningKey: "0s" });
  await triggerCall(zitadel);
  const [first, second] = receiver.received.map(({ headers }) => headers["Zitadel-Signature"]?.split("v1=")[1]);
  expect(first).toHaveLength(64);
  expect(second).toHaveLength(64);
  expect(second).not.toBe(first);
});

describe("a JWE target without a key that counts", () => {
  const NO_KEY = refusalOf(500, 13, "EXEC-2n8fhs7g", "No encryption key found for target");
  let now = new Date("2026-07-01T12:00:00Z");

  async function withTarget(type: object) {
    now = new Date("2026-07-01T12:00:00Z");
    const zitadel = await startZitadel({ allowLoopback: true, now: () => now });
    const receiver = await openReceiver();
    const { id } = addTarget(zitadel, receiver, { ...type, payloadType: "PAYLOAD_TYPE_JWE" });
    zitadel.setExecution({ request: { all: true } }, [id]);
    const pem = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ type: "spki", format: "pem" });
    const key = { publicKey: Buffer.from(pem).toString("base64"), expirationDate: "2026-07-01T13:00:00Z" };
    const { keyId } = zitadel.addPublicKey(id, key);
    return { zitadel, receiver, id, keyId };
  }

  test("rejects the call if it interrupts: not active yet, expired, or no longer active", async () => {
    const { zitadel, receiver, id, keyId } = await withTarget({ restWebhook: { interruptOnError: true } });
    expect(await triggerCall(zitadel)).toMatchObject(NO_KEY);
    zitadel.activatePublicKey(id, keyId);
    expect(await triggerCall(zitadel)).toMatchObject({ status: 200 });
    now = new Date("2026-07-01T13:00:00Z");
    expect(await triggerCall(zitadel)).toMatchObject(NO_KEY);
    now = new Date("2026-07-01T12:30:00Z");
    expect(await triggerCall(zitadel)).toMatchObject({ status: 200 });
    zitadel.deactivatePublicKey(id, keyId);
    expect(await triggerCall(zitadel)).toMatchObject(NO_KEY);
    expect(receiver.received).toHaveLength(2);
  });

  test.each([{ restWebhook: {} }, { restCall: {} }, { restAsync: {} }])("is not called otherwise: %j", async (type) => {
    const { zitadel, receiver, id } = await withTarget(type);
    expect(await triggerCall(zitadel)).toMatchObject({ status: 200 });
    await zitadel.idle();
    expect(receiver.received).toEqual([]);
    expect(zitadel.deliveries).toMatchObject([{ targetId: id, status: undefined, failure: NO_KEY.body.message }]);
  });

  test("fails with a clear message if the RSA key is too short for the mock server", async () => {
    const { zitadel, id } = await withTarget({ restWebhook: { interruptOnError: true } });
    const pem = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" });
    const { keyId } = zitadel.addPublicKey(id, { publicKey: Buffer.from(pem).toString("base64") });
    zitadel.activatePublicKey(id, keyId);
    const message = "the mock server cannot encrypt with RSA keys of less than 2048 bits, although ZITADEL can";
    expect(await triggerCall(zitadel)).toMatchObject({ status: 500, body: { code: 13, message } });
  });
});

describe("functions", () => {
  const run = async (answers: unknown[], name = "preuserinfo", payload?: object, interruptOnError = true) => {
    const zitadel = await startZitadel({ allowLoopback: true });
    const all = await Promise.all(answers.map((answer) => openReceiver(answering(200, answer))));
    const ids = all.map((receiver) => addTarget(zitadel, receiver, { restCall: { interruptOnError } }).id);
    zitadel.setExecution({ function: { name } }, ids);
    const { status, body } = await trigger(zitadel, { function: { name, payload } });
    return { status, body, sent: all.map(({ received }) => received[0]?.body) };
  };

  test("send their payload in the server's order, with what earlier answers asked for", async () => {
    const claims = { append_claims: [{ key: "a", value: { z: 1, a: "<" } }] };
    const metadata = { set_user_metadata: [{ key: "k", value: "dmFsdWU=" }], append_log_claims: ["seen"] };
    const payload = { extra: 1, org: { id: "2" }, userinfo: { sub: "1" }, function: "mine", user: { id: "1" } };
    const { status, body, sent } = await run([claims, metadata, ""], "preuserinfo", payload);
    const about = '"userinfo":{"sub":"1"},"user":{"id":"1"},"org":{"id":"2"},"extra":1';
    const asked = String.raw`"append_claims":[{"key":"a","value":{"a":"\u003c","z":1}}]`;
    const set = '"set_user_metadata":[{"State":0,"Key":"k","Value":"dmFsdWU="}]';
    expect(sent).toEqual([
      `{"function":"function/preuserinfo",${about}}`,
      `{"function":"function/preuserinfo",${about},"response":{${asked}}}`,
      `{"function":"function/preuserinfo",${about},"response":{${set},${asked},"append_log_claims":["seen"]}}`,
    ]);
    const log = { "urn:zitadel:iam:action:function/preuserinfo:log": ["seen"] };
    expect({ status, body }).toEqual({
      status: 200,
      body: { ...metadata, ...claims, claims: { a: { z: 1, a: "<" }, ...log } },
    });
  });

  test("add claims that are not there yet, and none of ZITADEL's own", async () => {
    const keys = ["groups", "mine", "mine", "urn:zitadel:iam:org:id"];
    const append_claims = keys.map((key, value) => ({ key, value }));
    const { body } = await run([{ append_claims }], "preaccesstoken", { userinfo: { groups: [] } });
    const log = ['key "groups" already exists', 'key "mine" already exists'];
    const claims = { mine: 1, "urn:zitadel:iam:action:function/preaccesstoken:log": log };
    expect(body).toEqual({ append_claims, claims });
  });

  // As ZITADEL's OIDC library merges claims: those that it knows itself are not in the map of the others, and win silently.
  test.each([
    ["preaccesstoken", ["iss", "sub", "aud", "exp", "iat", "nbf", "client_id", "jti"], ["email", "name", "azp"]],
    ["preuserinfo", ["sub", "email"], ["name", "iss", "aud", "client_id"]],
  ])("of %s write their own %j over those of an answer, and nothing says so; they add %j", async (name, own, added) => {
    const append_claims = [...own, ...added].map((key) => ({ key, value: "mine" }));
    const { body } = await run([{ append_claims }], name, { userinfo: { sub: "1", email: "a@b" } });
    expect(body).toEqual({ append_claims, claims: Object.fromEntries(added.map((key) => [key, "mine"])) });
  });

  test("take a claim that is null for none, and any name", async () => {
    const append_claims = ["a", "__proto__"].flatMap((key) => [
      { key, value: null },
      { key, value: 2 },
    ]);
    const { body } = await run([{ append_claims }]);
    expect(JSON.stringify(body)).toContain('"claims":{"a":2,"__proto__":2}');
  });

  test.each([
    ["preuserinfo", (name: string, log: string[]) => ({ claims: { [name]: log } })],
    ["presamlresponse", (name: string, value: string[]) => ({ append_attribute: [{ name, name_format: "", value }] })],
  ])("of %s store no metadata without a key and a value, and log it", async (name, logged) => {
    const set_user_metadata = [
      { key: "", value: "YQ==" },
      { key: "empty", value: "" },
      { key: "none" },
      { key: "null", value: null },
      { key: "bytes", value: [] },
    ];
    const log = ["", "empty", "none", "null", "bytes"].map((key) => `failed to set user metadata key "${key}"`);
    const { body } = await run([{ set_user_metadata }], name);
    expect(body).toEqual(logged(`urn:zitadel:iam:action:function/${name}:log`, log));
  });

  // The rest as measured with Go 1.26.
  test("read base64 with line breaks, lists of bytes and a state", async () => {
    const set_user_metadata = [
      { key: "a", value: "YW\nJj\r\n", State: 7 },
      { key: "b", value: [97, null, 255] },
      { key: "c", value: "YR==" },
    ];
    const { body, sent } = await run([{ set_user_metadata }, ""]);
    const values = ["YWJj", "YQD/", "YQ=="];
    expect(body).toEqual({ set_user_metadata: ["a", "b", "c"].map((key, at) => ({ key, value: values[at] })) });
    expect(sent[1]).toContain('[{"State":7,"Key":"a","Value":"YWJj"},{"State":0,"Key":"b","Value":"YQD/"},');
  });

  test("read an entry into the one that was there before", async () => {
    const first = { append_claims: [{ key: "a", value: { x: 1 } }, { key: "z" }], append_log_claims: ["a", "b"] };
    const { body } = await run([first, { append_claims: [{ key: "b" }], append_log_claims: [null] }]);
    expect(body).toMatchObject({ append_claims: [{ key: "b", value: { x: 1 } }], append_log_claims: ["a"] });
    expect((await run([{ append_log_claims: [null] }])).body).toMatchObject({ append_log_claims: [""] });
  });

  test.each([
    ["preuserinfo", { append_claims: [null] }],
    ["preaccesstoken", { set_user_metadata: [{ key: "a", value: "YQ==" }, null] }],
    ["presamlresponse", { append_attribute: [null] }],
  ])("of %s fail at %j in any case, after the next target got it", async (name, answer) => {
    const nil = refusalOf(500, 2, "", "runtime error: invalid memory address or nil pointer dereference");
    for (const interruptOnError of [true, false]) {
      const result = await run([answer, ""], name, {}, interruptOnError);
      expect(result).toMatchObject(nil);
      expect(result.sent[1]).toMatch(/"response":\{.*null\]\}\}$/);
    }
  });

  test("of SAML are answered with attributes", async () => {
    const append_attribute = [{ name: "team", name_format: "basic", value: ["a", "b"] }];
    const { body, sent } = await run([{ append_attribute, append_claims: [] }, "{}"], "presamlresponse");
    expect(body).toEqual({ append_attribute });
    expect(sent[1]).toBe(`{"function":"function/presamlresponse","response":${JSON.stringify({ append_attribute })}}`);
  });

  test("that nothing is bound to do nothing, and later answers replace earlier ones", async () => {
    expect(await run([])).toMatchObject({ status: 200, body: {} });
    const two = await run([{ append_log_claims: ["a"] }, { Append_Log_Claims: ["b"] }]);
    expect(two.body).toMatchObject({ append_log_claims: ["b"] });
    expect((await run([{ append_log_claims: ["a"] }, { append_log_claims: null }])).body).toEqual({});
    expect((await run(["", "null", "{}"])).body).toEqual({});
  });

  const wrong = (kind: string, path: string) => refusalOf(500, 2, "", `json: cannot unmarshal ${kind} into ${path}`);

  test.each([
    ["not json", refusalOf(400, 9, "ACTION-4m9s2", "Response is not valid JSON")],
    ["[]", wrong("array", "the answer")],
    [{ append_log_claims: [1] }, wrong("number", "append_log_claims")],
    [{ append_claims: {} }, wrong("object", "append_claims")],
    [{ append_claims: ["x"] }, wrong("string", "append_claims")],
    [{ append_claims: [{ key: true }] }, wrong("bool", "append_claims.key")],
    [{ set_user_metadata: [{ key: "k", value: "no base64!" }] }, refusalOf(500, 2, "", "illegal base64 data")],
    [{ set_user_metadata: [{ key: "k", value: "YQ==", state: "x" }] }, wrong("string", "set_user_metadata.State")],
    [{ set_user_metadata: [{ key: "k", value: "YQ==", state: 1.5 }] }, wrong("number", "set_user_metadata.State")],
    [{ set_user_metadata: [{ key: "k", value: [256] }] }, wrong("number", "set_user_metadata.Value")],
    ['{"append_claims":[{"key":"a","value":[{"b":1e400}]}]}', wrong("number 1e400", "append_claims.value")],
  ])("refuse the answer %j if they may interrupt", async (answer, refusal) => {
    expect(await run([answer])).toMatchObject(refusal);
    expect(await run([answer], "preuserinfo", {}, false)).toMatchObject({ status: 200 });
  });
});

describe("events", () => {
  const added = { event: { event: "user.human.added", payload: { userName: "a" } } };

  test("are answered at once, and delivered with all that was not given", async () => {
    const zitadel = await startZitadel({ allowLoopback: true, now: () => new Date("2026-07-01T12:00:00.120Z") });
    let answer: () => void = () => undefined;
    const receiver = await openReceiver((_, response) => {
      answer = () => void response.end();
    });
    zitadel.setExecution({ event: { group: "user.human" } }, [addTarget(zitadel, receiver).id]);
    expect(await trigger(zitadel, added)).toMatchObject({ status: 200, body: {} });
    while (receiver.received.length === 0) await new Promise(setImmediate);
    expect(zitadel.deliveries).toMatchObject([{ executionId: "event/user.human.*", status: undefined }]);
    answer();
    await zitadel.idle();
    expect(zitadel.deliveries).toMatchObject([{ status: 200 }]);
    const digits = expect.stringMatching(/^\d{18}$/) as string;
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toEqual({
      aggregateID: digits,
      aggregateType: "user",
      resourceOwner: zitadel.organisationId,
      instanceID: digits,
      version: "v2",
      sequence: 1,
      event_type: "user.human.added",
      created_at: "2026-07-01T12:00:00.12Z",
      userID: zitadel.owner.userId,
      event_payload: { userName: "a" },
    });
  });

  test.each(["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"])("never reach a target of %s", async (payloadType) => {
    const zitadel = await startZitadel({ allowLoopback: true });
    const [packed, plain] = [await openReceiver(), await openReceiver()];
    const [first, second] = [addTarget(zitadel, packed, { payloadType }), addTarget(zitadel, plain)];
    zitadel.setExecution({ event: { all: true } }, [first.id, second.id]);
    expect(await trigger(zitadel, added)).toMatchObject({ status: 200 });
    await zitadel.idle();
    expect([packed.received.length, plain.received.length]).toEqual([0, 1]);
    const failure = "Errors.WebKey.NoActive (QUERY-Opoh7)";
    expect(zitadel.deliveries).toMatchObject([
      { targetId: first.id, failure },
      { targetId: second.id, status: 200 },
    ]);
  });

  test("stop at an interrupting target that fails, and the caller gets no error", async () => {
    const zitadel = await startZitadel({ allowLoopback: true });
    const [failing, later] = [await openReceiver(answering(500)), await openReceiver()];
    const interrupting = addTarget(zitadel, failing, { restCall: { interruptOnError: true } });
    zitadel.setExecution({ event: { all: true } }, [interrupting.id, addTarget(zitadel, later).id]);
    expect(await trigger(zitadel, added)).toMatchObject({ status: 200, body: {} });
    await zitadel.idle();
    expect(later.received).toEqual([]);
    expect(zitadel.deliveries).toMatchObject([{ status: 500, failure: "Execution failed (EXEC-dra6yamk98)" }]);
  });
});
