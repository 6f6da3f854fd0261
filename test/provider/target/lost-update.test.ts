import { fakeClock } from "../../support/provider";
import { eachInItsOwnWorld, seen, webhook, type World } from "../../support/world";

// ZITADEL delivers according to its read model, which sometimes loses an event. The write side then sees no change to make.

let world: World;
let clock = fakeClock();
eachInItsOwnWorld(
  (opened) => (world = opened),
  () => ({ clock: (clock = fakeClock()) }),
);

const hook = { ...webhook, name: "hook" };
const { restWebhook: _kind, ...kindless } = hook;

const changes: [string, Record<string, unknown>][] = [
  ["endpoint", { ...hook, endpoint: "https://example.com/other" }],
  ["name", { ...hook, name: "hook-2" }],
  ["timeout", { ...hook, timeout: "20s" }],
  ["payloadType", { ...hook, payloadType: "PAYLOAD_TYPE_JWT" }],
  ["kind", { ...kindless, restCall: { interruptOnError: true } }],
  ["kind and all else", { ...kindless, name: "hook-2", endpoint: "https://example.com/other", restAsync: {} }],
  ["interruptOnError", { ...hook, restWebhook: { interruptOnError: true } }],
];

/** A target that was updated, which ZITADEL does not show, and the state after a refresh some time later. */
async function lostUpdate(declared: Record<string, unknown>) {
  const life = world.process();
  const { id, state } = await life.create(hook);
  world.zitadel.readModel.loseNext("update");
  const updated = await life.update(id, state, declared);
  clock.advance(60_000);
  const { state: refreshed = {} } = (await world.process().read(id, updated)) ?? {};
  world.zitadel.clearRequests();
  return { id, refreshed };
}

test.each(changes)(
  "a lost change of the %s is found by a refresh, and written until it shows",
  async (_what, declared) => {
    const { id, refreshed } = await lostUpdate(declared);
    expect(refreshed).toMatchObject(hook);
    const repaired = await world.process().update(id, refreshed, declared);
    expect(seen(world.zitadel)).toEqual({ update: 3, search: 1 });

    const found = await world.process().read(id, repaired);
    expect(found?.state).toEqual(repaired);
    expect(found?.inputs).toMatchObject(declared);
  },
);

test("only what is shown anyway is written in between: nothing is delivered anywhere else", async () => {
  const declared = { ...hook, endpoint: "https://example.com/other", timeout: "20s" };
  const { id, refreshed } = await lostUpdate(declared);
  await world.process().update(id, refreshed, declared);
  const bodies = world.zitadel.requests.filter(({ operation }) => operation === "update").map(({ body }) => body);
  const wanted = { endpoint: declared.endpoint, timeout: "20s" };
  expect(bodies).toEqual([wanted, { endpoint: hook.endpoint, timeout: "10s" }, wanted]);
});

test("what somebody else has set just as declared is not written again", async () => {
  const life = world.process();
  const { id, state } = await life.create(hook);
  world.zitadel.change(id, { endpoint: "https://example.com/other" });
  clock.advance(60_000);
  world.zitadel.clearRequests();
  await life.update(id, state, { ...hook, endpoint: "https://example.com/other" });
  expect(seen(world.zitadel)).toEqual({ update: 1, search: 1 });
});

test("and where they did so a moment ago, it is waited for", async () => {
  const life = world.process();
  const { id, state } = await life.create(hook);
  clock.advance(60_000);
  world.zitadel.readModel.lagReads(2);
  world.zitadel.change(id, { endpoint: "https://example.com/other" });
  clock.advance(3_000);
  world.zitadel.clearRequests();
  await life.update(id, state, { ...hook, endpoint: "https://example.com/other" });
  expect(seen(world.zitadel)).toEqual({ update: 1, search: 3 });
});
