import { newKey } from "./support/pairs";
import { fakeClock, type FakeClock } from "./support/provider";
import { eachInItsOwnWorld, seen, type TargetLife, webhook, type World } from "./support/world";

// ZITADEL cannot encrypt for a target without an active key.

let clock: FakeClock;
let world: World;
let life: TargetLife;

eachInItsOwnWorld(
  (opened) => {
    world = opened;
    life = opened.process();
  },
  () => ({ clock: (clock = fakeClock()) }),
);

const hook = { ...webhook, name: "hook" };
const jwe = { ...hook, payloadType: "PAYLOAD_TYPE_JWE" };

function key(
  targetId: string,
  { active = true, expirationDate }: { active?: boolean; expirationDate?: string } = {},
): void {
  const publicKey = Buffer.from(newKey()).toString("base64");
  const { keyId } = world.zitadel.addPublicKey(targetId, {
    publicKey,
    ...(expirationDate !== undefined && { expirationDate }),
  });
  if (active) world.zitadel.activatePublicKey(targetId, keyId);
}

const warning = (id: string, outcome = "nothing is sent to it") =>
  `Target "hook" (${id}) encrypts (PAYLOAD_TYPE_JWE) and has no active public key: until a ZitadelTargetPublicKey of it is active, ${outcome}. Let its executions depend on that key (dependsOn).`;

test("a new target with JWE draws a warning, without a request: it can have no key yet", async () => {
  const { id } = await life.create(jwe);
  expect(world.warnings).toEqual([warning(id)]);
  expect(seen(world.zitadel)).toEqual({ create: 1 });
});

test("which says what becomes of the calls of an interrupting one", async () => {
  const { id } = await life.create({ ...jwe, restWebhook: { interruptOnError: true } });
  expect(world.warnings).toEqual([warning(id, "every call that it interrupts fails (EXEC-2n8fhs7g)")]);
});

test.each(["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT"])("%s draws none", async (payloadType) => {
  const { id, state } = await life.create({ ...hook, payloadType });
  await life.update(id, state, { ...hook, payloadType: "PAYLOAD_TYPE_JSON", timeout: "2s" });
  expect(world.warnings).toEqual([]);
  expect(seen(world.zitadel)).toEqual({ create: 1, update: 1 });
});

describe("a change to JWE", () => {
  test.each<[string, () => Record<string, never> | { active?: boolean; expirationDate?: string } | undefined]>([
    ["no key", () => undefined],
    ["a key that is not active", () => ({ active: false })],
    ["an active key that has expired", () => ({ expirationDate: "2026-07-02T00:00:00Z" })],
  ])("with %s draws a warning, after one search", async (_case, given) => {
    const { id, state } = await life.create(hook);
    const options = given();
    if (options !== undefined) key(id, options);
    clock.advance(7 * 86_400_000);
    world.zitadel.clearRequests();
    await life.update(id, state, jwe);
    expect(world.warnings).toEqual([warning(id)]);
    expect(seen(world.zitadel)).toEqual({ searchKeys: 1, update: 1 });
    expect(world.zitadel.targets()).toMatchObject([{ payloadType: "PAYLOAD_TYPE_JWE" }]);
  });

  test.each<[string, { expirationDate?: string }]>([
    ["an active key", {}],
    ["one that has not expired yet", { expirationDate: "2099-01-01T00:00:00Z" }],
  ])("with %s draws none", async (_case, more) => {
    const { id, state } = await life.create(hook);
    key(id, { active: false });
    key(id, more);
    world.zitadel.clearRequests();
    await life.update(id, state, jwe);
    expect(world.warnings).toEqual([]);
    expect(seen(world.zitadel)).toEqual({ searchKeys: 1, update: 1 });
  });

  test("that cannot be looked into changes nothing", async () => {
    const { id, state } = await life.create({ ...hook, rotationTriggers: [1] });
    const answer = { kind: "answer", status: 500, body: { code: 2, message: "boom" } } as const;
    world.zitadel.faults.add({ match: { operation: "searchKeys" }, fault: answer });
    await expect(life.update(id, state, { ...jwe, rotationTriggers: [2] })).rejects.toMatchObject({
      code: "unavailable",
      operation: "search public keys",
    });
    expect(world.zitadel.targets()).toMatchObject([{ signingKey: state["signingKey"] }]);
  });
});

test("what stays JWE is not asked about again", async () => {
  const { id, state } = await life.create(jwe);
  world.zitadel.clearRequests();
  await life.update(id, state, { ...jwe, timeout: "2s" });
  expect(seen(world.zitadel)).toEqual({ update: 1 });
  expect(world.warnings).toHaveLength(1);
});

describe("a target that is taken over", () => {
  test.each([
    ["as it is, without a key", false, 1],
    ["as it is, with an active key", true, 0],
  ])("%s", async (_case, active, warnings) => {
    const { id } = world.zitadel.add(jwe);
    key(id, { active });
    await life.create({ ...jwe, adopt: true });
    expect(world.warnings).toEqual(warnings === 0 ? [] : [warning(id)]);
    expect(seen(world.zitadel)).toEqual({ search: 1, searchKeys: 1 });
  });

  test("and changed to JWE", async () => {
    const { id } = world.zitadel.add(hook);
    await life.create({ ...jwe, adopt: true });
    expect(world.warnings).toEqual([warning(id)]);
    expect(seen(world.zitadel)).toEqual({ search: 1, searchKeys: 1, update: 1 });
  });
});
