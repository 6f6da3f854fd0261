import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { newKey } from "../../support/pairs";
import { fakeClock, type FakeClock } from "../../support/provider";
import { afterTheWork, beforeTheWork } from "../../support/unanswered";
import { eachInItsOwnWorld, type Life, seen, webhook, type World } from "../../support/world";

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

const keys = () => world.zitadel.publicKeys(targetId);
const encoded = (pem: string) => ({ publicKey: Buffer.from(pem).toString("base64") });

describe("an add that is not answered", () => {
  test.each(beforeTheWork)("%s: added once it is sure that it was not", async (_case, fault) => {
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault });
    const { id, state } = await life.create({ targetId, publicKey: newKey() });
    expect(keys()).toMatchObject([{ keyId: state["keyId"], active: true }]);
    expect(id).toBe(`${targetId}/${keys()[0]?.keyId ?? ""}`);
    expect(seen(world.zitadel)).toMatchObject({ addKey: 2, activateKey: 1 });
  });

  test.each(afterTheWork)("%s: found again, and not added twice", async (_case, fault) => {
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault });
    const news = { targetId, publicKey: newKey(), expirationDate: "2099-01-01T02:00:00+02:00" };
    const { id, state } = await life.create(news);
    const [key] = keys();
    expect(keys()).toMatchObject([{ active: true, changeDate: state["changeDate"] }]);
    expect(id).toBe(`${targetId}/${key?.keyId ?? ""}`);
    expect(state).toMatchObject({ ...news, keyId: key?.keyId, creationDate: key?.creationDate });
    expect(seen(world.zitadel)).toEqual({ addKey: 1, searchKeys: 1, activateKey: 1 });
  });

  test.each([50, 15_000])("and that the read model shows %d ms later: waited for", async (lag) => {
    world.zitadel.readModel.lag(lag);
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault: { kind: "reset", work: true } });
    const { state } = await life.create({ targetId, publicKey: newKey() });
    expect(keys()).toMatchObject([{ keyId: state["keyId"] }]);
    expect(seen(world.zitadel)).toMatchObject({ addKey: 1 });
  });

  test("among a thousand other keys of the target", async () => {
    const other = encoded(newKey());
    for (let count = 0; count < 1_000; count++) world.zitadel.addPublicKey(targetId, other);
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault: { kind: "reset", work: true } });
    const { state } = await life.create({ targetId, publicKey: newKey() });
    expect(keys()[1_000]).toMatchObject({ keyId: state["keyId"], active: true });
    expect(seen(world.zitadel)).toMatchObject({ addKey: 1, searchKeys: 1 });
  });

  test("the same key that somebody added before is not mistaken for it", async () => {
    const publicKey = newKey();
    const { keyId } = world.zitadel.addPublicKey(targetId, encoded(publicKey));
    clock.advance(60_000);
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault: { kind: "reset" } });
    const { state } = await life.create({ targetId, publicKey, active: false });
    expect(keys()).toMatchObject([{ keyId }, { keyId: state["keyId"] }]);
    expect(state["keyId"]).not.toBe(keyId);
  });

  test("nor is one with another date of expiry, or another key", async () => {
    const publicKey = newKey();
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault: { kind: "reset" } });
    world.zitadel.addPublicKey(targetId, { ...encoded(publicKey), expirationDate: "2099-01-01T00:00:00Z" });
    world.zitadel.addPublicKey(targetId, encoded(newKey()));
    const { state } = await life.create({ targetId, publicKey, active: false });
    expect(keys()[2]?.keyId).toBe(state["keyId"]);
  });

  test("nor does one of two resources with the same key take the other's", async () => {
    const news = { targetId, publicKey: newKey() };
    world.zitadel.faults.add({ match: { operation: "addKey" }, times: 2, fault: { kind: "reset", work: true } });
    const made = await Promise.all([life.create(news), life.create({ ...news, active: false })]);
    const third = await life.create({ ...news, active: false });
    expect(new Set([...made, third].map(({ state }) => state["keyId"])).size).toBe(3);
    expect(keys()).toHaveLength(3);
    expect(keys().filter(({ active }) => active)).toMatchObject([{ keyId: made[0].state["keyId"] }]);
  });

  test("nor one that was answered the one that was not", async () => {
    const news = { targetId, publicKey: newKey(), active: false };
    const first = await life.create(news);
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault: { kind: "reset" } });
    const second = await life.create(news);
    expect(second.state["keyId"]).not.toBe(first.state["keyId"]);
  });

  test("never: bounded, and the error says what may be left, and how to take it over", async () => {
    world.zitadel.faults.add({ match: { operation: "addKey" }, times: Infinity, fault: { kind: "reset" } });
    await expect(life.create({ targetId, publicKey: newKey() })).rejects.toMatchObject({
      code: "unanswered",
      operation: "add public key",
      message: expect.stringMatching(
        /^Adding a public key to target \d+ on \S+ failed: no complete answer arrived, so the call may or may not have taken effect\. ZITADEL does not show it\. If it was added after all, adopt: true takes it over\.$/,
      ) as string,
    });
    expect(seen(world.zitadel)).toMatchObject({ addKey: 3 });
  });

  test("and cannot be looked for: it is not added again, and the error says both", async () => {
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault: { kind: "reset", work: true } });
    const fault = { kind: "status", status: 503 } as const;
    world.zitadel.faults.add({ match: { operation: "searchKeys" }, times: Infinity, fault });
    await expect(life.create({ targetId, publicKey: newKey() })).rejects.toMatchObject({
      code: "unanswered",
      operation: "add public key",
      message: expect.stringMatching(
        /^Adding a public key to target \d+ on \S+ failed: no complete answer arrived, so the call may or may not have taken effect\. Looking for it failed too \(Listing the public keys of target \d+ on \S+ failed: .*503.*\)\. If it was added after all, adopt: true takes it over\.$/,
      ) as string,
    });
    expect(keys()).toHaveLength(1);
    world.zitadel.faults.clear();
  });

  test("the way back: adopt takes over what may have been added", async () => {
    const news = { targetId, publicKey: newKey() };
    world.zitadel.readModel.pause();
    const fault = { kind: "reset", work: true } as const;
    world.zitadel.faults.add({ match: { operation: "addKey" }, times: 1, fault });
    world.zitadel.faults.add({ match: { operation: "addKey" }, times: Infinity, fault: { kind: "reset" } });
    await expect(life.create(news)).rejects.toMatchObject({ code: "unanswered" });
    world.zitadel.faults.clear();
    world.zitadel.readModel.resume();
    const { state } = await world
      .process()
      .of(publicKeyLifecycle)
      .create({ ...news, adopt: true });
    expect(keys()).toMatchObject([{ keyId: state["keyId"], active: true }]);
  });

  test("503, with which the server did not begin, leaves no doubt", async () => {
    const fault = { kind: "status", status: 503, retryAfter: 2 } as const;
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault });
    await life.create({ targetId, publicKey: newKey() });
    expect(keys()).toHaveLength(1);
    expect(seen(world.zitadel)).toEqual({ addKey: 2, activateKey: 1 });
  });
});

describe("what can be sent again is sent again", () => {
  test.each([...beforeTheWork, ...afterTheWork])("activate: %s", async (_case, fault) => {
    world.zitadel.faults.add({ match: { operation: "activateKey" }, fault });
    const { state } = await life.create({ targetId, publicKey: newKey() });
    expect(keys()).toMatchObject([{ active: true, changeDate: state["changeDate"] }]);
  });

  test.each([...beforeTheWork, ...afterTheWork])("deactivate: %s", async (_case, fault) => {
    const news = { targetId, publicKey: newKey() };
    const { id, state } = await life.create(news);
    world.zitadel.faults.add({ match: { operation: "deactivateKey" }, fault });
    const idle = await life.update(id, state, { ...news, active: false });
    expect(keys()).toMatchObject([{ active: false, changeDate: idle["changeDate"] }]);
  });

  test.each([...beforeTheWork, ...afterTheWork])("delete: %s", async (_case, fault) => {
    const { id, state } = await life.create({ targetId, publicKey: newKey() });
    world.zitadel.faults.add({ match: { operation: "deleteKey" }, fault });
    await life.delete(id, state);
    expect(keys()).toEqual([]);
  });
});

test("a delete that is never answered leaves nothing listed from before", async () => {
  const { id, state } = await life.create({ targetId, publicKey: newKey(), active: false });
  await life.read(id, state);
  const fault = { kind: "reset", work: true } as const;
  world.zitadel.faults.add({ match: { operation: "deleteKey" }, times: Infinity, fault });
  await expect(life.delete(id, state)).rejects.toMatchObject({ code: "unanswered" });
  expect(await life.read(id, state)).toBeUndefined();
});
