import * as grpc from "@grpc/grpc-js";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import type { Operation } from "../../local/zitadel/operations";
import { type Native, type NativeError, settingsOf, startNative, urnOf } from "../support/native";
import { newKey } from "../support/pairs";

// A Ctrl-C at any step: the request that is out gets its answer, so there is no write without an entry in the state.

let zitadel: Zitadel;
let native: Native;

beforeEach(async () => {
  zitadel = await startZitadel();
  native = await startNative(settingsOf(zitadel));
});
afterEach(async () => {
  native.stop();
  await zitadel.stop();
});

const audit = urnOf("Target", "audit");
const hook = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
const users = urnOf("Execution", "users");
const key = urnOf("TargetPublicKey", "key");
const condition = { request: { service: "zitadel.user.v2.UserService" } };

/** Cancels while the server has a request, before or after its work, and returns what the create ends with. */
async function cancelledAt(
  operation: Operation,
  after: boolean,
  create: () => Promise<{ id: string }>,
  cancel: () => Promise<unknown> = () => native.cancel(),
) {
  let answer = (): void => undefined;
  const until = new Promise<void>((resolve) => (answer = resolve));
  const fault = zitadel.faults.add({ match: { operation }, fault: { kind: "hold", until, after } });
  const created = create().then(
    ({ id }) => ({ id, error: undefined }),
    (error: unknown) => ({ id: (error as NativeError).unfinished?.id, error: error as NativeError }),
  );
  while (zitadel.count()[operation] === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(fault).toBeDefined();
  await cancel();
  answer();
  return created;
}

describe.each([
  ["before its work", false],
  ["after its work", true],
])("while the server has a request, %s", (_case, after) => {
  test("a target that is being created is in the state", async () => {
    const { inputs } = await native.check(audit, hook);
    const { id, error } = await cancelledAt("create", after, () => native.create(audit, inputs));
    expect(error).toBeUndefined();
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });

  test.each(["searchExecutions", "setExecution"] as const)("an execution (%s)", async (operation) => {
    const { id: target } = zitadel.add({ ...hook, name: "hook" });
    const { inputs } = await native.check(users, { condition, targets: [target] });
    const { id } = await cancelledAt(operation, after, () => native.create(users, inputs));
    expect(zitadel.executions().map((one) => one.id)).toEqual(id === undefined ? [] : [id]);
    if (operation === "setExecution") expect(id).toBeDefined();
  });

  test.each(["addKey", "activateKey"] as const)("a public key (%s)", async (operation) => {
    const { id: targetId } = zitadel.add({ ...hook, name: "hook" });
    const { inputs } = await native.check(key, { targetId, publicKey: newKey() });
    const { id } = await cancelledAt(operation, after, () => native.create(key, inputs));
    expect(zitadel.publicKeys(targetId).map(({ keyId }) => `${targetId}/${keyId}`)).toEqual([id]);
  });
});

test("at its end a create that is in progress gets its answer, and new calls get none", async () => {
  const { inputs } = await native.check(audit, hook);
  const create = () => native.create(audit, inputs);
  const { id, error } = await cancelledAt("create", true, create, () => {
    native.end();
    return expect(native.check(audit, hook)).rejects.toMatchObject({ code: grpc.status.UNAVAILABLE });
  });
  expect(error).toBeUndefined();
  expect(zitadel.targets()).toMatchObject([{ id }]);
});

test("what waits ends: a pause before a retry", async () => {
  zitadel.faults.add({ match: { operation: "create" }, times: Infinity, fault: { kind: "status", status: 429 } });
  const { inputs } = await native.check(audit, hook);
  const { error } = await cancelledAt("create", false, () => native.create(audit, inputs));
  expect(error).toEqual({
    code: 2,
    message: "Pulumi cancelled the operation, so the provider stopped waiting.",
  });
  expect(zitadel.targets()).toEqual([]);
});

test("a create whose answer was lost is not repeated, but looked for once", async () => {
  zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset", work: true } });
  const { inputs } = await native.check(audit, hook);
  const { id } = await cancelledAt("create", true, () => native.create(audit, inputs));
  expect(zitadel.targets()).toMatchObject([{ id }]);
  expect(zitadel.count()).toMatchObject({ create: 1, search: 1 });
});

test("if ZITADEL does not show it, the error says that it may be there, and how to get it", async () => {
  zitadel.readModel.pause();
  zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset", work: true } });
  const { inputs } = await native.check(audit, hook);
  const { error } = await cancelledAt("create", true, () => native.create(audit, inputs));
  expect(error?.message).toMatch(
    /looking for the result failed too \(Pulumi cancelled the operation, so the provider stopped waiting\)\. ZITADEL may have created the target anyway: .* take it over with adopt: true and that name\.$/,
  );
  expect(zitadel.count()).toMatchObject({ create: 1, search: 1 });
});

test("a write that waits for its turn is not sent", async () => {
  const names = ["one", "two", "three", "four"];
  const checked = await Promise.all(names.map((name) => native.check(urnOf("Target", name), { ...hook, name })));
  let answer = (): void => undefined;
  const until = new Promise<void>((resolve) => (answer = resolve));
  zitadel.faults.add({ match: { operation: "create" }, times: Infinity, fault: { kind: "hold", until } });
  const all = Promise.allSettled(
    checked.map(({ inputs }, index) => native.create(urnOf("Target", names[index] ?? ""), inputs)),
  );
  while (zitadel.count()["create"] < 2) await new Promise((resolve) => setImmediate(resolve));
  await native.cancel();
  answer();
  const created = (await all).filter(({ status }) => status === "fulfilled");
  expect(created).toHaveLength(2);
  expect(zitadel.targets()).toHaveLength(2);
});

test("nothing begins after that", async () => {
  const { inputs } = await native.check(audit, hook);
  await native.cancel();
  await expect(native.create(audit, inputs)).rejects.toMatchObject({
    message: "Pulumi cancelled the operation before it began.",
  });
  expect(zitadel.requests).toEqual([]);
});
