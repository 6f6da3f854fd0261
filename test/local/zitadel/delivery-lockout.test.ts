import { generateKeyPairSync } from "node:crypto";
import type { ExecutionCondition, TargetBody, Zitadel } from "../../../local/zitadel";
import { call, standIns } from "../../support/replay";
import { addTarget, answering, ok, receivers, refusalOf, type Received, type Receiver } from "../../support/receiver";

const startZitadel = standIns();
const openReceiver = receivers();

const SERVICE = "zitadel.action.v2.ActionService";
const TARGETS = "/v2/actions/targets";
const EXECUTIONS = "/v2/actions/executions";
const wanted = (name: string) => ({ name, endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} });
const PEM = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" });

let zitadel: Zitadel;
let receiver: Receiver;
beforeEach(async () => {
  zitadel = await startZitadel({ allowLoopback: true });
  receiver = await openReceiver();
});

const send = (request: string, body?: unknown) =>
  call({ baseUrl: zitadel.url, accessToken: zitadel.accessToken }, request, body);
const payloadOf = (received: Received | undefined) => JSON.parse(received?.body ?? "null") as Record<string, unknown>;
const methods = () => receiver.received.map((received) => payloadOf(received).fullMethod);

/** Binds an interrupting target at the receiver to calls of the API itself. */
function bind(condition: ExecutionCondition, type: TargetBody = { restWebhook: { interruptOnError: true } }): string {
  const { id } = addTarget(zitadel, receiver, type);
  zitadel.setExecution(condition, [id]);
  return id;
}

/** Every call of the API, each of which would be answered. */
function everyCall(targetId: string, keyId: string): [method: string, request: string, body?: unknown][] {
  const keys = `${TARGETS}/${targetId}/publickeys`;
  return [
    ["CreateTarget", `POST ${TARGETS}`, wanted("new")],
    ["GetTarget", `GET ${TARGETS}/${targetId}`],
    ["UpdateTarget", `POST ${TARGETS}/${targetId}`, { timeout: "5s" }],
    ["ListTargets", `POST ${TARGETS}/search`, {}],
    ["AddPublicKey", `POST ${keys}`, { publicKey: Buffer.from(PEM).toString("base64") }],
    ["ListPublicKeys", `POST ${keys}/search`, {}],
    ["ActivatePublicKey", `POST ${keys}/${keyId}/activate`],
    ["DeactivatePublicKey", `POST ${keys}/${keyId}/deactivate`],
    ["RemovePublicKey", `DELETE ${keys}/${keyId}`],
    ["ListExecutions", `POST ${EXECUTIONS}/search`, {}],
    ["ListExecutionFunctions", `GET ${EXECUTIONS}/functions`],
    ["ListExecutionMethods", `GET ${EXECUTIONS}/methods`],
    ["ListExecutionServices", `GET ${EXECUTIONS}/services`],
    ["SetExecution", `PUT ${EXECUTIONS}`, { condition: { request: { all: true } }, targets: [] }],
    ["DeleteTarget", `DELETE ${TARGETS}/${targetId}`],
  ];
}

describe.each<[string, ExecutionCondition]>([
  ["all requests", { request: { all: true } }],
  ["the service", { request: { service: SERVICE } }],
])("an interrupting target on %s whose endpoint is down", (_, condition) => {
  test("fails every call of the API, those that would undo it too, and only the endpoint's return helps", async () => {
    const id = bind(condition);
    const { keyId } = zitadel.addPublicKey(id, { publicKey: Buffer.from(PEM).toString("base64") });
    const calls = everyCall(id, keyId);
    const { host } = new URL(receiver.url);
    await receiver.stop();
    const before = [zitadel.targets(), zitadel.executions(), zitadel.publicKeys(id)];
    const refused = `Post "${receiver.url}/hook": dial tcp ${host}: connect: connection refused`;
    for (const [, request, body] of calls) {
      expect(await send(request, body)).toMatchObject(refusalOf(500, 2, "", refused));
    }
    expect([zitadel.targets(), zitadel.executions(), zitadel.publicKeys(id)]).toEqual(before);
    await receiver.start();
    for (const [, request, body] of calls.filter(([method]) => method !== "SetExecution")) {
      expect(await send(request, body)).toMatchObject({ status: 200 });
    }
    expect(methods()).toEqual(
      calls.map(([method]) => `/${SERVICE}/${method}`).filter((m) => !m.endsWith("SetExecution")),
    );
    expect(zitadel.executions()).toEqual([]);
  });
});

test("a call that undoes a lock-out works as soon as it gets through", async () => {
  bind({ request: { all: true } });
  receiver.react = answering(500);
  const undo = { condition: { request: { all: true } }, targets: [] };
  expect(await send(`PUT ${EXECUTIONS}`, undo)).toMatchObject(refusalOf(400, 9, "EXEC-dra6yamk98", "Execution failed"));
  receiver.react = ok;
  expect(await send(`PUT ${EXECUTIONS}`, undo)).toMatchObject({ status: 200 });
  receiver.react = answering(500);
  expect(await send(`POST ${TARGETS}/search`, {})).toMatchObject({ status: 200 });
});

test("an execution on one method leaves the others alone", async () => {
  bind({ request: { method: `/${SERVICE}/DeleteTarget` } });
  receiver.react = answering(500);
  expect(await send(`POST ${TARGETS}/search`, {})).toMatchObject({ status: 200 });
  expect(await send(`DELETE ${TARGETS}/1`)).toMatchObject({ status: 400, body: { code: 9 } });
  expect(methods()).toEqual([`/${SERVICE}/DeleteTarget`]);
});

test("a target that does not interrupt does not cause a lock-out", async () => {
  bind({ request: { all: true } }, { restWebhook: {} });
  await receiver.stop();
  expect(await send(`POST ${TARGETS}`, wanted("new"))).toMatchObject({ status: 200 });
  expect(zitadel.deliveries).toMatchObject([
    { executionId: "request", failure: expect.stringContaining("refused") as string },
  ]);
});

test("a response execution refuses the call when its work is done", async () => {
  bind({ response: { method: `/${SERVICE}/CreateTarget` } });
  receiver.react = answering(200, { forwardedStatusCode: 403, forwardedErrorMessage: "too late" });
  expect(await send(`POST ${TARGETS}`, wanted("new"))).toMatchObject(refusalOf(403, 7, "EXEC-reUaUZCzCp", "too late"));
  const created = zitadel.targets().find(({ name }) => name === "new");
  expect(created).toBeDefined();
  const { id, creationDate, signingKey } = created ?? {};
  expect(payloadOf(receiver.received[0])).toMatchObject({ response: { id, creationDate, signingKey } });
});

test("a method that refuses has no response to deliver", async () => {
  bind({ response: { all: true } });
  expect(await send(`GET ${TARGETS}/1`)).toMatchObject({ status: 404 });
  expect(receiver.received).toEqual([]);
});

test("the token and the JSON are checked before the targets see a request, its fields after", async () => {
  bind({ request: { all: true } });
  expect(await send(`POST ${TARGETS}`, "{")).toMatchObject({ status: 400 });
  expect(await call({ baseUrl: zitadel.url }, `POST ${TARGETS}`, {})).toMatchObject({ status: 401 });
  expect(receiver.received).toEqual([]);
  expect(await send(`POST ${TARGETS}`, {})).toMatchObject({ status: 400, body: { code: 3 } });
  expect(methods()).toEqual([`/${SERVICE}/CreateTarget`]);
});

test("requests are delivered as messages: what is in the path is a field, what is a default is not there", async () => {
  const id = bind({ request: { all: true } });
  await send(`POST ${TARGETS}/${id}`, {
    endpoint: `${receiver.url}/hook`,
    rest_webhook: { interruptOnError: false },
    timeout: "1.5s",
    no: 1,
  });
  await send(`GET ${TARGETS}/${id}`);
  await send(`POST ${TARGETS}/search`, {
    filters: [{ targetNameFilter: { targetName: "a", method: 2 } }],
    pagination: { limit: 5, offset: "7" },
  });
  await send(`POST ${TARGETS}/${id}/publickeys`, { publicKey: "YWJj", expirationDate: "2030-01-01T00:00:00.5Z" });
  await send(`POST ${TARGETS}/${id}/publickeys/search`, { filters: [{ activeFilter: false }] });
  await send(`PUT ${EXECUTIONS}`, { condition: { event: { all: true } }, targets: [] });
  const texts = receiver.received.map(({ body }) => /"request":(.*),"headers"/.exec(body)?.[1]);
  const filter = '{"targetNameFilter":{"targetName":"a","method":"TEXT_FILTER_METHOD_STARTS_WITH"}}';
  expect(texts).toEqual([
    `{"id":"${id}","restWebhook":{},"timeout":"1.500s","endpoint":"${receiver.url}/hook"}`,
    `{"id":"${id}"}`,
    `{"pagination":{"offset":"7","limit":5},"filters":[${filter}]}`,
    `{"targetId":"${id}","publicKey":"YWJj","expirationDate":"2030-01-01T00:00:00.500Z"}`,
    `{"targetId":"${id}","filters":[{"activeFilter":false}]}`,
    '{"condition":{"event":{"all":true}}}',
  ]);
  expect(payloadOf(receiver.received[0])).toMatchObject({
    userID: zitadel.owner.userId,
    orgID: zitadel.organisationId,
    headers: { "Content-Type": ["application/grpc"], Host: [`localhost:${zitadel.port}`] },
  });
});

describe("a call target on the API itself", () => {
  const CALL = { restCall: { interruptOnError: true } };

  test("changes what is done", async () => {
    bind({ request: { method: `/${SERVICE}/CreateTarget` } }, CALL);
    receiver.react = answering(200, wanted("other"));
    expect(await send(`POST ${TARGETS}`, wanted("mine"))).toMatchObject({ status: 200 });
    expect(zitadel.targets().map(({ name }) => name)).toEqual([expect.any(String), "other"]);
  });

  test("changes which target is meant, if it says so, and no target if it does not", async () => {
    const { id } = addTarget(zitadel, "https://example.com/other");
    bind({ request: { method: `/${SERVICE}/GetTarget` } }, CALL);
    receiver.react = answering(200, { id });
    expect(await send(`GET ${TARGETS}/1`)).toMatchObject({ status: 200, body: { target: { id } } });
    receiver.react = answering(200, {});
    expect(await send(`GET ${TARGETS}/${id}`)).toMatchObject({ status: 400, body: { code: 3 } });
  });

  test("changes what is answered", async () => {
    bind({ response: { method: `/${SERVICE}/ListTargets` } }, CALL);
    receiver.react = answering(200, { pagination: { appliedLimit: "1" } });
    expect(await send(`POST ${TARGETS}/search`, {})).toMatchObject({ body: { pagination: { appliedLimit: "1" } } });
  });

  test.each([
    [{ nme: "x" }, 'proto: (line 1:2): unknown field "nme"'],
    [{ name: 1 }, "proto: (line 1:9): invalid value for string field name: 1"],
  ])("fails it with an answer that is no such request: %j", async (answer, message) => {
    bind({ request: { method: `/${SERVICE}/CreateTarget` } }, CALL);
    receiver.react = answering(200, answer);
    expect(await send(`POST ${TARGETS}`, wanted("mine"))).toMatchObject(refusalOf(500, 2, "", message));
    expect(zitadel.targets()).toHaveLength(1);
  });
});

test("writes without HTTP go through no execution: a way out for tests", async () => {
  const id = bind({ request: { all: true } });
  await receiver.stop();
  expect(await send(`DELETE ${TARGETS}/${id}`)).toMatchObject({ status: 500 });
  zitadel.setExecution({ request: { all: true } }, []);
  expect(await send(`DELETE ${TARGETS}/${id}`)).toMatchObject({ status: 200 });
});
