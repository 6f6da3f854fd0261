import { eachInItsOwnWorld, seen, type TargetLife, type World, webhook } from "../../support/world";

let world: World;
let life: TargetLife;

eachInItsOwnWorld((opened) => {
  world = opened;
  life = opened.process();
});

/** Reads all at once, a few at a time, as an engine does. */
async function refresh(states: { id: string; state: Readonly<Record<string, unknown>> }[], process: TargetLife) {
  const results: Awaited<ReturnType<TargetLife["read"]>>[] = [];
  const queue = [...states];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results.push(await process.read(next.id, next.state));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return results;
}

function many(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const { id } = world.zitadel.add({ ...webhook, name: `t-${index}` });
    return { id, state: { ...webhook, name: `t-${index}`, creationDate: "known" } };
  });
}

describe("the properties", () => {
  test("are what the server has, in the user's spelling where that means the same", async () => {
    const { id, state } = await life.create({
      ...webhook,
      timeout: "1m30s",
      restWebhook: { interruptOnError: false },
      rotationTriggers: [1],
    });
    const found = await life.read(id, state);
    expect(found?.state).toEqual(state);
    const { signingKey: _key, creationDate: _created, changeDate: _changed, ...inputs } = state;
    expect(found?.inputs).toEqual(inputs);
  });

  test("changes made elsewhere are read into the state, the key too", async () => {
    const { id, state } = await life.create({ ...webhook, name: "mine", rotationTriggers: [1] });
    const { signingKey } = world.zitadel.change(id, {
      name: "theirs",
      timeout: "2s",
      endpoint: "https://example.com/theirs",
      payloadType: "PAYLOAD_TYPE_JWT",
      restCall: { interruptOnError: true },
      expirationSigningKey: "0s",
    });
    const found = await life.read(id, state);
    const theirs = {
      name: "theirs",
      timeout: "2s",
      endpoint: "https://example.com/theirs",
      payloadType: "PAYLOAD_TYPE_JWT",
      restCall: { interruptOnError: true },
      rotationTriggers: [1],
    };
    expect(found?.inputs).toEqual(theirs);
    expect(found?.state).toMatchObject({ ...theirs, signingKey });
  });

  test("a target that was made elsewhere without a payload type is delivered as JSON", async () => {
    const { id } = world.zitadel.add({ ...webhook, name: "theirs" });
    expect((await life.read(id))?.state).toMatchObject({ payloadType: "PAYLOAD_TYPE_JSON" });
  });
});

describe("as few requests as possible", () => {
  test("200 targets: 1 search", async () => {
    const targets = many(200);
    const found = await refresh(targets, life);
    expect(new Set(found.map((one) => one?.state["name"]))).toEqual(new Set(targets.map(({ state }) => state.name)));
    expect(seen(world.zitadel)).toEqual({ search: 1 });
  });

  test("2,500 targets: 3 searches", async () => {
    expect((await refresh(many(2500), life)).filter((one) => one === undefined)).toEqual([]);
    expect(seen(world.zitadel)).toEqual({ search: 3 });
  });

  test("one question more for each that is missing", async () => {
    const targets = many(20);
    for (const { id } of targets.slice(0, 3)) world.zitadel.remove(id);
    expect((await refresh(targets, life)).filter((one) => one === undefined)).toHaveLength(3);
    expect(seen(world.zitadel)).toEqual({ search: 1, update: 3 });
  });

  test("reads by id of the same moment share a search", async () => {
    const targets = many(50);
    const found = await Promise.all(targets.map(({ id }) => life.read(id)));
    expect(found.map((one) => one?.state["name"])).toEqual(targets.map(({ state }) => state.name));
    expect(seen(world.zitadel)).toEqual({ search: 1 });
  });

  test("after a write of its own the process looks again", async () => {
    const { id, state } = await life.create(webhook);
    await life.read(id, state);
    const after = await life.update(id, state, { ...webhook, timeout: "2s" });
    expect((await life.read(id, after))?.state).toMatchObject({ timeout: "2s" });
  });
});

describe("what is gone, and what only looks gone", () => {
  test("a target that was deleted is gone", async () => {
    const { id, state } = await life.create(webhook);
    world.zitadel.remove(id);
    expect(await life.read(id, state)).toBeUndefined();
  });

  test("get of a target that does not exist is an error that names the id", async () => {
    await expect(life.read("123456789012345678")).rejects.toMatchObject({
      code: "not_found",
      status: 404,
      operation: "read ZitadelTarget",
      message: `Reading ZitadelTarget 123456789012345678 on ${world.zitadel.url} failed: ZITADEL has no such object. Check the id, and that the object is on this instance. If it was deleted, remove the resource from the program.`,
    });
  });

  test("a read model that lags is waited for", async () => {
    const { id, state } = await life.create({ ...webhook, name: "a" });
    world.zitadel.remove(id);
    world.zitadel.readModel.lagReads(3);
    const late = await life.create({ ...webhook, name: "b" });
    expect(await life.read(id, state)).toBeUndefined();
    expect((await life.read(late.id, late.state))?.state).toEqual(late.state);
    expect(world.warnings).toEqual([]);
  });

  test("a target that the read model lost is kept, with a warning", async () => {
    world.zitadel.readModel.loseNext("create");
    const { id, state } = await life.create({ ...webhook, name: "lost" });
    expect((await life.read(id, state))?.state).toEqual(state);
    expect(world.warnings).toEqual([
      expect.stringContaining(`Target "lost" (${id}) exists on ${world.zitadel.url}, but ZITADEL does not show it`),
    ]);
    await expect(life.read(id)).rejects.toMatchObject({ code: "not_applied" });
  });

  test.each([
    ["no_membership", "none", 404, "AUTHZ-cdgFk", "not a member of the instance"],
    ["forbidden", "ORG_OWNER", 403, "AUTH-5mWD2", "lacks the permission"],
  ] as const)("a token with %s drops nothing", async (code, role, status, errorId, message) => {
    const { id, state } = await life.create(webhook);
    const stranger = world.process(world.zitadel.addUser({ userName: "stranger", role }));
    await expect(stranger.read(id, state)).rejects.toMatchObject({
      code,
      status,
      errorId,
      message: expect.stringContaining(message) as string,
    });
    await expect(stranger.read(id)).rejects.toMatchObject({ code });
    await expect(stranger.delete(id, state)).rejects.toMatchObject({ code });
    expect(world.zitadel.targets()).toHaveLength(1);
  });

  test("nor does a token that may read, but not ask the write side", async () => {
    const { id, state } = await life.create(webhook);
    world.zitadel.remove(id);
    const viewer = world.process(world.zitadel.addUser({ userName: "viewer", role: "IAM_OWNER_VIEWER" }));
    await expect(viewer.read(id, state)).rejects.toMatchObject({ code: "forbidden", errorId: "AUTH-5mWD2" });
  });

  test.each([
    [
      "401 for a token",
      {
        status: 401,
        body: { code: 16, message: "Errors.Token.Invalid (AUTH-7fs1e)", details: [{ id: "AUTH-7fs1e" }] },
      },
      "unauthenticated",
    ],
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
    ["404 of another API", { status: 404, body: { code: 5, message: "Not Found" } }, "unexpected_answer"],
    ["500", { status: 500, body: { code: 2, message: "boom" } }, "unavailable"],
    ["200 of a log-in page", { status: 200, body: "<html>log in</html>" }, "unexpected_answer"],
  ])("%s is an error, at the search and at the question", async (_case, answer, code) => {
    const { id, state } = await life.create(webhook);
    world.zitadel.faults.add({ match: { operation: "search" }, fault: { kind: "answer", ...answer } });
    await expect(life.read(id, state)).rejects.toMatchObject({ code });
    world.zitadel.remove(id);
    world.zitadel.faults.add({ match: { operation: "update" }, fault: { kind: "answer", ...answer } });
    await expect(life.read(id, state)).rejects.toMatchObject({ code });
  });
});

test("a key that was rotated a moment ago is not replaced by the one that a lagging read model still shows", async () => {
  const { id, state } = await life.create({ ...webhook, name: "mine", rotationTriggers: [1] });
  const rotated = await life.update(id, state, { ...webhook, name: "mine", rotationTriggers: [2] });
  expect(rotated["signingKey"]).not.toBe(state["signingKey"]);
  world.zitadel.readModel.lagReads(2);
  const again = await life.update(id, rotated, { ...webhook, name: "mine", rotationTriggers: [3] });
  const found = await world.process().read(id, again);
  expect(world.zitadel.targets()).toMatchObject([{ signingKey: again["signingKey"] }]);
  expect(found?.state["signingKey"]).toBe(again["signingKey"]);
  expect(seen(world.zitadel)).toMatchObject({ search: 3 });
});
