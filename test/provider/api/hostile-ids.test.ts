import type { Client } from "../../../provider/core/client";
import { missing } from "../../../provider/execution/calls";
import { executionLifecycle } from "../../../provider/execution/lifecycle";
import { findTarget } from "../../../provider/lookup/calls";
import type { Unfinished } from "../../../provider/core/unfinished";
import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { targetLifecycle } from "../../../provider/target/lifecycle";
import { states, token, victimOf } from "../../support/hostile";
import { failure, fakeClock, type FakeClock, serve } from "../../support/provider";
import { newKey } from "../../support/pairs";
import { eachInItsOwnWorld, webhook, type World } from "../../support/world";

// Ids and names that have another meaning in a path, in a list or in a log.

const nasty = [
  "",
  ".",
  "..",
  "...",
  "../1",
  "1/..",
  "1/../2",
  "/1",
  "1/publickeys",
  "\\..\\1",
  "%2e%2e",
  "%2F",
  "%",
  "1?x=1",
  "1#x",
  "1 2",
  "1\n2",
  "1\r\nx-evil: 1",
  "1\u0000",
  "1\u2028",
  "\u202e1",
  "\ud800",
  "9".repeat(201),
  "9".repeat(10_000),
  "\u001b[31m",
];

const tellingId = /^[^\p{Cc}\u2028]{1,1000}$/u;

describe("an id that is given", () => {
  const paths: string[] = [];
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    server = await serve((request, response) => {
      paths.push(request.url ?? "");
      request.resume();
      response.end('{"pagination": {}, "changeDate": "2026-07-01T12:00:05Z", "setDate": "2026-07-01T12:00:05Z"}');
    });
  });
  afterAll(() => server.close());

  const context = (client: Client) => ({ client, warn: () => undefined, info: () => undefined });
  const acts: [string, (client: Client, id: string) => Promise<unknown>][] = [
    ["target read", (client, id) => targetLifecycle.read(context(client), id, states.target)],
    ["target got", (client, id) => targetLifecycle.read(context(client), id, {})],
    [
      "target updated",
      (client, id) => targetLifecycle.update(context(client), id, states.target, { ...states.target, timeout: "1s" }),
    ],
    ["target deleted", (client, id) => targetLifecycle.delete(context(client), id, states.target)],
    ["key read", (client, id) => publicKeyLifecycle.read(context(client), `${id}/1`, states.key)],
    ["key read of a target", (client, id) => publicKeyLifecycle.read(context(client), `1/${id}`, states.key)],
    ["key got", (client, id) => publicKeyLifecycle.read(context(client), `${id}/1`, {})],
    ["key deleted", (client, id) => publicKeyLifecycle.delete(context(client), `1/${id}`, states.key)],
    [
      "key added",
      (client, id) => publicKeyLifecycle.create(context(client), { targetId: id, publicKey: newKey(), active: true }),
    ],
    ["execution read", (client, id) => executionLifecycle.read(context(client), id, states.execution)],
    ["execution deleted", (client, id) => executionLifecycle.delete(context(client), id, states.execution)],
  ];

  test.each(acts)("for a %s leads nowhere else", async (what, run) => {
    for (const id of nasty) {
      paths.length = 0;
      const client = victimOf(server.url);
      // A key that is not shown leads to no error, whatever its id looks like.
      const ended = run(client, id);
      const isGone = what === "key read of a target" && (await ended.then(() => true).catch(() => false));
      if (!isGone) expect((await failure(ended, token)).message).toMatch(tellingId);
      for (const path of paths)
        expect(path).toMatch(
          /^\/v2\/actions\/(targets|executions|targets\/1\/publickeys)\/search$|^\/v2\/actions\/targets\/1$/,
        );
    }
  });

  test("for a target that is looked for is part of no path", async () => {
    for (const id of nasty.filter((one) => one !== "")) {
      paths.length = 0;
      for (const wanted of [{ id }, { name: id }])
        expect((await failure(findTarget(victimOf(server.url), wanted), token)).message).toMatch(tellingId);
      expect(new Set(paths)).toEqual(new Set(["/v2/actions/targets/search"]));
    }
  });

  test("for a target of an execution is missing, without being asked for", async () => {
    paths.length = 0;
    expect(await missing(victimOf(server.url), [...nasty, "1"])).toEqual(nasty);
    expect(paths).toEqual(["/v2/actions/targets/1"]);
  });
});

describe("an id in an answer", () => {
  let clock: FakeClock;
  let world: World;
  eachInItsOwnWorld(
    (opened) => (world = opened),
    () => ({ clock: (clock = fakeClock()) }),
  );

  test.each(nasty.map((id) => [id]))("%j of a new target is none: the target is looked for", async (id) => {
    const body = { id, creationDate: "2026-07-01T12:00:00Z", signingKey: "x" };
    const fault = { kind: "answer", status: 200, body, work: true } as const;
    world.zitadel.faults.add({ match: { operation: "create" }, fault });
    const made = await world.process().create(webhook);
    expect(world.zitadel.targets()).toMatchObject([{ id: made.id, signingKey: made.state["signingKey"] }]);
  });

  test.each(["<html>OK</html>", "{}", '{"id": 5}', "[]"])(
    "a create answered with %j leaves nothing behind",
    async (body) => {
      world.zitadel.faults.add({
        match: { operation: "create" },
        fault: { kind: "answer", status: 200, body, work: true },
      });
      const life = world.process();
      const made = await life.create(webhook);
      expect(world.zitadel.targets()).toMatchObject([{ id: made.id, signingKey: made.state["signingKey"] }]);
      expect(world.zitadel.count()).toMatchObject({ create: 1, search: 1 });
    },
  );

  test("that was there before is not mistaken for ours, whatever the answer", async () => {
    const { id } = world.zitadel.add({ ...webhook, name: "theirs" });
    clock.advance(60_000);
    world.zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "answer", status: 200, body: "{}" } });
    await failure(world.process().create({ ...webhook, name: "theirs" }), world.zitadel.accessToken);
    expect(world.zitadel.targets()).toMatchObject([{ id }]);
  });

  test("a rotation whose answer cannot be read happens once, and its key is kept", async () => {
    const life = world.process();
    const { id, state } = await life.create({ ...webhook, rotationTriggers: [1] });
    clock.advance(60_000);
    world.zitadel.faults.add({
      match: { operation: "update" },
      fault: { kind: "answer", status: 200, body: "{}", work: true },
    });
    const next = await life.update(id, state, { ...webhook, rotationTriggers: [2] });
    expect(world.zitadel.targets()).toMatchObject([{ signingKey: next["signingKey"] }]);
    expect(next["signingKey"]).not.toBe(state["signingKey"]);
    expect(world.zitadel.count().update).toBe(2);
  });

  test("an execution whose answer cannot be read is kept, and set by the next deployment", async () => {
    const target = world.zitadel.add({ ...webhook, name: "hook" }).id;
    const news = { condition: { function: { name: "preuserinfo" } }, targets: [target] };
    world.zitadel.faults.add({
      match: { operation: "setExecution" },
      fault: { kind: "answer", status: 200, body: "{}", work: true },
    });
    const life = world.process().of(executionLifecycle);
    const error = await life.create(news).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ id: "function/preuserinfo", properties: { ...news, targets: [] } });
    await life.update("function/preuserinfo", (error as Unfinished).properties, news);
    expect(world.zitadel.executions()).toMatchObject([{ targets: [target] }]);
  });

  test("names with everything in them stay in one line of a message", async () => {
    const name = `a\n\r\t\u0000\u001b[31m"\\\u2028${"ü".repeat(900)}`.replace("\u0000", "");
    world.zitadel.add({ ...webhook, name });
    const error = await failure(world.process().create({ ...webhook, name }), world.zitadel.accessToken);
    expect(error.code).toBe("name_taken");
    expect(error.message).toMatch(tellingId);
  });
});
