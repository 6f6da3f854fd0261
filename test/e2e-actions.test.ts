import { generateKeyPairSync } from "node:crypto";
import { openStage, type Stage } from "./support/deploy";

// A target, its public key and an execution through one life, on whatever engine this machine has.

const pem = (): string =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).publicKey;
const [first, second] = [pem(), pem()];

const hook = { endpoint: "https://example.com/hook", timeout: "10s", restCall: {}, payloadType: "PAYLOAD_TYPE_JWE" };
const key = { type: "ZitadelTargetPublicKey", targetId: "@hook.id", publicKey: first };
const method = "/zitadel.session.v2.SessionService/ListSessions";
const sessions = {
  type: "ZitadelExecution",
  condition: { request: { method } },
  targets: ["@hook.id"],
  dependsOn: ["key"],
};

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test("preview says what will be created, and asks ZITADEL nothing", async () => {
  stage.declare({ hook, key, sessions });
  const { exitCode, text, requests } = await stage.run("preview");
  expect({ exitCode, requests, text }).toMatchObject({ exitCode: 0, requests: {} });
  expect(text).toMatch(/\+ 4 to create/);
});

test("up creates target, key and execution", async () => {
  const { exitCode, text, requests, outputs } = await stage.run("up");
  expect({ text, exitCode, requests }).toMatchObject({
    exitCode: 0,
    requests: { create: 1, addKey: 1, activateKey: 1, searchExecutions: 1, setExecution: 1 },
  });
  const [target] = stage.zitadel.targets();
  const id = target?.id ?? "";
  expect(stage.zitadel.executions()).toMatchObject([{ id: `request${method}`, targets: [id] }]);
  expect(stage.zitadel.publicKeys(id)).toMatchObject([{ active: true }]);
  expect(outputs["sessions"]?.value).toEqual({ id: `request${method}`, targets: [id] });
});

test("an up without a change sends nothing", async () => {
  const { exitCode, requests } = await stage.run("up");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: {} });
});

test("a refresh asks once for the targets, once for the executions, once for a target's keys", async () => {
  const { exitCode, requests, text } = await stage.run("refresh");
  expect({ exitCode, requests, text }).toMatchObject({
    exitCode: 0,
    requests: { search: 1, searchExecutions: 1, searchKeys: 1 },
  });
  expect(text).toMatch(/4 unchanged/);
});

test("another key is added and active before the old one goes", async () => {
  stage.declare({ hook, key: { ...key, publicKey: second }, sessions });
  const { exitCode, requests, text } = await stage.run("up");
  expect({ exitCode, requests, text }).toMatchObject({
    exitCode: 0,
    requests: { addKey: 1, activateKey: 1, deactivateKey: 1, deleteKey: 1 },
  });
  const order = stage.zitadel.requests.map(({ operation }) => operation);
  expect(order.indexOf("activateKey")).toBeLessThan(order.indexOf("deleteKey"));
});

test("destroy leaves nothing", async () => {
  const { exitCode, requests, text } = await stage.run("destroy");
  const expected = { setExecution: 1, deactivateKey: 1, deleteKey: 1, delete: 1 };
  expect({ exitCode, requests, text }).toMatchObject({ exitCode: 0, requests: expected });
  expect([stage.zitadel.targets(), stage.zitadel.executions()]).toEqual([[], []]);
});
