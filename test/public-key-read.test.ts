import { publicKeyLifecycle } from "../provider/public-key/lifecycle";
import { newKey } from "./support/pairs";
import { fakeClock, type FakeClock } from "./support/provider";
import { eachInItsOwnWorld, type Life, seen, webhook, type World } from "./support/world";

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

const keys = () => world.zitadel.publicKeys(targetId);
const untilExpired = () => clock.advance(Date.parse("2099-01-02T00:00:00Z") - clock.now());

/** Another deployment, some time later. */
function later(): Life {
  clock.advance(60_000);
  world.zitadel.clearRequests();
  return world.process().of(publicKeyLifecycle);
}

async function created(more: Record<string, unknown> = {}) {
  const news = { targetId, publicKey: newKey(), ...more };
  return { news, ...(await life.create(news)) };
}

describe("the properties", () => {
  test.each<[string, Record<string, unknown>]>([
    ["an active key", {}],
    ["one that is not", { active: false }],
    ["lines that end in CRLF", { publicKey: newKey().replaceAll("\n", "\r\n") }],
    ["a date with an offset", { expirationDate: "2099-01-01T02:00:00+02:00" }],
    ["a date with more decimals than ZITADEL keeps", { expirationDate: "2099-01-01T00:00:00.123456789Z" }],
    ["all that can be declared", { expirationDate, adopt: true }],
  ])("are those of the state where nothing has changed: %s", async (_case, more) => {
    const { news, id, state } = await created(more);
    expect(await later().read(id, state)).toEqual({ state, inputs: { active: true, ...news } });
    expect(world.warnings).toEqual([]);
  });

  test("what somebody did to a key is read into the state, and the next update undoes it", async () => {
    const { news, id, state } = await created();
    const other = await created();
    const process = later();
    const found = await process.read(id, state);
    expect(found?.inputs).toMatchObject({ active: false });
    expect(found?.state).toMatchObject({ active: false, changeDate: keys()[0]?.changeDate });
    expect(publicKeyLifecycle.diff(found?.state ?? {}, life.check(news))).toMatchObject({
      changes: true,
      replaces: [],
    });
    await process.update(id, found?.state ?? {}, news);
    expect(keys()).toMatchObject([{ active: true }, { keyId: other.state["keyId"], active: false }]);
  });

  test("a key that was added elsewhere is read by its id", async () => {
    const publicKey = newKey();
    const encoded = Buffer.from(publicKey).toString("base64");
    const { keyId } = world.zitadel.addPublicKey(targetId, { publicKey: encoded, expirationDate });
    world.zitadel.activatePublicKey(targetId, keyId);
    const [key] = keys();
    const inputs = { targetId, publicKey, expirationDate, active: true, instance: "eu" };
    expect(await life.read(`${targetId}/${keyId}`, { instance: "eu" })).toEqual({
      inputs,
      state: {
        ...inputs,
        keyId,
        fingerprint: key?.fingerprint,
        creationDate: key?.creationDate,
        changeDate: key?.changeDate,
      },
    });
    expect(seen(world.zitadel)).toEqual({ searchKeys: 1 });
  });
});

describe("as few requests as possible", () => {
  test("many keys of a target: one search; of two targets: two", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => created({ active: false })));
    targetId = world.zitadel.add({ ...webhook, name: "other" }).id;
    all.push(...(await Promise.all(Array.from({ length: 5 }, () => created({ active: false })))));
    const process = later();
    const found = await Promise.all(all.map(({ id, state }) => process.read(id, state)));
    expect(found.map((one) => one?.state)).toEqual(all.map(({ state }) => state));
    expect(seen(world.zitadel)).toEqual({ searchKeys: 2 });
  });

  test("reads by id of the same moment share a search", async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => created({ active: false })));
    const process = later();
    const found = await Promise.all(all.map(({ id }) => process.read(id)));
    expect(found.map((one) => one?.state["keyId"])).toEqual(all.map(({ state }) => state["keyId"]));
    expect(world.zitadel.requests).toMatchObject([
      { body: { filters: [{ keyIdsFilter: { ids: all.map(({ state }) => state["keyId"]) } }] } },
    ]);
  });

  test("after a write of its own the process looks again", async () => {
    const { news, id, state } = await created();
    await life.read(id, state);
    const after = await life.update(id, state, { ...news, active: false });
    clock.advance(25_000);
    expect((await life.read(id, after))?.state).toEqual(after);
    await life.delete(id, after);
    expect(await life.read(id, after)).toBeUndefined();
  });
});

describe("an id", () => {
  test.each(["", "400661832647314470", "/1", "1/", "1/2/3", "a/b/c/d"])("%j is invalid", async (id) => {
    for (const state of [{}, { keyId: "1" }])
      await expect(life.read(id, state)).rejects.toMatchObject({
        code: "invalid_request",
        operation: "read public key",
        message: `Reading public key ${JSON.stringify(id)} on ${world.zitadel.url} failed: this is not the id of a public key. An id is the target's id, "/" and the key's id, such as "400661751630138406/400661832647314470".`,
      });
    expect(seen(world.zitadel)).toEqual({});
  });

  test("of nothing is an error that names it", async () => {
    for (const id of [`${targetId}/123`, "123/456"])
      await expect(life.read(id)).rejects.toMatchObject({
        code: "not_found",
        message: expect.stringMatching(
          `^Reading ZitadelTargetPublicKey ${id} on ${world.zitadel.url} failed: ZITADEL has no such object`,
        ) as string,
      });
    expect(seen(world.zitadel)).toEqual({ searchKeys: 2 });
  });

  test("of another target's key is not there", async () => {
    const { state } = await created();
    const { id: other } = world.zitadel.add({ ...webhook, name: "other" });
    expect(await life.read(`${other}/${String(state["keyId"])}`, state)).toBeUndefined();
  });
});

describe("what is gone, and what only looks gone", () => {
  test.each<[string, boolean]>([
    ["a key that was deleted", true],
    ["a key that was deleted", false],
    ["a key whose target was deleted", true],
    ["a key whose target was deleted", false],
  ])("%s (active: %s) is gone", async (what, active) => {
    const { id, state } = await created({ active });
    const keyId = String(state["keyId"]);
    if (active) world.zitadel.deactivatePublicKey(targetId, keyId);
    if (what === "a key that was deleted") world.zitadel.removePublicKey(targetId, keyId);
    else world.zitadel.remove(targetId);
    expect(await later().read(id, state)).toBeUndefined();
    // For an active key it is asked first whether the target has another active one: then ours is none.
    const expected = active ? { searchKeys: 3, activateKey: 1 } : { searchKeys: 2, deactivateKey: 1 };
    expect(seen(world.zitadel)).toEqual(expected);
    expect([world.slept(), world.warnings]).toEqual([0, []]);
  });

  test.each([true, false])("a read model that lags is waited for (active: %s)", async (active) => {
    world.zitadel.readModel.lag(15_000);
    const { id, state } = await created({ active });
    const found = await world.process().of(publicKeyLifecycle).read(id, state);
    expect(found?.state).toEqual(state);
    expect([world.warnings, keys().length]).toEqual([[], 1]);
  });

  test.each([0, 15_000])(
    "nor is another key's activation taken for one that reading undid (lag: %s ms)",
    async (lag) => {
      world.zitadel.readModel.lag(lag);
      if (lag === 0) world.zitadel.readModel.loseNext("addKey");
      const { id, state } = await created({ active: false });
      await created();
      const before = keys();
      const found = await world.process().of(publicKeyLifecycle).read(id, state);
      expect([found?.state, keys()]).toEqual([state, before]);
    },
  );

  test.each([
    [true, "deactivateKey"],
    [false, "activateKey"],
  ] as const)("what reading wrote is undone (active: %s)", async (active, operation) => {
    world.zitadel.readModel.loseNext("addKey");
    const { id, state } = await created({ active });
    const keyId = String(state["keyId"]);
    if (active) world.zitadel.deactivatePublicKey(targetId, keyId);
    else world.zitadel.activatePublicKey(targetId, keyId);
    // What it learnt by that is in the state, so that the next update makes the key as declared.
    expect(await later().read(id, state)).toMatchObject({ state: { active: !active }, inputs: { active: !active } });
    expect(world.warnings).toEqual([expect.stringContaining(`kept as it is, except that active is ${!active}.`)]);
    expect(keys()).toMatchObject([{ keyId, active: !active }]);
    expect(seen(world.zitadel)).toMatchObject({ [operation]: 1 });
  });

  test("nor is the old value mistaken for a change of somebody's while it lags", async () => {
    const { news, id, state } = await created();
    clock.advance(60_000);
    world.zitadel.readModel.lag(15_000);
    const idle = await life.update(id, state, { ...news, active: false });
    expect((await world.process().of(publicKeyLifecycle).read(id, idle))?.state).toEqual(idle);
    expect(world.slept()).toBeLessThanOrEqual(20_000);
  });

  test.each([true, false])("a key that the read model lost is kept, with a warning (active: %s)", async (active) => {
    const other = await created();
    world.zitadel.readModel.loseNext("addKey");
    const { news, id, state } = await created({ active, adopt: false });
    const before = keys();
    expect(await later().read(id, state)).toEqual({ state, inputs: { ...news, active } });
    expect(world.warnings).toEqual([
      `Public key ${id} exists on ${world.zitadel.url}, but ZITADEL does not show it (its read model lost it, or lags by more than 20 s). The state was kept as it is.`,
    ]);
    expect(keys()).toEqual(before);
    expect(keys()[0]).toMatchObject({ keyId: other.state["keyId"], active: !active });
  });

  test("nor is one dropped that was lost and has expired", async () => {
    world.zitadel.readModel.loseNext("addKey");
    const { id, state } = await created({ expirationDate });
    untilExpired();
    expect((await later().read(id, state))?.state).toEqual(state);
  });

  test.each([
    ["no_membership", "none", 404, "AUTHZ-cdgFk"],
    ["forbidden", "ORG_OWNER", 403, "AUTH-5mWD2"],
  ] as const)("a token with %s drops nothing", async (code, role, status, errorId) => {
    const { id, state } = await created();
    const user = world.zitadel.addUser({ userName: "stranger", role });
    const stranger = world.process(user).of(publicKeyLifecycle);
    for (const known of [state, {}])
      await expect(stranger.read(id, known)).rejects.toMatchObject({ code, status, errorId });
  });

  test("nor does one that may read, but not ask the write side", async () => {
    const { id, state } = await created({ active: false });
    world.zitadel.removePublicKey(targetId, String(state["keyId"]));
    const viewer = world.process(world.zitadel.addUser({ userName: "viewer", role: "IAM_OWNER_VIEWER" }));
    await expect(viewer.of(publicKeyLifecycle).read(id, state)).rejects.toMatchObject({
      code: "forbidden",
      operation: "read public key",
      message: expect.stringContaining(`Asking whether public key ${id} exists on`) as string,
    });
  });

  test.each([
    [
      "404 for an unknown host",
      {
        status: 404,
        body: {
          code: 5,
          message:
            "unable to set instance using origin &{127.0.0.1:1  http} (ExternalDomain is localhost): ID=QUERY-1kIjX Message=Instance not found.",
        },
      },
      "unknown_instance",
    ],
    ["404 of a proxy", { status: 404, body: "<html>not here</html>" }, "unexpected_answer"],
    ["400 of another API", { status: 400, body: { code: 9, message: "Target not found" } }, "invalid_request"],
    ["500", { status: 500, body: { code: 2, message: "boom" } }, "unavailable"],
    ["503", { status: 503, body: { code: 14, message: "starting" } }, "unavailable"],
    ["200 of a log-in page", { status: 200, body: "<html>log in</html>" }, "unexpected_answer"],
  ])("%s is an error, at the listing, at the search and at the question", async (_case, answer, code) => {
    const { id, state } = await created({ active: false });
    world.zitadel.removePublicKey(targetId, String(state["keyId"]));
    const fault = { kind: "answer", ...answer } as const;
    for (const rule of [
      { match: { operation: "searchKeys" } },
      { match: { operation: "searchKeys" }, skip: 1 },
      { match: { operation: "deactivateKey" } },
    ] as const) {
      const added = world.zitadel.faults.add({ ...rule, times: Infinity, fault });
      await expect(later().read(id, state)).rejects.toMatchObject({ code });
      expect(added.hits).toBeGreaterThan(0);
      added.remove();
    }
    expect(await later().read(id, state)).toBeUndefined();
  });

  test("200 in another form is an error", async () => {
    const { id, state } = await created();
    const body = { publicKeys: [{ keyId: state["keyId"], publicKey: "not base64!" }] };
    world.zitadel.faults.add({ match: { operation: "searchKeys" }, fault: { kind: "answer", status: 200, body } });
    await expect(later().read(id, state)).rejects.toMatchObject({ code: "unexpected_answer" });
  });
});

describe("a key that has expired", () => {
  test("is found by a refresh: it is active no longer, and a warning says what to do", async () => {
    const { news, id, state } = await created({ expirationDate });
    untilExpired();
    const found = await later().read(id, state);
    expect(found).toEqual({ state: { ...state, active: false }, inputs: { ...news, active: false } });
    expect(world.warnings).toEqual([
      `The public key of target ${targetId} expired on ${expirationDate}: ZITADEL can no longer encrypt with it. Declare another publicKey, which replaces the old one.`,
    ]);
    expect(publicKeyLifecycle.diff(found?.state ?? {}, { ...news, active: true })).toMatchObject({ changes: true });
    await expect(later().update(id, found?.state ?? {}, news)).rejects.toMatchObject({
      errorId: "ErrPublicKeyExpired",
    });
    expect(publicKeyLifecycle.diff(found?.state ?? {}, { ...news, active: false })).toMatchObject({ changes: false });
  });

  test("gives no warning where it is not active, or has not expired yet", async () => {
    const idle = await created({ expirationDate, active: false });
    const { id, state } = await created({ expirationDate: "2099-02-01T00:00:00Z" });
    untilExpired();
    const process = later();
    expect((await process.read(idle.id, idle.state))?.state).toEqual(idle.state);
    expect((await process.read(id, state))?.state).toEqual(state);
    expect(world.warnings).toEqual([]);
  });

  test("another one takes its place", async () => {
    const { id, state } = await created({ expirationDate });
    untilExpired();
    const found = await later().read(id, state);
    const made = await life.create({ targetId, publicKey: newKey() });
    await life.delete(id, found?.state);
    expect(keys()).toMatchObject([{ keyId: made.state["keyId"], active: true }]);
  });
});
