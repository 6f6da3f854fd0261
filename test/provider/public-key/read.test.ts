import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { newKey } from "../../support/pairs";
import { fakeClock, type FakeClock } from "../../support/provider";
import { eachInItsOwnWorld, type Life, seen, webhook, type World } from "../../support/world";

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
    const isOnly = what === "a key that was deleted";
    // The write side says whether a target that is not shown exists.
    expect(seen(world.zitadel)).toEqual({ searchKeys: 2, search: 1, ...(!isOnly && { update: 1 }) });
    expect([world.slept(), world.warnings]).toEqual([0, []]);
  });

  test.each([true, false])("a read model that lags is waited for (active: %s)", async (active) => {
    world.zitadel.readModel.lag(15_000);
    const { id, state } = await created({ active });
    const found = await world.process().of(publicKeyLifecycle).read(id, state);
    expect(found?.state).toEqual(state);
    expect([world.warnings, keys().length]).toEqual([[], 1]);
  });

  test.each([
    [0, true],
    [0, false],
    [15_000, true],
    [15_000, false],
  ])("reading writes nothing while another key becomes active (lag: %s ms, active: %s)", async (lag, active) => {
    const other = await created({ active: false });
    world.zitadel.readModel.lag(lag);
    if (lag === 0) world.zitadel.readModel.loseNext("addKey");
    const { id, state } = await created({ active });
    world.zitadel.activatePublicKey(targetId, String(other.state["keyId"]));
    const before = keys();
    world.zitadel.clearRequests();
    const found = await world.process().of(publicKeyLifecycle).read(id, state);
    expect(found?.state).toEqual(
      lag === 0 ? undefined : { ...state, active: false, changeDate: before[1]?.changeDate },
    );
    expect(keys()).toEqual(before);
    expect(Object.keys(seen(world.zitadel)).filter((operation) => !operation.startsWith("search"))).toEqual([]);
  });

  test("nor is the old value mistaken for a change of somebody's while it lags", async () => {
    const { news, id, state } = await created();
    clock.advance(60_000);
    world.zitadel.readModel.lag(15_000);
    const idle = await life.update(id, state, { ...news, active: false });
    expect((await world.process().of(publicKeyLifecycle).read(id, idle))?.state).toEqual(idle);
    expect(world.slept()).toBeLessThanOrEqual(20_000);
  });

  test.each([true, false])(
    "a key that the read model lost has no effect: it leaves the state, and is added again (active: %s)",
    async (active) => {
      world.zitadel.readModel.loseNext("addKey");
      const { news, id, state } = await created({ active });
      const before = keys();
      const process = later();
      expect(await process.read(id, state)).toBeUndefined();
      expect(keys()).toEqual(before);
      const again = await process.create(news);
      expect((await later().read(again.id, again.state))?.state).toEqual(again.state);
      expect(keys()).toMatchObject([{ active: false }, { keyId: again.state["keyId"], active }]);
    },
  );

  test("a key whose target the read model lost is kept: nothing of that target is shown", async () => {
    world.zitadel.readModel.loseNext("create");
    targetId = world.zitadel.add({ ...webhook, name: "lost" }).id;
    const { id, state, news } = await created();
    const before = [world.zitadel.targets(), keys()];
    expect(await later().read(id, state)).toEqual({ state, inputs: { ...news, active: true } });
    expect([world.zitadel.targets(), keys()]).toEqual(before);
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

  test("a viewer, who may not write, sees that a key is gone", async () => {
    const { id, state } = await created({ active: false });
    world.zitadel.removePublicKey(targetId, String(state["keyId"]));
    clock.advance(60_000);
    const viewer = world.process(world.zitadel.addUser({ userName: "viewer", role: "IAM_OWNER_VIEWER" }));
    expect(await viewer.of(publicKeyLifecycle).read(id, state)).toBeUndefined();
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
  ])("%s is an error, at the listing and at the search", async (_case, answer, code) => {
    const { id, state } = await created({ active: false });
    world.zitadel.removePublicKey(targetId, String(state["keyId"]));
    const fault = { kind: "answer", ...answer } as const;
    for (const skip of [0, 1]) {
      const added = world.zitadel.faults.add({ match: { operation: "searchKeys" }, skip, times: Infinity, fault });
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
