// What the mock server's handle does for executions and keys, and what a contract test cannot do on a real server.
import { startZitadel, type ExecutionCondition, type Role, type Zitadel } from "../../../local/zitadel";
import { base64, newKey } from "../../support/keys";
import { call } from "../../support/replay";

const TARGETS = "/v2/actions/targets";
const EXECUTIONS = "/v2/actions/executions";
const publicKey = base64(newKey.p256());

let time: number;
let zitadel: Zitadel;

beforeEach(async () => {
  time = Date.parse("2026-07-01T12:00:00Z");
  zitadel = await startZitadel({ now: () => new Date(time) });
});
afterEach(() => zitadel.stop());

const send = (request: string, body?: unknown, accessToken = zitadel.accessToken) =>
  call({ baseUrl: zitadel.url, accessToken }, request, body);
const newTarget = (name = "a") =>
  zitadel.add({ name, endpoint: "https://example.com", timeout: "10s", restAsync: {} }).id;

test.each<[ExecutionCondition, string]>([
  [
    { request: { method: "/zitadel.session.v2.SessionService/ListSessions" } },
    "request/zitadel.session.v2.SessionService/ListSessions",
  ],
  [{ request: { service: "zitadel.session.v2.SessionService" } }, "request/zitadel.session.v2.SessionService"],
  [{ request: { all: true } }, "request"],
  [
    { response: { method: "/zitadel.user.v2.UserService/CreateUser" } },
    "response/zitadel.user.v2.UserService/CreateUser",
  ],
  [{ response: { service: "zitadel.user.v2.UserService" } }, "response/zitadel.user.v2.UserService"],
  [{ response: { all: true } }, "response"],
  [{ function: { name: "preuserinfo" } }, "function/preuserinfo"],
  [{ event: { event: "user.human.added" } }, "event/user.human.added"],
  [{ event: { group: "user.human" } }, "event/user.human.*"],
  [{ event: { all: true } }, "event"],
])("the execution of %j has the id %s", async (condition, id) => {
  const target = newTarget();
  const { setDate } = zitadel.setExecution(condition, [target]);
  const dates = { creationDate: setDate, changeDate: setDate };
  expect(zitadel.executions()).toEqual([{ id, condition, targets: [target], ...dates }]);
  const { body } = await send(`POST ${EXECUTIONS}/search`, {
    filters: [{ inConditionsFilter: { conditions: [condition] } }],
  });
  expect(body).toMatchObject({ executions: [{ condition, targets: [target], ...dates }] });
});

test("every word that is listed may stand in a condition", async () => {
  const target = newTarget();
  const words = async (kind: string) => {
    const { body } = await send(`GET ${EXECUTIONS}/${kind}`);
    return (body as Record<string, string[]>)[kind] ?? [];
  };
  const conditions = [
    ...(await words("functions")).map((name) => ({ function: { name } })),
    ...(await words("services")).map((service) => ({ request: { service } })),
    ...(await words("methods")).map((method) => ({ response: { method } })),
  ];
  for (const condition of conditions) zitadel.setExecution(condition, [target]);
  expect(zitadel.executions().map(({ condition }) => condition)).toEqual(conditions);
});

test("a group is known if an event's name begins with it, a whole name and a part of a word too", () => {
  for (const group of ["user", "user.human.added", "user.hum", "target.key", "instance.sms.config"]) {
    expect(zitadel.setExecution({ event: { group } }, [newTarget(group)])).toEqual({
      setDate: expect.any(String) as string,
    });
  }
  expect(() => zitadel.setExecution({ event: { group: "human" } }, [])).toThrow("COMMAND-er5oneb5lz");
});

test("what is done behind the back is as the API would, and not recorded", () => {
  const [a, b] = [newTarget("a"), newTarget("b")];
  const condition = { function: { name: "preuserinfo" } };
  expect(zitadel.setExecution(condition, [])).toEqual({ setDate: "0001-01-01T00:00:00Z" });
  const { setDate } = zitadel.setExecution(condition, [a, b]);
  expect(() => zitadel.setExecution(condition, [a, a])).toThrow("Target not found (COMMAND-17e8fq1ggk)");
  expect(() => zitadel.setExecution({ function: { name: "no" } }, [])).toThrow("COMMAND-cdy39t0ksr");
  zitadel.remove(a);
  expect(zitadel.executions()).toMatchObject([{ targets: [b], changeDate: setDate }]);
  zitadel.remove(b);
  expect(zitadel.executions()).toEqual([]);
  expect(zitadel.setExecution(condition, [a, b])).toEqual({ setDate });
  expect(zitadel.requests).toEqual([]);
});

test("keys behind the back are as the API would have them, and not recorded", () => {
  const target = newTarget();
  const expirationDate = "2026-07-02T00:00:00Z";
  const { keyId, creationDate } = zitadel.addPublicKey(target, { publicKey, expirationDate });
  const fingerprint = expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/) as string;
  const key = { keyId, publicKey, fingerprint, expirationDate, creationDate };
  expect(zitadel.publicKeys(target)).toEqual([{ ...key, active: false, changeDate: creationDate }]);
  const { changeDate } = zitadel.activatePublicKey(target, keyId);
  expect(zitadel.publicKeys(target)).toEqual([{ ...key, active: true, changeDate }]);
  expect(() => zitadel.removePublicKey(target, keyId)).toThrow("ErrPublicKeyDeleteActiveKey");
  zitadel.deactivatePublicKey(target, keyId);
  const { deletionDate } = zitadel.removePublicKey(target, keyId);
  expect(zitadel.removePublicKey(target, keyId)).toEqual({ deletionDate });
  expect(zitadel.publicKeys(target)).toEqual([]);
  expect(() => zitadel.addPublicKey("1", { publicKey })).toThrow("Target not found (ErrTargetNotFound)");
  expect(() => zitadel.activatePublicKey(target, keyId)).toThrow("Target not found (ErrKeyNotFound)");
  expect(zitadel.requests).toEqual([]);
});

test("an expired key cannot be activated, not even if it is active, but deactivated", async () => {
  const target = newTarget();
  const key = (expirationDate: string) => zitadel.addPublicKey(target, { publicKey, expirationDate }).keyId;
  const [first, second] = [key("2026-07-01T13:00:00Z"), key("2026-07-01T13:00:00Z")];
  zitadel.activatePublicKey(target, first);
  time = Date.parse("2026-07-01T13:00:00Z");
  zitadel.activatePublicKey(target, second);
  time += 1;
  for (const keyId of [first, second]) {
    expect(await send(`POST ${TARGETS}/${target}/publickeys/${keyId}/activate`)).toMatchObject({
      status: 400,
      body: { code: 9, message: "Target public key is expired (ErrPublicKeyExpired)" },
    });
  }
  expect(zitadel.publicKeys(target)).toMatchObject([{ active: false }, { active: true }]);
  zitadel.deactivatePublicKey(target, second);
  expect(() => key("2026-07-01T13:00:00Z")).toThrow("ErrExpirationDateBeforeNow");
});

test("the answer of a call that changes nothing is dated by the last activation of any key", () => {
  const target = newTarget();
  const [first, second] = [zitadel.addPublicKey(target, { publicKey }), zitadel.addPublicKey(target, { publicKey })];
  expect(zitadel.deactivatePublicKey(target, first.keyId)).toEqual({ changeDate: first.creationDate });
  const { changeDate } = zitadel.activatePublicKey(target, second.keyId);
  expect(zitadel.deactivatePublicKey(target, first.keyId)).toEqual({ changeDate });
  expect(zitadel.removePublicKey(target, "unknown")).toEqual({ deletionDate: changeDate });
});

describe("who may", () => {
  /** The statuses of setting, searching and listing words, then of adding, activating, searching and deleting keys. */
  async function statuses(role: Role): Promise<number[]> {
    const { accessToken } = zitadel.addUser({ userName: role, role });
    const target = newTarget();
    const { keyId } = zitadel.addPublicKey(target, { publicKey });
    const keys = `${TARGETS}/${target}/publickeys`;
    const requests: [string, object?][] = [
      [`PUT ${EXECUTIONS}`, { condition: { event: { all: true } }, targets: [target] }],
      [`POST ${EXECUTIONS}/search`, {}],
      [`GET ${EXECUTIONS}/functions`],
      [`POST ${keys}`, { publicKey }],
      [`POST ${keys}/${keyId}/activate`],
      [`POST ${keys}/${keyId}/deactivate`],
      [`POST ${keys}/search`, {}],
      [`DELETE ${keys}/${keyId}`],
    ];
    const found: number[] = [];
    for (const [request, body] of requests) found.push((await send(request, body, accessToken)).status);
    return found;
  }

  test.each<[Role, number[]]>([
    ["IAM_OWNER", [200, 200, 200, 200, 200, 200, 200, 200]],
    ["IAM_OWNER_VIEWER", [403, 200, 200, 403, 403, 403, 200, 403]],
    ["ORG_OWNER", [403, 403, 200, 403, 403, 403, 403, 403]],
    ["none", [404, 404, 200, 404, 404, 404, 404, 404]],
  ])("do what, as %s", async (role, expected) => {
    expect(await statuses(role)).toEqual(expected);
  });
});
