import { eachInItsOwnWorld, seen, type TargetLife, type World, webhook } from "../../support/world";

let world: World;
let life: TargetLife;

eachInItsOwnWorld((opened) => {
  world = opened;
  life = opened.process();
});

const declared = { ...webhook, name: "Audit", adopt: true };

test("takes over a target that is as declared: the write side confirms it, nothing is written, and it keeps its signing key", async () => {
  const { id, signingKey } = world.zitadel.add({ ...webhook, name: "Audit" });
  const before = world.zitadel.targets();
  const created = await life.create(declared);
  expect(created).toMatchObject({ id, state: { name: "Audit", signingKey, adopt: true } });
  expect(world.zitadel.targets()).toEqual(before);
  expect(seen(world.zitadel)).toEqual({ search: 1, update: 1 });
  expect(world.zitadel.requests.at(-1)?.body).toEqual({});
  expect(world.told).toEqual([
    `Took over target "Audit" (${id}) on ${world.zitadel.url} with its signing key: it was as declared.`,
  ]);
});

test("writes nothing for values that ZITADEL spells differently, or for an unspecified payload type", async () => {
  world.zitadel.add({ ...webhook, name: "Audit", timeout: "90.000s", payloadType: "PAYLOAD_TYPE_UNSPECIFIED" });
  const { state } = await life.create({ ...declared, timeout: "1m30s", payloadType: "PAYLOAD_TYPE_JSON" });
  expect(state).toMatchObject({ timeout: "1m30s", payloadType: "PAYLOAD_TYPE_JSON" });
  expect(seen(world.zitadel)).toEqual({ search: 1, update: 1 });
  expect(world.zitadel.requests.at(-1)?.body).toEqual({});
});

test("finds the name in another case, and updates only what differs", async () => {
  const { id, signingKey } = world.zitadel.add({ ...webhook, name: "aUDIT", timeout: "20s" });
  expect(await life.create(declared)).toMatchObject({ id, state: { name: "Audit", timeout: "10s", signingKey } });
  expect(world.zitadel.targets()).toMatchObject([{ id, name: "Audit", timeout: "10s", signingKey }]);
  expect(world.zitadel.requests.slice(1).map(({ body }) => body)).toEqual([{}, { name: "Audit", timeout: "10s" }]);
  expect(seen(world.zitadel)).toEqual({ search: 1, update: 2 });
  expect(world.told).toEqual([expect.stringContaining("changed: name, timeout") as string]);
});

test.each([
  ["İ-hook", "i-hook"],
  ["ΑΣ", "ασ"],
])("compares names letter by letter, as ZITADEL does: %s is found as %s", async (theirs, ours) => {
  const { id } = world.zitadel.add({ ...webhook, name: theirs });
  expect(await life.create({ ...declared, name: ours })).toMatchObject({ id, state: { name: ours } });
});

test.each([
  ["İ-hook", "i\u0307-hook"],
  ["ΑΣ", "ας"],
])("a name that only JavaScript takes for the same is another one: %s and %s", async (theirs, ours) => {
  const { id } = world.zitadel.add({ ...webhook, name: theirs });
  expect((await life.create({ ...declared, name: ours })).id).not.toBe(id);
  expect(world.zitadel.targets().map(({ name }) => name)).toEqual([theirs, ours]);
});

test("a flag that was given at creation is switched off in the way that works", async () => {
  world.zitadel.add({ ...webhook, name: "Audit", restWebhook: { interruptOnError: true } });
  await life.create(declared);
  expect(world.zitadel.targets()).toMatchObject([{ interruptOnError: false }]);
});

test("triggers that are declared with it are the baseline: nothing is rotated, and later ones rotate", async () => {
  const { signingKey } = world.zitadel.add({ ...webhook, name: "Audit" });
  const { id, state } = await life.create({ ...declared, rotationTriggers: ["one"] });
  expect(state).toMatchObject({ signingKey, rotationTriggers: ["one"] });
  const rotated = await life.update(id, state, { ...declared, rotationTriggers: ["two"] });
  expect(rotated["signingKey"]).not.toBe(signingKey);
  expect(world.zitadel.targets()).toMatchObject([{ signingKey: rotated["signingKey"] }]);
});

test("where there is none, it is created", async () => {
  const { id } = await life.create(declared);
  expect(world.zitadel.targets()).toMatchObject([{ id, name: "Audit" }]);
  expect(seen(world.zitadel)).toEqual({ search: 1, create: 1 });
  expect(world.told).toEqual([]);
});

test("one search finds the targets of many resources, and each is confirmed by its own request", async () => {
  for (let index = 0; index < 20; index++) world.zitadel.add({ ...webhook, name: `hook ${index}` });
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => life.create({ ...declared, name: `Hook ${index}`.toLowerCase() })),
  );
  expect(seen(world.zitadel)).toEqual({ search: 1, update: 20 });
});

test("one that ZITADEL shows only after it refused the name is taken over all the same", async () => {
  world.zitadel.readModel.lagReads(3);
  const { id } = world.zitadel.add({ ...webhook, name: "Audit" });
  expect(await life.create(declared)).toMatchObject({ id });
  expect(world.zitadel.targets()).toHaveLength(1);
});

test("one that was deleted, and that the read model still shows with other values, is created again", async () => {
  const { id } = world.zitadel.add({ ...webhook, name: "Audit", timeout: "20s" });
  world.zitadel.readModel.loseNext("delete");
  world.zitadel.remove(id);
  const created = await life.create(declared);
  expect(created.id).not.toBe(id);
  expect(world.zitadel.targets()).toMatchObject([{ id: created.id, timeout: "10s" }]);
});

test("what this process has just deleted is not taken over, though it was listed before or is still shown", async () => {
  world.zitadel.add({ ...webhook, name: "Other" });
  const { id, state } = await life.create({ ...webhook, name: "Audit" });
  await life.create({ ...declared, name: "Other" });
  world.zitadel.readModel.loseNext("delete");
  await life.delete(id, state);
  const created = await life.create(declared);
  expect(created.id).not.toBe(id);
  expect(world.zitadel.targets()).toMatchObject([{ name: "Other" }, { id: created.id }]);
});

test("a renamed resource takes over its target, and the deletion of the old resource leaves the target", async () => {
  const old = await life.create({ ...webhook, name: "Audit" });
  const { id, state } = await life.create(declared);
  await life.delete(old.id, old.state);
  expect(world.zitadel.targets()).toMatchObject([{ id, signingKey: state["signingKey"] }]);
  expect(world.told.at(-1)).toBe(
    `ZitadelTarget ${id} stays on ${world.zitadel.url}: it belongs to another resource of the program now.`,
  );
  // In the next deployment it is a target like any other.
  await world.process().delete(id, state);
  expect(world.zitadel.targets()).toEqual([]);
});

test("takes nothing over without adopt: the error recommends an alias first, then adopt", async () => {
  const { id } = world.zitadel.add({ ...webhook, name: "Audit" });
  const { adopt: _, ...plain } = declared;
  const before = world.zitadel.targets();
  await expect(life.create(plain)).rejects.toMatchObject({
    code: "name_taken",
    message: expect.stringMatching(
      new RegExp(`by target ${id}\\. If you renamed .* aliases: .*If .* set adopt: true to take it over`),
    ) as string,
  });
  expect(world.zitadel.targets()).toEqual(before);
});

test("without membership nothing is created", async () => {
  const stranger = world.process(world.zitadel.addUser({ userName: "stranger", role: "none" }));
  await expect(stranger.create(declared)).rejects.toMatchObject({ code: "no_membership" });
  expect(seen(world.zitadel)).toEqual({ search: 1 });
});
