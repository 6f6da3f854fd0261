import { newKey } from "../../support/pairs";
import { fakeClock, type FakeClock } from "../../support/provider";
import { eachInItsOwnWorld, seen, type TargetLife, webhook, type World } from "../../support/world";

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

/** An execution that calls the target. */
const call = (id: string) => world.zitadel.setExecution({ function: { name: "preuserinfo" } }, [id]);

const keyFirst =
  "the target has no active public key. Take two steps: deploy the ZitadelTargetPublicKey with the old payloadType, then change payloadType to PAYLOAD_TYPE_JWE and deploy again. If the stack has the key already, only inactive, run `pulumi up --target '<the key's URN>'` first. Otherwise, ZITADEL would encrypt for the target before it has an active key, and every call that the target interrupts would fail.";

const refusal = (id: string) => ({
  code: "invalid_request",
  message: `Updating target "hook" (${id}) on ${world.zitadel.url} failed: ${keyFirst}`,
});

test("a new target with JWE gives no warning: its key can only come after it", async () => {
  await life.create(jwe);
  expect(world.warnings).toEqual([]);
  expect(seen(world.zitadel)).toEqual({ create: 1 });
});

test.each(["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT"])("%s gives none", async (payloadType) => {
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
  ])("with %s is rejected, and changes nothing", async (_case, given) => {
    const { id, state } = await life.create({ ...hook, rotationTriggers: [1] });
    call(id);
    const options = given();
    if (options !== undefined) key(id, options);
    clock.advance(7 * 86_400_000);
    const before = world.zitadel.targets();
    await expect(life.update(id, state, { ...jwe, rotationTriggers: [2] })).rejects.toMatchObject(refusal(id));
    expect(world.zitadel.targets()).toEqual(before);
    expect(world.slept()).toBeGreaterThan(15_000);
    expect(world.slept()).toBeLessThanOrEqual(20_000);
  });

  test("waits for a key that ZITADEL does not show as active yet", async () => {
    const { id, state } = await life.create(hook);
    call(id);
    world.zitadel.readModel.lag(10_000);
    key(id);
    await life.update(id, state, jwe);
    expect(world.zitadel.targets()).toMatchObject([{ payloadType: "PAYLOAD_TYPE_JWE" }]);
    expect(world.slept()).toBeGreaterThanOrEqual(10_000);
  });

  test.each<[string, { expirationDate?: string }]>([
    ["an active key", {}],
    ["one that has not expired yet", { expirationDate: "2099-01-01T00:00:00Z" }],
  ])("with %s is one search and one update", async (_case, more) => {
    const { id, state } = await life.create(hook);
    key(id, { active: false });
    key(id, more);
    world.zitadel.clearRequests();
    await life.update(id, state, jwe);
    expect(world.warnings).toEqual([]);
    expect(seen(world.zitadel)).toEqual({ searchKeys: 1, update: 1 });
  });

  test("of a target that no execution calls needs none", async () => {
    const { id, state } = await life.create(hook);
    world.zitadel.clearRequests();
    await life.update(id, state, jwe);
    const { searchExecutions = 0, ...others } = seen(world.zitadel);
    expect(others).toEqual({ searchKeys: 1, update: 1 });
    // One that was set just now may not be shown yet.
    expect(searchExecutions).toBeGreaterThan(1);
    expect(world.slept()).toBeGreaterThan(15_000);
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
  expect(world.warnings).toEqual([]);
});

describe("a target that encrypts without a key", () => {
  const calling = { ...jwe, restWebhook: undefined, restCall: {} };
  const stopping = { ...jwe, restWebhook: undefined, restCall: { interruptOnError: true } };

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["interruptOnError", calling, stopping],
    ["another kind", { ...calling, restCall: undefined, restAsync: {} }, stopping],
    ["another kind that stops calls", calling, { ...jwe, restWebhook: { interruptOnError: true } }],
  ])("does not begin to stop calls: %s", async (_what, before, after) => {
    const { id, state } = await life.create(before);
    call(id);
    const was = world.zitadel.targets();
    await expect(life.update(id, state, after)).rejects.toMatchObject({
      code: "invalid_request",
      message: `Updating target "hook" (${id}) on ${world.zitadel.url} failed: it encrypts (PAYLOAD_TYPE_JWE) and has no active public key, so every call that it interrupts would fail (EXEC-2n8fhs7g). Take two steps: deploy a ZitadelTargetPublicKey with active: true for the target first, then set interruptOnError and deploy again. If the stack has the key already, only inactive, run \`pulumi up --target '<the key's URN>'\` first.`,
    });
    expect(world.zitadel.targets()).toEqual(was);
    key(id);
    await life.update(id, state, after);
    expect(world.zitadel.targets()[0]?.interruptOnError).toBe(true);
  });

  test("nor if it is taken over", async () => {
    const { id } = world.zitadel.add(calling);
    call(id);
    await expect(life.create({ ...stopping, adopt: true })).rejects.toThrow("has no active public key, so every call");
    expect(world.zitadel.targets()[0]?.interruptOnError).not.toBe(true);
  });

  test("may begin to stop calls while no execution calls it, and may change otherwise", async () => {
    const { id, state } = await life.create(calling);
    const next = await life.update(id, state, stopping);
    call(id);
    await life.update(id, next, { ...stopping, timeout: "2s" });
    expect(world.zitadel.targets()).toMatchObject([{ interruptOnError: true, timeout: "2s" }]);
  });
});

describe("a target that is taken over", () => {
  test.each([false, true])("as it is, with a key (active: %s), gives no warning", async (active) => {
    const { id } = world.zitadel.add(jwe);
    key(id, { active });
    await life.create({ ...jwe, adopt: true });
    expect(world.warnings).toEqual([]);
    expect(seen(world.zitadel)).toEqual({ search: 1, update: 1 });
  });

  test("and changed to JWE needs an active key", async () => {
    const { id } = world.zitadel.add(hook);
    call(id);
    await expect(life.create({ ...jwe, adopt: true })).rejects.toMatchObject(refusal(id));
    expect(world.zitadel.targets()).toMatchObject([{ id, payloadType: "PAYLOAD_TYPE_UNSPECIFIED" }]);
    key(id);
    world.zitadel.clearRequests();
    expect(await life.create({ ...jwe, adopt: true })).toMatchObject({ id });
    expect(seen(world.zitadel)).toMatchObject({ searchKeys: 1, update: 2 });
    expect(world.zitadel.targets()).toMatchObject([{ id, payloadType: "PAYLOAD_TYPE_JWE" }]);
  });
});
