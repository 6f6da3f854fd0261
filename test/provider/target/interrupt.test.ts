import { Unfinished } from "../../../provider/core/unfinished";
import { eachInItsOwnWorld, type TargetLife, type World, webhook } from "../../support/world";

// If a target was created with `interruptOnError: true`, the server answers 200 to `false` and leaves the flag on.

const { restWebhook: _, ...bare } = webhook;
let world: World;
let life: TargetLife;

eachInItsOwnWorld((opened) => {
  world = opened;
  life = opened.process();
});

async function born(news: Record<string, unknown>) {
  const made = await life.create(news);
  world.zitadel.clearRequests();
  return made;
}

test("the trap is there: one update does not switch the flag off", async () => {
  const { id } = await born({ ...bare, restWebhook: { interruptOnError: true } });
  world.zitadel.change(id, { restWebhook: { interruptOnError: false } });
  expect(world.zitadel.targets()).toMatchObject([{ interruptOnError: true }]);
});

test.each<[string, Record<string, unknown>, Record<string, unknown>, number]>([
  ["a webhook", { restWebhook: { interruptOnError: true } }, { restWebhook: { interruptOnError: false } }, 2],
  ["a webhook, by leaving it out", { restWebhook: { interruptOnError: true } }, { restWebhook: {} }, 2],
  ["a call", { restCall: { interruptOnError: true } }, { restCall: {} }, 2],
  ["a webhook that becomes a call", { restWebhook: { interruptOnError: true } }, { restCall: {} }, 2],
])("%s that was born with the flag loses it", async (_case, before, after, requests) => {
  const { id, state } = await born({ ...bare, ...before });
  await life.update(id, state, { ...bare, ...after });
  const kind = Object.keys(after)[0];
  expect(world.zitadel.targets()).toMatchObject([{ kind, interruptOnError: false }]);
  expect(world.zitadel.requests).toHaveLength(requests);
});

test("along with other changes and a rotation, the fields and the rotation are sent once", async () => {
  const { id, state } = await born({
    ...bare,
    name: "a",
    restWebhook: { interruptOnError: true },
    rotationTriggers: [1],
  });
  await life.update(id, state, { ...bare, name: "b", restCall: {}, rotationTriggers: [2] });
  expect(world.zitadel.targets()).toMatchObject([{ name: "b", kind: "restCall", interruptOnError: false }]);
  expect(world.zitadel.requests.map(({ body }) => body)).toEqual([
    { restWebhook: { interruptOnError: true } },
    { name: "b", restCall: { interruptOnError: false }, expirationSigningKey: "0s" },
  ]);
});

test("true again, and false again, as often as it is asked", async () => {
  const { id, ...made } = await born({ ...bare, restWebhook: { interruptOnError: true } });
  let { state } = made;
  for (const interruptOnError of [false, true, false, true]) {
    state = await life.update(id, state, { ...bare, restWebhook: { interruptOnError } });
    expect(world.zitadel.targets()).toMatchObject([{ interruptOnError }]);
  }
});

test("through an asynchronous target and back, the flag does not come back", async () => {
  const { id, state } = await born({ ...bare, restWebhook: { interruptOnError: true } });
  const asynchronous = await life.update(id, state, { ...bare, restAsync: {} });
  await life.update(id, asynchronous, webhook);
  expect(world.zitadel.targets()).toMatchObject([{ kind: "restWebhook", interruptOnError: false }]);
});

test("nor where somebody else made the target asynchronous: the server is asked what it shows, and switched off", async () => {
  const { id } = await born({ ...bare, restWebhook: { interruptOnError: true } });
  world.zitadel.change(id, { restAsync: {} });
  const read = await life.read(id);
  world.zitadel.clearRequests();
  await life.update(id, read?.state ?? {}, { ...webhook, name: String(read?.state["name"]) });
  expect(world.zitadel.targets()).toMatchObject([{ kind: "restWebhook", interruptOnError: false }]);
  expect(world.zitadel.requests.map(({ operation }) => operation)).toEqual(["update", "search", "update", "update"]);
});

test("where ZITADEL never shows the target, the flag is off all the same", async () => {
  world.zitadel.readModel.loseNext("create");
  const { id, state } = await born({ ...bare, restWebhook: { interruptOnError: true } });
  const asynchronous = { ...state, restAsync: {}, restWebhook: undefined };
  world.zitadel.change(id, { restAsync: {} });
  await life.update(id, asynchronous, { ...webhook, name: String(state["name"]) });
  expect(world.zitadel.targets()).toMatchObject([{ kind: "restWebhook", interruptOnError: false }]);
});

test("a server that still writes nothing is found out, the new key is kept, and the next update goes on", async () => {
  const { id, state } = await born({
    ...bare,
    name: "a",
    restWebhook: { interruptOnError: true },
    rotationTriggers: [1],
  });
  const news = { ...webhook, name: "a", timeout: "20s", rotationTriggers: [2] };
  const nothing = {
    kind: "answer",
    status: 200,
    body: { changeDate: "2026-01-01T00:00:00Z", signingKey: "k".repeat(36) },
  } as const;
  world.zitadel.faults.add({ match: { operation: "update" }, times: 2, fault: nothing });
  const error = await life.update(id, state, news).catch((reason: unknown) => reason as Unfinished);
  expect(error).toBeInstanceOf(Unfinished);
  expect(error).toMatchObject({
    code: "not_applied",
    message: expect.stringContaining(
      "ZITADEL answered 200 but saved nothing, so interruptOnError is still true",
    ) as string,
    properties: {
      timeout: "20s",
      restWebhook: { interruptOnError: true },
      rotationTriggers: [2],
      signingKey: "k".repeat(36),
    },
  });
  await life.update(id, (error as Unfinished).properties, news);
  expect(world.zitadel.targets()).toMatchObject([{ kind: "restWebhook", interruptOnError: false }]);
});

test("a flag that cannot be looked at for now does not cost the new key", async () => {
  const { id, state } = await born({ ...bare, name: "a", restAsync: {}, rotationTriggers: [1] });
  const news = { ...webhook, name: "a", rotationTriggers: [2] };
  world.zitadel.faults.add({ match: { operation: "search" }, times: Infinity, fault: { kind: "status", status: 503 } });
  const error = await life.update(id, state, news).catch((reason: unknown) => reason as Unfinished);
  expect(error).toMatchObject({
    code: "unavailable",
    properties: { restAsync: {}, rotationTriggers: [2], signingKey: world.zitadel.targets()[0]?.signingKey },
  });
  world.zitadel.faults.clear();
  const after = await life.update(id, (error as Unfinished).properties, news);
  expect(after).toMatchObject({ restWebhook: {}, signingKey: world.zitadel.targets()[0]?.signingKey });
});
