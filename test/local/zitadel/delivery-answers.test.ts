import { gzipSync } from "node:zlib";
import type { Zitadel } from "../../../local/zitadel";
import { standIns } from "../../support/replay";
import {
  addTarget,
  answering,
  LIST_SESSIONS,
  receivers,
  refusalOf,
  trigger,
  triggerCall,
  writing,
  type Received,
} from "../../support/receiver";

const startZitadel = standIns();
const openReceiver = receivers();

let zitadel: Zitadel;
beforeEach(async () => {
  zitadel = await startZitadel({ allowLoopback: true });
});

const INTERRUPTING = { interruptOnError: true };
const request = { query: { limit: 1 } };
const response = { sessions: [{ id: "1" }] };
const bodyOf = (received: Received | undefined) => JSON.parse(received?.body ?? "null") as Record<string, unknown>;

function bind(...targets: { id: string }[]): void {
  zitadel.setExecution(
    { request: { method: LIST_SESSIONS } },
    targets.map(({ id }) => id),
  );
}
function bindResponse(...targets: { id: string }[]): void {
  zitadel.setExecution(
    { response: { method: LIST_SESSIONS } },
    targets.map(({ id }) => id),
  );
}

test("a call without an execution goes through as it is", async () => {
  expect(await triggerCall(zitadel, { request, response })).toMatchObject({ status: 200, body: { request, response } });
  expect(await triggerCall(zitadel)).toMatchObject({ status: 200, body: { request: {}, response: {} } });
  expect(zitadel.deliveries).toEqual([]);
});

test("of a webhook only the status counts", async () => {
  const receiver = await openReceiver(answering(200, { query: { limit: 99 } }));
  const target = addTarget(zitadel, receiver, { restWebhook: INTERRUPTING });
  bind(target);
  bindResponse(target);
  expect(await triggerCall(zitadel, { request, response })).toMatchObject({ status: 200, body: { request, response } });
  const [first, second] = receiver.received.map(bodyOf);
  expect(first).toMatchObject({ fullMethod: LIST_SESSIONS, request });
  expect(first).not.toHaveProperty("response");
  expect(second).toEqual({ ...first, response });
  expect(Object.keys(second ?? {}).slice(-3)).toEqual(["request", "response", "headers"]);
});

test("a call target's answer replaces the request before the method sees it, and the response after", async () => {
  const before = await openReceiver(answering(200, { query: { limit: 7 } }));
  const after = await openReceiver(answering(200, { sessions: [] }));
  bind(addTarget(zitadel, before, { restCall: {} }));
  bindResponse(addTarget(zitadel, after, { restCall: {} }));
  const answer = await triggerCall(zitadel, { request, response });
  expect(answer).toMatchObject({ status: 200, body: { request: { query: { limit: 7 } }, response: { sessions: [] } } });
  expect(bodyOf(after.received[0])).toMatchObject({ request: { query: { limit: 7 } }, response });
});

test("targets are called one after the other in their order, each with what the one before left", async () => {
  const order: string[] = [];
  const step = (name: string, body: unknown) =>
    openReceiver((_, reply) => {
      order.push(name);
      reply.end(JSON.stringify(body));
    });
  const [first, second, third] = [await step("a", { a: 1 }), await step("b", { b: 2 }), await step("c", { c: 3 })];
  const [a, b, c] = [first, second, third].map((receiver) => addTarget(zitadel, receiver, { restCall: {} }));
  if (!a || !b || !c) throw new Error("three targets");
  bind(c, a, b);
  expect(await triggerCall(zitadel, { request })).toMatchObject({ body: { request: { b: 2 } } });
  expect(order).toEqual(["c", "a", "b"]);
  expect([third, first, second].map(({ received }) => bodyOf(received[0]).request)).toEqual([
    request,
    { c: 3 },
    { a: 1 },
  ]);
  expect(zitadel.deliveries.map(({ targetId, status }) => [targetId, status])).toEqual([
    [c.id, 200],
    [a.id, 200],
    [b.id, 200],
  ]);
});

test("an empty answer of a call target leaves everything as it was", async () => {
  bind(addTarget(zitadel, await openReceiver(answering(204)), { restCall: INTERRUPTING }));
  bindResponse(addTarget(zitadel, await openReceiver(answering(200, "")), { restCall: INTERRUPTING }));
  expect(await triggerCall(zitadel, { request, response })).toMatchObject({ status: 200, body: { request, response } });
});

test("an async target is called, and the call does not wait for it", async () => {
  let answer: () => void = () => undefined;
  const receiver = await openReceiver((_, reply) => {
    answer = () => void reply.writeHead(500).end();
  });
  const target = addTarget(zitadel, receiver, { restAsync: {} });
  bind(target);
  expect(await triggerCall(zitadel, { request })).toMatchObject({ status: 200, body: { request } });
  expect(zitadel.deliveries).toMatchObject([{ targetId: target.id, status: undefined, failure: undefined }]);
  let idle = false;
  const ended = zitadel.idle().then(() => (idle = true));
  while (receiver.received.length === 0) await new Promise(setImmediate);
  expect(idle).toBe(false);
  answer();
  await ended;
  expect(zitadel.deliveries).toMatchObject([{ status: 500, failure: "Execution failed (EXEC-dra6yamk98)" }]);
});

const FAILED = refusalOf(400, 9, "EXEC-dra6yamk98", "Execution failed");
const forwarded = (forwardedStatusCode: unknown, forwardedErrorMessage: unknown = "go away") => ({
  forwardedStatusCode,
  forwardedErrorMessage,
});

describe.each(["restWebhook", "restCall"])("a %s that interrupts", (kind) => {
  test.each([
    ["400", answering(400), FAILED],
    ["404", answering(404), FAILED],
    ["500", answering(500, forwarded(403)), FAILED],
    ["304", answering(304), FAILED],
    ["a redirect to nowhere", answering(302), FAILED],
    ["a forwarded 400", answering(200, forwarded(400)), refusalOf(400, 3, "EXEC-reUaUZCzCp", "go away")],
    ["a forwarded 401", answering(200, forwarded(401)), refusalOf(401, 16, "EXEC-reUaUZCzCp", "go away")],
    ["a forwarded 403", answering(200, forwarded(403)), refusalOf(403, 7, "EXEC-reUaUZCzCp", "go away")],
    ["a forwarded 404", answering(201, forwarded(404)), refusalOf(404, 5, "EXEC-reUaUZCzCp", "go away")],
    ["a forwarded 409", answering(200, forwarded(409)), refusalOf(409, 6, "EXEC-reUaUZCzCp", "go away")],
    ["a forwarded 429", answering(200, forwarded(429)), refusalOf(429, 8, "EXEC-reUaUZCzCp", "go away")],
    ["a forwarded 418", answering(200, forwarded(418)), refusalOf(500, 2, "", "ID=EXEC-reUaUZCzCp Message=go away")],
    ["a forwarded 500", answering(200, forwarded(500)), refusalOf(400, 9, "EXEC-bmhNhpcqpF", "go away")],
    ["a forwarded 302", answering(200, forwarded(302)), refusalOf(400, 9, "EXEC-bmhNhpcqpF", "go away")],
    ["only a message", answering(200, forwarded(0, "no")), refusalOf(400, 9, "EXEC-bmhNhpcqpF", "no")],
    ["no message", answering(200, forwarded(403, null)), refusalOf(403, 7, "EXEC-reUaUZCzCp", "")],
    ["other case", answering(200, { FORWARDEDSTATUSCODE: 403 }), refusalOf(403, 7, "EXEC-reUaUZCzCp", "")],
    [
      "the last of two",
      answering(200, '{"forwardedStatusCode":403,"forwardedStatusCode":404}'),
      refusalOf(404, 5, "EXEC-reUaUZCzCp", ""),
    ],
  ])("rejects the call after %s", async (_, react, refusal) => {
    const target = addTarget(zitadel, await openReceiver(react), { [kind]: INTERRUPTING });
    const later = await openReceiver();
    bind(target, addTarget(zitadel, later));
    expect(await triggerCall(zitadel, { request })).toMatchObject(refusal);
    expect(later.received).toEqual([]);
    expect(zitadel.deliveries).toMatchObject([{ targetId: target.id, failure: refusal.body.message }]);
  });

  test("rejects the call on its way back, too", async () => {
    bindResponse(addTarget(zitadel, await openReceiver(answering(200, forwarded(403))), { [kind]: INTERRUPTING }));
    expect(await triggerCall(zitadel, { response })).toMatchObject({ status: 403, body: { code: 7 } });
  });
});

test.each(["restWebhook", "restCall"])("a %s that does not interrupt changes nothing when it fails", async (kind) => {
  for (const react of [answering(500), answering(200, forwarded(403)), answering(200, "not json")]) {
    const later = await openReceiver();
    bind(addTarget(zitadel, await openReceiver(react), { [kind]: {} }), addTarget(zitadel, later));
    expect(await triggerCall(zitadel, { request })).toMatchObject({ status: 200, body: { request } });
    expect(bodyOf(later.received[0]).request).toEqual(request);
  }
});

test.each([['"403"'], ["4.03e2"], ["403.0"], ["99999999999999999999"], ["[403]"], ['403,"forwardedErrorMessage":1']])(
  "a forwarded status of %s is none: a webhook accepts the call, and for a call target it is an unknown field",
  async (status) => {
    const receiver = await openReceiver(answering(200, `{"forwardedStatusCode":${status}}`));
    bind(addTarget(zitadel, receiver, { restWebhook: INTERRUPTING }));
    expect(await triggerCall(zitadel, { request })).toMatchObject({ status: 200, body: { request } });
    bind(addTarget(zitadel, receiver, { restCall: INTERRUPTING }));
    expect(await triggerCall(zitadel, { request })).toMatchObject(
      refusalOf(500, 2, "", 'proto: (line 1:2): unknown field "forwardedStatusCode"'),
    );
  },
);

describe("an answer of a call target that is not a message", () => {
  const whole = (received: Received) => received.body;

  test.each([
    ["text", "not json", "invalid character 'o' in literal null (expecting 'u')"],
    ["a line", "ok\n", "invalid character 'o' looking for beginning of value"],
    ["cut off", '{"a":', "unexpected end of JSON input"],
    ["blanks", "  ", "unexpected end of JSON input"],
    ["more than one value", "{} {}", "invalid character '{' after top-level value"],
    ["a list", "[1]", "proto: syntax error (line 1:1): unexpected token ["],
    ["a text", '"abc"', 'proto: syntax error (line 1:1): unexpected token "abc"'],
    ["null", "null", "proto: syntax error (line 1:1): unexpected token null"],
    ["a field twice", '{"a":1,"a":2}', 'proto: (line 1:8): duplicate field "a"'],
    ["a field in both spellings", '{"given_name":1,"givenName":2}', 'proto: (line 1:17): duplicate field "givenName"'],
    ["such a field inside", '{"a":[{"aB":1,"a_b":1}]}', 'proto: (line 1:15): duplicate field "a_b"'],
    ["a key of a map twice", '{"metadata":{"a":1,"a":2}}', 'proto: (line 1:20): duplicate map key "a"'],
    [
      "half of a character",
      String.raw`{"b":1,"a":["\ud83d"]}`,
      "proto: syntax error (line 1:13): invalid UTF-8 in string",
    ],
    ["the same in a name", String.raw`{"a":{"\ude00":1}}`, "proto: syntax error (line 1:7): invalid UTF-8 in string"],
    [
      "a number that no type can hold",
      '{"b":1,"a":[1e400]}',
      "proto: (line 1:13): invalid value for double field a: 1e400",
    ],
    ["a null in a list", '{"b":1,"a":[{},null]}', "proto: syntax error (line 1:16): unexpected token null"],
    ["a null in a list of metadata", '{"metadata":[null]}', "proto: syntax error (line 1:14): unexpected token null"],
    ["a list in a list", '{"a":{"b":[[1]]}}', "proto: syntax error (line 1:12): unexpected token ["],
    ["the payload's request", '{"request":{}}', 'proto: (line 1:2): unknown field "request"'],
    ["an answer to a function", '{"append_claims":[]}', 'proto: (line 1:2): unknown field "append_claims"'],
    ["the whole payload", whole, 'proto: (line 1:2): unknown field "fullMethod"'],
  ])("%s refuses the call if it interrupts", async (_, answer, message) => {
    const receiver = await openReceiver((received, reply) => {
      reply.end(typeof answer === "string" ? answer : answer(received));
    });
    bind(addTarget(zitadel, receiver, { restCall: INTERRUPTING }));
    expect(await triggerCall(zitadel, { request })).toMatchObject(refusalOf(500, 2, "", message));
  });

  test("bytes that are not UTF-8 refuse the call, too, and empty the request from there on", async () => {
    const receiver = await openReceiver(answering(200, Buffer.from('{"b":1,"username":"Jos\xe9"}', "latin1")));
    bind(addTarget(zitadel, receiver, { restCall: INTERRUPTING }));
    const message = "proto: syntax error (line 1:19): invalid UTF-8 in string";
    expect(await triggerCall(zitadel, { request })).toMatchObject(refusalOf(500, 2, "", message));
    bind(addTarget(zitadel, receiver, { restCall: {} }));
    expect(await triggerCall(zitadel, { request })).toMatchObject({ status: 200, body: { request: { b: 1 } } });
  });

  test("a map may have keys that differ only in their spelling", async () => {
    const answer = { idpInformation: { rawInformation: { given_name: 1, givenName: { a_b: 1, aB: 1 } } } };
    bind(addTarget(zitadel, await openReceiver(answering(200, answer)), { restCall: INTERRUPTING }));
    expect(await triggerCall(zitadel, { request })).toMatchObject({ status: 200, body: { request: answer } });
  });

  test.each([
    ["is not JSON", "not json", request],
    ["is no object", "[1]", {}],
    ["goes wrong at a field", '{"query":{"limit":2},"userID":"1"}', { query: { limit: 2 } }],
  ])("leaves what could be read if it does not interrupt and %s", async (_, answer, left) => {
    bind(addTarget(zitadel, await openReceiver(answering(200, answer)), { restCall: {} }));
    expect(await triggerCall(zitadel, { request })).toMatchObject({ status: 200, body: { request: left } });
  });
});

describe("an answer with a value of another type than in the request that was sent", () => {
  const sent = {
    username: "ada",
    profile: { givenName: "Ada", language: "de" },
    metadata: [{ key: "a", value: "YQ==" }],
    ids: ["1", "2"],
    limit: "5",
    state: "STATE_ACTIVE",
    kind: "NOTIFICATION_TYPE_Email",
    age: 5,
    asc: true,
    raw: { rawInformation: { a: 1 } },
  };
  const answered = async (answer: object) => {
    bind(addTarget(zitadel, await openReceiver(answering(200, answer)), { restCall: INTERRUPTING }));
    return triggerCall(zitadel, { request: sent });
  };

  test.each([
    [{ username: 5 }, "proto: (line 1:13): invalid value for string field username: 5"],
    [{ profile: "x" }, 'proto: syntax error (line 1:12): unexpected token "x"'],
    [{ profile: [] }, "proto: syntax error (line 1:12): unexpected token ["],
    [{ profile: { given_name: {} } }, "proto: (line 1:26): invalid value for string field givenName: {"],
    [{ metadata: {} }, "proto: syntax error (line 1:13): unexpected token {"],
    [{ metadata: [{ key: "a" }, "b"] }, 'proto: syntax error (line 1:26): unexpected token "b"'],
    [{ metadata: [{ key: true }] }, "proto: (line 1:21): invalid value for string field key: true"],
    [{ ids: ["3", {}] }, "proto: (line 1:13): invalid value for string field ids: {"],
    [{ limit: true }, "proto: (line 1:10): invalid value for string field limit: true"],
    [{ age: "five" }, 'proto: (line 1:8): invalid value for int32 field age: "five"'],
    [{ asc: "true" }, 'proto: (line 1:8): invalid value for bool field asc: "true"'],
  ])("%j refuses the call", async (answer, message) => {
    expect(await answered(answer)).toMatchObject(refusalOf(500, 2, "", message));
  });

  test.each([
    { username: "5", profile: { givenName: null }, other: 5 },
    { limit: 5, ids: [3, "4"], state: 1, kind: 2, age: "5", asc: false },
    { age: "STATE_NEW", metadata: [], raw: { rawInformation: { a: "x", b: [null, [1]] } } },
    { metadata: [{ value: "YQ==" }] },
  ])("%j may be a message", async (answer) => {
    expect(await answered(answer)).toMatchObject({ status: 200 });
  });
});

test("an answer may be zipped, since that is offered", async () => {
  const zipped = answering(200, gzipSync('{"zipped":true}'), { "content-encoding": "gzip" });
  bind(addTarget(zitadel, await openReceiver(zipped), { restCall: INTERRUPTING }));
  expect(await triggerCall(zitadel, { request })).toMatchObject({ status: 200, body: { request: { zipped: true } } });
});

// As measured with Go 1.26: compress/gzip reads another file after the first, whose header has ten bytes.
test.each([
  [8, "unexpected EOF"],
  [30, "gzip: invalid header"],
])("a zipped answer with %i zeros after it cannot be read", async (zeros, message) => {
  const body = Buffer.concat([gzipSync("{}"), Buffer.alloc(zeros)]);
  const zipped = answering(200, body, { "content-encoding": "gzip" });
  bind(addTarget(zitadel, await openReceiver(zipped), { restCall: INTERRUPTING }));
  expect(await triggerCall(zitadel, { request })).toMatchObject(refusalOf(500, 2, "", message));
});

// What Go's net/http makes of each, as measured with Go 1.26.
describe("an answer as only HTTP can have it", () => {
  const broken = (coding: string) =>
    `net/http: HTTP/1.x transport connection broken: unsupported transfer encoding: "${coding}"`;
  const chunk = (json: string) => `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`;
  const empty = { status: 200, body: { request } };

  test.each<[string, string, object]>([
    [
      "an empty body that is called zipped",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
      empty,
    ],
    [
      "the same in chunks",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      empty,
    ],
    [
      "two codings, of which the first counts",
      'HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\n{"a":1}',
      { status: 200, body: { request: { a: 1 } } },
    ],
    [
      "text that is called zipped first",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
      { status: 500 },
    ],
    ["none at all, called zipped", "HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n", empty],
    [
      "chunks in upper case",
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n${chunk('{"a":1}')}`,
      { status: 200, body: { request: { a: 1 } } },
    ],
    [
      "two codings",
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunk("{}")}`,
      { status: 500, body: { message: expect.stringContaining(broken("gzip, chunked")) as string } },
    ],
    ["chunks of HTTP/1.0", `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk("{}")}`, { status: 500 }],
    ["no chunk of HTTP/1.0", `HTTP/1.0 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, { status: 500 }],
    [
      "another coding of HTTP/1.0",
      `HTTP/1.0 200 OK\r\nTransfer-Encoding: identity\r\n\r\n{"a":1}`,
      { status: 200, body: { request: { a: 1 } } },
    ],
    ["HTTP/1.0", `HTTP/1.0 200 OK\r\n\r\n{"a":1}`, { status: 200, body: { request: { a: 1 } } }],
  ])("%s", async (_, answer, expected) => {
    bind(addTarget(zitadel, await openReceiver(writing(answer)), { restCall: INTERRUPTING }));
    expect(await triggerCall(zitadel, { request })).toMatchObject(expected);
  });
});

test("messages keep their numbers and the order of their fields, and are safe within HTML", async () => {
  const receiver = await openReceiver();
  bind(addTarget(zitadel, receiver));
  const odd = '{"z":12345678901234567890,"1":1.50,"a":"<b> & ü\u2028"}';
  const { body } = await trigger(zitadel, `{"call":{"method":"${LIST_SESSIONS}","request":${odd}}}`);
  expect(receiver.received[0]?.body).toContain(
    String.raw`"request":{"z":12345678901234567890,"1":1.50,"a":"\u003cb\u003e \u0026 ü\u2028"}`,
  );
  expect(body).toMatchObject({ request: { a: "<b> & ü\u2028" } });
});

test("who calls may be said; otherwise it is the user of the token", async () => {
  const receiver = await openReceiver();
  bind(addTarget(zitadel, receiver));
  await triggerCall(zitadel);
  await triggerCall(zitadel, { userID: "7", orgID: "" });
  const [own, other] = receiver.received.map(bodyOf);
  expect(own).toMatchObject({ userID: zitadel.owner.userId, orgID: zitadel.organisationId });
  expect(other).toMatchObject({ userID: "7" });
  expect(other).not.toHaveProperty("orgID");
});

test("a trigger needs a token, of any user", async () => {
  const outsider = zitadel.addUser({ userName: "outsider", role: "none" });
  const call = { call: { method: LIST_SESSIONS } };
  expect(await trigger(zitadel, call, { authorization: `Bearer ${outsider.accessToken}` })).toMatchObject({
    status: 200,
  });
  expect(await trigger(zitadel, call, { authorization: "Bearer wrong" })).toMatchObject({ status: 401 });
  expect(await trigger({ ...zitadel, accessToken: "" }, call)).toMatchObject({ status: 401 });
});

test.each([
  ["", "the body must be an object"],
  ["[]", "the body must be an object"],
  ["{}", "the body is an object with exactly one of call, function and event"],
  ['{"call":{},"event":{}}', "the body is an object with exactly one of call, function and event"],
  ['{"calls":{}}', 'the body has no member "calls", only call, function, event'],
  ['{"call":{}}', 'call.method: ZITADEL has no method ""'],
  [
    '{"call":{"method":"zitadel.session.v2.SessionService/ListSessions"}}',
    'call.method: ZITADEL has no method "zitadel.session.v2.SessionService/ListSessions"',
  ],
  [`{"call":{"method":"${LIST_SESSIONS}","request":"x"}}`, "call.request: must be an object"],
  [
    `{"call":{"method":"${LIST_SESSIONS}","userId":"x"}}`,
    'call has no member "userId", only method, request, response, userID, orgID',
  ],
  ['{"function":{"name":"preuserInfo"}}', 'function.name: ZITADEL has no function "preuserInfo"'],
  ['{"event":{"event":"user.humn.added"}}', 'event.event: ZITADEL has no event "user.humn.added"'],
  ['{"event":{"event":"user.human.added","sequence":1.5}}', "event.sequence: must be a whole number"],
])("a trigger that makes no sense is rejected: %s", async (body, message) => {
  expect(await trigger(zitadel, body)).toMatchObject({
    status: 400,
    body: { code: 3, message: `local/trigger: ${message}` },
  });
});
