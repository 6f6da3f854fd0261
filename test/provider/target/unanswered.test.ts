import { afterTheWork, beforeTheWork } from "../../support/unanswered";
import { eachInItsOwnWorld, openWorld, seen, type TargetLife, type World, webhook } from "../../support/world";

let world: World;
let life: TargetLife;

eachInItsOwnWorld((opened) => {
  world = opened;
  life = opened.process();
});

describe("a create that is not answered", () => {
  test.each(beforeTheWork)("%s: asked again", async (_case, fault) => {
    world.zitadel.faults.add({ match: { operation: "create" }, fault });
    const { id, state } = await life.create(webhook);
    expect(world.zitadel.targets()).toMatchObject([{ id, signingKey: state["signingKey"] }]);
    expect(seen(world.zitadel)).toEqual({ create: 2 });
  });

  test.each(afterTheWork)("%s: found, with its key", async (_case, fault) => {
    world.zitadel.faults.add({ match: { operation: "create" }, fault });
    const { id, state } = await life.create({ ...webhook, timeout: "1m30s", rotationTriggers: [1] });
    const [target] = world.zitadel.targets();
    expect(world.zitadel.targets()).toHaveLength(1);
    expect(target).toMatchObject({ id, signingKey: state["signingKey"], creationDate: state["creationDate"] });
    expect(state).toMatchObject({ timeout: "1m30s", rotationTriggers: [1] });
    expect(seen(world.zitadel)).toEqual({ create: 2, search: 1, update: 1 });
  });

  test("is not mistaken for one of the same name that was deleted a moment ago and is still shown", async () => {
    const { id: deleted } = await life.create({ ...webhook, name: "mine" });
    world.zitadel.readModel.lagReads(1);
    await life.delete(deleted);
    world.zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset", work: true } });
    const { id, state } = await world.process().create({ ...webhook, name: "mine" });
    expect(id).not.toBe(deleted);
    expect(world.zitadel.targets()).toMatchObject([{ id, signingKey: state["signingKey"] }]);
  });

  test("and that the read model shows late: waited for", async () => {
    world.zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset", work: true } });
    world.zitadel.readModel.lagReads(4);
    const { id } = await life.create(webhook);
    expect(world.zitadel.targets()).toMatchObject([{ id }]);
    expect(seen(world.zitadel)).toEqual({ create: 2, search: 5, update: 1 });
  });

  test("and that the read model never shows: the error says what may be left", async () => {
    world.zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset", work: true } });
    world.zitadel.readModel.loseNext("create");
    await expect(life.create({ ...webhook, name: "a" })).rejects.toMatchObject({
      code: "name_taken",
      message: expect.stringContaining(
        "An earlier try of this create was not answered and may have created it",
      ) as string,
    });
  });

  test("and refused after that: found, with its key", async () => {
    const match = { operation: "create" } as const;
    world.zitadel.faults.add({ match, fault: { kind: "reset", work: true } });
    world.zitadel.faults.add({ match, times: Infinity, fault: { kind: "status", status: 429 } });
    const { id, state } = await life.create({ ...webhook, name: "a" });
    expect(world.zitadel.targets()).toMatchObject([{ id, signingKey: state["signingKey"] }]);
  });

  test("and refused after that, and never shown: the error says what may be left", async () => {
    const match = { operation: "create" } as const;
    world.zitadel.faults.add({ match, fault: { kind: "reset", work: true } });
    world.zitadel.faults.add({ match, times: Infinity, fault: { kind: "status", status: 429 } });
    world.zitadel.readModel.loseNext("create");
    await expect(life.create({ ...webhook, name: "a" })).rejects.toMatchObject({
      code: "unavailable",
      doubtful: true,
      message: expect.stringContaining('ZITADEL may have created the target anyway: look for "a" in ZITADEL') as string,
    });
    expect(world.zitadel.targets()).toMatchObject([{ name: "a" }]);
  });

  test("of a name that somebody else has, with the very same properties: theirs is not taken over", async () => {
    let age = 60_000;
    const other = await openWorld({ now: () => new Date(Date.now() - age) });
    try {
      const { id } = other.zitadel.add({ ...webhook, payloadType: "PAYLOAD_TYPE_JSON", name: "theirs" });
      age = 0;
      other.zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset" } });
      await expect(other.process().create({ ...webhook, name: "theirs" })).rejects.toMatchObject({
        code: "name_taken",
        message: expect.stringContaining(`by target ${id}.`) as string,
      });
    } finally {
      await other.stop();
    }
  });

  test("of a name that somebody else took in the meantime, for something else", async () => {
    world.zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset" } });
    const pending = life.create({ ...webhook, name: "mine" });
    const { id } = world.zitadel.add({ ...webhook, name: "Mine", endpoint: "https://example.com/theirs" });
    await expect(pending).rejects.toThrow(`by target ${id}.`);
  });

  test("by any of six tries, and carried out: found, with its key", async () => {
    const fault = { kind: "reset", work: true } as const;
    world.zitadel.faults.add({ match: { operation: "create" }, times: Infinity, fault });
    const { id, state } = await life.create({ ...webhook, name: "a" });
    expect(world.zitadel.targets()).toMatchObject([{ id, signingKey: state["signingKey"] }]);
    expect(seen(world.zitadel)).toEqual({ create: 6, search: 1, update: 1 });
  });

  test("never: bounded, and the error says that it is not known", async () => {
    world.zitadel.faults.add({ match: { operation: "create" }, times: Infinity, fault: { kind: "reset" } });
    await expect(life.create({ ...webhook, name: "a" })).rejects.toMatchObject({
      code: "unanswered",
      message: expect.stringMatching(
        /^Creating target "a" on .* so the call may or may not have taken effect/,
      ) as string,
    });
    expect(seen(world.zitadel)).toEqual({ create: 6, search: 14 });
  });

  test("never, nor any question after it: the error is that of the create", async () => {
    for (const operation of ["create", "search"] as const)
      world.zitadel.faults.add({ match: { operation }, times: Infinity, fault: { kind: "reset" } });
    await expect(life.create({ ...webhook, name: "a" })).rejects.toMatchObject({
      code: "unanswered",
      operation: "create target",
      message: expect.stringContaining('look for "a" in ZITADEL') as string,
    });
  });
});

describe("a rotation that is not answered", () => {
  async function rotatable() {
    const made = await life.create({ ...webhook, rotationTriggers: [1] });
    world.zitadel.clearRequests();
    return made;
  }

  test.each(beforeTheWork)("%s: done once", async (_case, fault) => {
    const { id, state } = await rotatable();
    world.zitadel.faults.add({ match: { operation: "update" }, fault });
    const rotated = await life.update(id, state, { ...webhook, timeout: "2s", rotationTriggers: [2] });
    const [target] = world.zitadel.targets();
    expect(target).toMatchObject({ timeout: "2s", signingKey: rotated["signingKey"] });
    expect(rotated["signingKey"]).not.toBe(state["signingKey"]);
  });

  test.each(afterTheWork)("%s: not done twice, and the key is kept", async (_case, fault) => {
    const { id, state } = await rotatable();
    world.zitadel.faults.add({ match: { operation: "update" }, fault });
    const rotated = await life.update(id, state, { ...webhook, timeout: "2s", rotationTriggers: [2] });
    const [target] = world.zitadel.targets();
    expect(target).toMatchObject({ timeout: "2s", signingKey: rotated["signingKey"] });
    expect(rotated["signingKey"]).not.toBe(state["signingKey"]);
    expect(
      world.zitadel.requests.filter(({ body }) => body !== undefined && "expirationSigningKey" in (body as object)),
    ).toHaveLength(1);
  });

  test("and that the read model shows late: waited for", async () => {
    const { id, state } = await rotatable();
    world.zitadel.faults.add({ match: { operation: "update" }, fault: { kind: "reset", work: true } });
    world.zitadel.readModel.lagReads(3);
    const rotated = await life.update(id, state, { ...webhook, rotationTriggers: [2] });
    expect(world.zitadel.targets()).toMatchObject([{ signingKey: rotated["signingKey"] }]);
  });

  test("and that the read model never shows: no second one is sent, and the error says what to do", async () => {
    const { id, state } = await rotatable();
    world.zitadel.faults.add({ match: { operation: "update" }, fault: { kind: "reset", work: true } });
    world.zitadel.readModel.loseNext("update");
    await expect(life.update(id, state, { ...webhook, rotationTriggers: [2] })).rejects.toMatchObject({
      code: "unanswered",
      message: expect.stringContaining("so the key in the state may no longer work. Run `pulumi up` again") as string,
    });
    expect(world.zitadel.requests.filter(({ body }) => "expirationSigningKey" in (body as object))).toHaveLength(1);
    // The way back: the triggers in the state are the old ones, so the next `up` rotates once more, and answers with the key.
    const rotated = await life.update(id, state, { ...webhook, rotationTriggers: [2] });
    expect(world.zitadel.targets()).toMatchObject([{ signingKey: rotated["signingKey"] }]);
  });

  test("and of which nothing can be found out: the error says that the key may be dead", async () => {
    const { id, state } = await rotatable();
    const { faults } = world.zitadel;
    faults.add({ match: { operation: "update" }, fault: { kind: "reset", work: true } });
    faults.add({
      match: { operation: "update" },
      fault: { kind: "answer", status: 404, body: "<html>No such page</html>" },
    });
    await expect(life.update(id, state, { ...webhook, rotationTriggers: [2] })).rejects.toMatchObject({
      code: "unanswered",
      message: expect.stringMatching(
        /no readable answer arrived \(\w+\), finding out what happened failed too \(.* 404.*\), so the key in the state may no longer work\. Run `pulumi up` again/,
      ) as string,
    });
  });

  test("never: bounded", async () => {
    const { id, state } = await rotatable();
    world.zitadel.faults.add({
      match: { operation: "update", when: ({ body }) => "expirationSigningKey" in (body as object) },
      times: Infinity,
      fault: { kind: "reset" },
    });
    await expect(life.update(id, state, { ...webhook, rotationTriggers: [2] })).rejects.toMatchObject({
      code: "unanswered",
    });
    expect(world.zitadel.targets()).toMatchObject([{ signingKey: state["signingKey"] }]);
  });
});

describe("an update or a delete that is not answered is sent again", () => {
  test.each([...beforeTheWork, ...afterTheWork])("update: %s", async (_case, fault) => {
    const { id, state } = await life.create(webhook);
    world.zitadel.faults.add({ match: { operation: "update" }, fault });
    const updated = await life.update(id, state, { ...webhook, timeout: "2s" });
    expect(world.zitadel.targets()).toMatchObject([{ timeout: "2s", changeDate: updated["changeDate"] }]);
  });

  test.each([...beforeTheWork, ...afterTheWork])("delete: %s", async (_case, fault) => {
    const { id, state } = await life.create(webhook);
    world.zitadel.faults.add({ match: { operation: "delete" }, fault });
    await life.delete(id, state);
    expect(world.zitadel.targets()).toEqual([]);
  });
});
