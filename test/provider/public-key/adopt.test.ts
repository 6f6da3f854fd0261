import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { newKey } from "../../support/pairs";
import { fakeClock, type FakeClock } from "../../support/provider";
import { eachInItsOwnWorld, type Life, webhook, type World } from "../../support/world";

const expirationDate = "2099-01-01T00:00:00Z";

let clock: FakeClock;
let world: World;
let life: Life;
let targetId: string;

eachInItsOwnWorld(
  (opened) => {
    world = opened;
    life = opened.process().of(publicKeyLifecycle);
    targetId = opened.zitadel.add({ ...webhook, name: "hook" }).id;
  },
  () => ({ clock: (clock = fakeClock()) }),
);

/** A key that is there before. */
function there(publicKey: string, more: { expirationDate?: string; active?: boolean } = {}): string {
  const { active, ...rest } = more;
  const body = { publicKey: Buffer.from(publicKey).toString("base64"), ...rest };
  const { keyId } = world.zitadel.addPublicKey(targetId, body);
  if (active === true) world.zitadel.activatePublicKey(targetId, keyId);
  return keyId;
}

const keys = () => world.zitadel.publicKeys(targetId);
const operations = () => world.zitadel.requests.map(({ operation }) => operation);

test("takes over a key of the same fingerprint with one search, the write side confirms it, and the log says so", async () => {
  const publicKey = newKey();
  there(newKey());
  const keyId = there(publicKey.replaceAll("\n", "\r\n"), { active: true });
  const [, before] = keys();
  const { id, state } = await life.create({ targetId, publicKey, adopt: true });
  // In the direction that is true already, so that nothing is written.
  expect(operations()).toEqual(["searchKeys", "activateKey"]);
  expect(keys()[1]).toEqual(before);
  expect(id).toBe(`${targetId}/${keyId}`);
  expect(state).toEqual({
    targetId,
    publicKey,
    active: true,
    adopt: true,
    keyId,
    fingerprint: before?.fingerprint,
    creationDate: before?.creationDate,
    changeDate: before?.changeDate,
  });
  expect(world.told).toEqual([`Took over public key ${id} (${before?.fingerprint ?? ""}) on ${world.zitadel.url}.`]);
  expect((await life.read(id, state))?.inputs).toEqual({ targetId, publicKey, active: true, adopt: true });
});

test.each([
  [true, ["searchKeys", "deactivateKey", "activateKey"]],
  [false, ["searchKeys", "activateKey", "search", "deactivateKey"]],
])(
  "and made active (%s) where it is not as declared, with one write after the confirmation",
  async (active, expected) => {
    const publicKey = newKey();
    const keyId = there(publicKey, { active: !active });
    const { state } = await life.create({ targetId, publicKey, active, adopt: true });
    expect(operations()).toEqual(expected);
    expect(keys()).toMatchObject([{ keyId, active, changeDate: state["changeDate"] }]);
    expect(state).toMatchObject({ keyId, active });
  },
);

test("an inactive key stays inactive right after another one was activated, whose date ZITADEL answers with", async () => {
  const publicKey = newKey();
  const keyId = there(publicKey);
  await life.create({ targetId, publicKey: newKey() });
  await life.create({ targetId, publicKey, active: false, adopt: true });
  expect(keys()).toMatchObject([{ keyId, active: false }, { active: true }]);
  expect(operations()).toEqual(["addKey", "activateKey", "searchKeys", "deactivateKey"]);
});

test("where there is none, it is added, and nothing is said", async () => {
  there(newKey());
  const { state } = await life.create({ targetId, publicKey: newKey(), adopt: true });
  expect(operations()).toEqual(["searchKeys", "addKey", "activateKey"]);
  expect(keys()[1]?.keyId).toBe(state["keyId"]);
  expect(world.told).toEqual([]);
});

test("for a target that is not there it is an error", async () => {
  await expect(life.create({ targetId: "123", publicKey: newKey(), adopt: true })).rejects.toMatchObject({
    errorId: "ErrTargetNotFound",
  });
});

describe("the date of expiry", () => {
  test("must be the same moment, however it is spelt", async () => {
    const publicKey = newKey();
    const keyId = there(publicKey, { expirationDate });
    const declared = "2099-01-01T01:00:00+01:00";
    const { state } = await life.create({ targetId, publicKey, expirationDate: declared, adopt: true });
    expect(state).toMatchObject({ keyId, expirationDate: declared });
  });

  test.each<[string, string | undefined, string | undefined]>([
    ["another", expirationDate, "2098-01-01T00:00:00Z"],
    ["one that is not declared", expirationDate, undefined],
    ["none", undefined, "2098-01-01T00:00:00Z"],
  ])("%s cannot be changed: the key is added once more, and the log says so", async (_case, has, declared) => {
    const publicKey = newKey();
    const keyId = there(publicKey, has === undefined ? {} : { expirationDate: has });
    const news = { targetId, publicKey, adopt: true, ...(declared !== undefined && { expirationDate: declared }) };
    const { state } = await life.create(news);
    expect(state["keyId"]).not.toBe(keyId);
    expect(operations()).toEqual(["searchKeys", "addKey", "activateKey"]);
    expect(world.told).toEqual([
      `Public key ${targetId}/${keyId} is the same key with another expiration date (${has ?? "none"}), which cannot be changed: it was kept, and another one was added.`,
    ]);
    // The key is still there to be taken over by who declares its date.
    const right = { targetId, publicKey, adopt: true, ...(has !== undefined && { expirationDate: has }) };
    expect((await life.create(right)).state["keyId"]).toBe(keyId);
  });

  test("of the same key twice, the one with the declared date is taken", async () => {
    const publicKey = newKey();
    there(publicKey, { active: true });
    const second = there(publicKey, { expirationDate });
    const { state } = await life.create({ targetId, publicKey, expirationDate, adopt: true });
    expect(state["keyId"]).toBe(second);
  });

  test("that has passed: the key is taken over, and is not active", async () => {
    const publicKey = newKey();
    const keyId = there(publicKey, { expirationDate, active: true });
    clock.advance(Date.parse("2099-01-02T00:00:00Z") - clock.now());
    const { state } = await life.create({ targetId, publicKey, expirationDate, active: false, adopt: true });
    expect(state).toMatchObject({ keyId, active: false });
    await expect(
      world.process().of(publicKeyLifecycle).create({ targetId, publicKey, expirationDate, adopt: true }),
    ).rejects.toMatchObject({
      id: `${targetId}/${keyId}`,
      errorId: "ErrPublicKeyExpired",
      properties: { active: false },
    });
  });
});

describe("the same key more than once", () => {
  test("each is taken over once, the active one by who declares it active, and then one is added", async () => {
    const publicKey = newKey();
    const [active, idle, another] = [there(publicKey, { active: true }), there(publicKey), there(publicKey)];
    const taken: unknown[] = [];
    for (const wanted of [false, true, false, false]) {
      const { state } = await life.create({ targetId, publicKey, active: wanted, adopt: true });
      taken.push(state["keyId"]);
    }
    expect(taken).toEqual([idle, active, another, keys()[3]?.keyId]);
    expect(keys()).toMatchObject([{ active: true }, { active: false }, { active: false }, { active: false }]);
  });

  test("also by resources that are created at once", async () => {
    const publicKey = newKey();
    const before = [there(publicKey), there(publicKey), there(publicKey)];
    const made = await Promise.all(before.map(() => life.create({ targetId, publicKey, active: false, adopt: true })));
    expect(new Set(made.map(({ state }) => state["keyId"]))).toEqual(new Set(before));
  });

  test("one that this deployment added is not taken over by another resource", async () => {
    const publicKey = newKey();
    const first = await life.create({ targetId, publicKey, active: false });
    const second = await life.create({ targetId, publicKey, active: false, adopt: true });
    expect(second.state["keyId"]).not.toBe(first.state["keyId"]);
    expect(keys()).toHaveLength(2);
  });
});

test("a renamed resource takes over its key, and the deletion of the old resource leaves the key", async () => {
  const news = { targetId, publicKey: newKey() };
  const { id, state } = await life.create(news);
  const deployment = world.process().of(publicKeyLifecycle);
  expect((await deployment.create({ ...news, adopt: true })).id).toBe(id);
  await deployment.delete(id, state);
  expect(keys()).toMatchObject([{ keyId: state["keyId"], active: true }]);
  expect(world.told).toEqual([
    expect.stringContaining(`Took over public key ${id}`),
    `ZitadelTargetPublicKey ${id} stays on ${world.zitadel.url}: it belongs to another resource of the program now.`,
  ]);
  await world.process().of(publicKeyLifecycle).delete(id, state);
  expect(keys()).toEqual([]);
});
