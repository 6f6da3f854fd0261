import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { call, FORM } from "../../support/replay";

const TARGETS = "/v2/actions/targets";
const wanted = (name: string) => ({ name, endpoint: "https://example.com", timeout: "10s", restWebhook: {} });
const NOW = new Date("2026-07-01T12:00:00Z");

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel({ now: () => NOW });
});
afterEach(() => zitadel.stop());

const send = (request: string, body?: unknown, headers?: Record<string, string>) =>
  call({ baseUrl: zitadel.url, accessToken: zitadel.accessToken }, request, body, headers);

test("requests are recorded in order, with what was sent and answered", async () => {
  await send(`POST ${TARGETS}`, wanted("a"), { "x-extra": "1", cookie: "session=1" });
  await send(`POST ${TARGETS}/unknown?trace=1`, "{broken");
  const none = { cookie: undefined, authorization: undefined };
  expect(zitadel.requests).toMatchObject([
    { method: "POST", path: TARGETS, operation: "create", body: wanted("a"), status: 200, at: NOW },
    { method: "POST", path: `${TARGETS}/unknown`, operation: "update", body: "{broken", status: 400 },
  ]);
  expect(zitadel.requests[0]?.headers).toMatchObject({ "x-extra": "1" });
  expect({ ...none, ...zitadel.requests[0]?.headers }).toMatchObject(none);
});

test("answers are dated by the server's clock", async () => {
  const { headers } = await fetch(`${zitadel.url}/oauth/v2/keys`);
  expect(headers.get("date")).toBe("Wed, 01 Jul 2026 12:00:00 GMT");
});

test("requests are counted by what they are for, also rejected ones", async () => {
  const { id } = zitadel.add(wanted("a"));
  for (const request of [
    `POST ${TARGETS}`,
    `GET ${TARGETS}/${id}`,
    `GET ${TARGETS}/search`,
    `POST ${TARGETS}/${id}`,
    `DELETE ${TARGETS}/${id}`,
    `POST ${TARGETS}/search`,
    "POST /oauth/v2/token",
    "GET /oauth/v2/keys",
    "GET /elsewhere",
  ]) {
    await send(request);
  }
  const none = { setExecution: 0, searchExecutions: 0, listWords: 0 };
  const noKeys = { addKey: 0, activateKey: 0, deactivateKey: 0, deleteKey: 0, searchKeys: 0 };
  const some = { create: 1, get: 2, update: 1, delete: 1, search: 1, token: 1, other: 2 };
  expect(zitadel.count()).toEqual({ ...none, ...noKeys, ...some });
  zitadel.clearRequests();
  expect(zitadel.requests).toEqual([]);
  expect(zitadel.count().get).toBe(0);
});

test("requests about executions and keys are counted each by its own name", async () => {
  const keys = `${TARGETS}/1/publickeys`;
  const executions = "/v2/actions/executions";
  for (const request of [
    `PUT ${executions}`,
    `POST ${executions}/search`,
    `GET ${executions}/functions`,
    `GET ${executions}/methods`,
    `GET ${executions}/services`,
    `POST ${keys}`,
    `POST ${keys}/search`,
    `POST ${keys}/2/activate`,
    `POST ${keys}/2/deactivate`,
    `DELETE ${keys}/2`,
    `GET ${keys}`,
    `GET ${executions}`,
  ]) {
    await send(request);
  }
  const { create, get, update, delete: deletes, search, token, ...counts } = zitadel.count();
  expect([create, get, update, deletes, search, token]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(counts).toEqual({
    setExecution: 1,
    searchExecutions: 1,
    listWords: 3,
    addKey: 1,
    searchKeys: 1,
    activateKey: 1,
    deactivateKey: 1,
    deleteKey: 1,
    other: 2,
  });
  const [first] = zitadel.requests;
  expect(first).toMatchObject({ method: "PUT", path: executions, operation: "setExecution", status: 400 });
});

test("no token, secret or assertion is kept", async () => {
  const user = zitadel.addUser({ userName: "boss", role: "IAM_OWNER" });
  const secret = user.clientSecret();
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id: "boss", client_secret: secret });
  form.set("assertion", "an assertion");
  const { body } = await call({ baseUrl: zitadel.url }, "POST /oauth/v2/token", form.toString(), FORM);
  await send(`POST ${TARGETS}`, wanted("a"), { "proxy-authorization": "Basic cHJveHk6" });
  const kept = JSON.stringify(zitadel.requests);
  expect(zitadel.requests[0]?.body).toEqual({ grant_type: "client_credentials", client_id: "boss" });
  const { access_token: token } = body as { access_token: string };
  for (const hidden of [secret, token, "an assertion", zitadel.accessToken, "cHJveHk6"])
    expect(kept).not.toContain(hidden);
});

test("the most writes at once are counted, reads are not", async () => {
  const gate = Promise.withResolvers<undefined>();
  const all = Promise.withResolvers<undefined>();
  let seen = 0;
  const when = () => (++seen === 4 && all.resolve(undefined), true);
  zitadel.faults.add({ match: { when }, times: 4, fault: { kind: "hold", until: gate.promise } });
  const requests = [
    send(`POST ${TARGETS}`, wanted("a")),
    send(`POST ${TARGETS}/1`, {}),
    send(`DELETE ${TARGETS}/1`),
    send(`POST ${TARGETS}/search`, {}),
  ];
  await all.promise;
  gate.resolve(undefined);
  await Promise.all(requests);
  expect(zitadel.maxConcurrentWrites).toBe(3);
});

test("writes to executions and keys count among those at once, searches and words do not", async () => {
  const keys = `${TARGETS}/1/publickeys`;
  const requests = [
    "PUT /v2/actions/executions",
    `POST ${keys}`,
    `POST ${keys}/1/activate`,
    `POST ${keys}/1/deactivate`,
    `DELETE ${keys}/1`,
    `POST ${keys}/search`,
    "POST /v2/actions/executions/search",
    "GET /v2/actions/executions/methods",
  ];
  const gate = Promise.withResolvers<undefined>();
  const all = Promise.withResolvers<undefined>();
  let seen = 0;
  const when = () => (++seen === requests.length && all.resolve(undefined), true);
  zitadel.faults.add({ match: { when }, times: requests.length, fault: { kind: "hold", until: gate.promise } });
  const answers = requests.map((request) => send(request));
  await all.promise;
  gate.resolve(undefined);
  await Promise.all(answers);
  expect(zitadel.maxConcurrentWrites).toBe(5);
});

test("a fault hits the operation that it names", async () => {
  zitadel.faults.add({ match: { operation: "setExecution" }, fault: { kind: "status", status: 503 } });
  expect(await send("POST /v2/actions/executions/search", {})).toMatchObject({ status: 200 });
  expect(await send("PUT /v2/actions/executions", {})).toMatchObject({ status: 503 });
});

test("one write after the other is one at once", async () => {
  for (const name of ["a", "b", "c"]) await send(`POST ${TARGETS}`, wanted(name));
  expect(zitadel.maxConcurrentWrites).toBe(1);
});

test("writes behind the back are those of the API, and not recorded", () => {
  const { id, creationDate, signingKey } = zitadel.add({ ...wanted("a"), payload_type: null });
  expect(zitadel.change(id, {})).toEqual({ changeDate: creationDate });
  const rotated = zitadel.change(id, { expirationSigningKey: "0s", restCall: { interruptOnError: true } });
  expect(rotated.signingKey).not.toBe(signingKey);
  expect(zitadel.targets()).toEqual([
    {
      id,
      name: "a",
      endpoint: "https://example.com",
      timeout: "10s",
      kind: "restCall",
      interruptOnError: true,
      payloadType: "PAYLOAD_TYPE_UNSPECIFIED",
      signingKey: rotated.signingKey,
      creationDate,
      changeDate: rotated.changeDate,
    },
  ]);
  expect(() => zitadel.add(wanted("A"))).toThrow("Errors.Target.AlreadyExists (V3-DKcYh)");
  expect(() => zitadel.add({ ...wanted("b"), timeout: "1m" })).toThrow('invalid google.protobuf.Duration value "1m"');
  const deleted = zitadel.remove(id);
  expect(zitadel.remove(id)).toEqual(deleted);
  expect(zitadel.remove("1")).toEqual({});
  expect(() => zitadel.change(id, {})).toThrow("Target not found (COMMAND-xj14f2cccn)");
  expect(zitadel.targets()).toEqual([]);
  expect(zitadel.requests).toEqual([]);
});

test("ids and dates ascend though the clock stands still, and look like a server's", () => {
  const made = Array.from({ length: 1500 }, (_, index) => zitadel.add(wanted(`n${index}`)));
  const ids = made.map(({ id }) => id);
  const dates = made.map(({ creationDate }) => creationDate);
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(dates).toEqual([...new Set(dates)].sort());
  expect(ids.filter((id) => !/^\d{18}$/.test(id))).toEqual([]);
  expect(dates.filter((date) => !/^2026-07-01T12:00:00\.00\d(?!000)\d{3}Z$/.test(date))).toEqual([]);
  expect(new Set(made.map(({ signingKey }) => signingKey)).size).toBe(1500);
});

test("every answer has the headers of a server", async () => {
  const { headers } = await send("GET /elsewhere");
  expect(headers.get("x-request-id")).toMatch(/./);
  expect(headers.get("set-cookie")).toBe("zitadel.quota.exhausted=; Max-Age=0");
  expect(headers.get("content-type")).toBe("application/json");
});
