import { ifDeleted } from "../../../provider/target/calls";
import { eachInItsOwnWorld, seen, type TargetLife, type World, webhook } from "../../support/world";

let world: World;
let life: TargetLife;

eachInItsOwnWorld((opened) => {
  world = opened;
  life = opened.process();
});

describe("create", () => {
  test("is one request, and returns the inputs, the key and the dates", async () => {
    const { id, state } = await life.create({ ...webhook, timeout: "1m30s", restWebhook: { interruptOnError: true } });
    expect(seen(world.zitadel)).toEqual({ create: 1 });
    const [target] = world.zitadel.targets();
    expect(target).toMatchObject({
      id,
      timeout: "90s",
      kind: "restWebhook",
      interruptOnError: true,
      payloadType: "PAYLOAD_TYPE_JSON",
    });
    expect(state).toMatchObject({
      timeout: "1m30s",
      restWebhook: { interruptOnError: true },
      name: target?.name,
      signingKey: target?.signingKey,
      creationDate: target?.creationDate,
      changeDate: target?.creationDate,
    });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  test.each([
    ["restWebhook", { restWebhook: {} }],
    ["restCall", { restCall: { interruptOnError: true } }],
    ["restAsync", { restAsync: {} }],
  ])("of a %s", async (kind, more) => {
    await life.create({
      endpoint: "https://example.com/hook",
      timeout: "500ms",
      payloadType: "PAYLOAD_TYPE_JWE",
      ...more,
    });
    expect(world.zitadel.targets()).toMatchObject([{ kind, timeout: "0.500s", payloadType: "PAYLOAD_TYPE_JWE" }]);
  });

  test("of a name that another target has in another case names that target, and recommends an alias first", async () => {
    const { id } = world.zitadel.add({ ...webhook, name: "Taken" });
    await expect(life.create({ ...webhook, name: "taken" })).rejects.toMatchObject({
      code: "name_taken",
      status: 409,
      errorId: "V3-DKcYh",
      message: `Creating target "taken" on ${world.zitadel.url} failed: ZITADEL answered 409 "Errors.Target.AlreadyExists (V3-DKcYh)". The name is taken (case-insensitive) by target ${id}. If you renamed or moved resources, put the old program back and run \`pulumi up\` first; then give each of them its old URN as an alias, to keep the same target: { aliases: ["<old URN>"] } (\`pulumi stack --show-urns\` prints it). For --replace, remove or change its name first: both targets exist for a while. If no other stack or tool manages the target, set adopt: true to take it over. If another does, choose another name, or read it with ZitadelTarget.get("…", "${id}").`,
    });
    expect(world.zitadel.targets()).toHaveLength(1);
  });

  test("of a long name that is taken, which the server cannot look up", async () => {
    const name = "x".repeat(1000);
    const { id } = world.zitadel.add({ ...webhook, name });
    await expect(life.create({ ...webhook, name })).rejects.toThrow(`by target ${id}.`);
  });

  test("of an endpoint that the server denies", async () => {
    await expect(life.create({ ...webhook, name: "a", endpoint: "https://127.0.0.1/" })).rejects.toMatchObject({
      code: "endpoint_denied",
      errorId: "COMMAND-NcJUKo",
      message: expect.stringMatching(
        /^Creating target "a" on .* ZITADEL rejects endpoints whose host does not resolve/,
      ) as string,
    });
    expect(world.zitadel.targets()).toEqual([]);
  });
});

describe("update", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["name", { name: "other" }, { name: "other" }],
    ["endpoint", { endpoint: "https://example.com/other" }, { endpoint: "https://example.com/other" }],
    ["timeout", { timeout: "1.5s" }, { timeout: "1.5s" }],
    ["payloadType", { payloadType: "PAYLOAD_TYPE_JWT" }, { payloadType: "PAYLOAD_TYPE_JWT" }],
    ["restWebhook", { restWebhook: { interruptOnError: true } }, { restWebhook: { interruptOnError: true } }],
  ])("of %s is one request with just that field", async (_field, change, body) => {
    const { id, state } = await life.create({ ...webhook, name: "hook" });
    world.zitadel.clearRequests();
    const after = await life.update(id, state, { ...webhook, name: "hook", ...change });
    expect(world.zitadel.requests).toMatchObject([{ operation: "update", body }]);
    expect(world.zitadel.requests[0]?.body).toEqual(body);
    expect(after).toMatchObject({ ...change, signingKey: state["signingKey"], creationDate: state["creationDate"] });
    expect(after["changeDate"]).toBe(world.zitadel.targets()[0]?.changeDate);
    expect(after["changeDate"]).not.toBe(state["changeDate"]);
  });

  test("back to the default payload type", async () => {
    const { id, state } = await life.create({ ...webhook, payloadType: "PAYLOAD_TYPE_JWE" });
    await life.update(id, state, webhook);
    expect(world.zitadel.targets()).toMatchObject([{ payloadType: "PAYLOAD_TYPE_JSON" }]);
  });

  test("of several fields and the kind is one request", async () => {
    const { id, state } = await life.create(webhook);
    world.zitadel.clearRequests();
    const { restWebhook: _, ...rest } = webhook;
    const after = await life.update(id, state, {
      ...rest,
      endpoint: "https://example.com/2",
      timeout: "2s",
      restCall: { interruptOnError: true },
    });
    expect(seen(world.zitadel)).toEqual({ update: 1 });
    expect(world.zitadel.targets()).toMatchObject([
      { kind: "restCall", interruptOnError: true, timeout: "2s", endpoint: "https://example.com/2" },
    ]);
    expect(after).not.toHaveProperty("restWebhook");
  });

  test("of a target that is gone says so, and what to do", async () => {
    const { id, state } = await life.create({ ...webhook, name: "hook" });
    world.zitadel.remove(id);
    await expect(life.update(id, state, { ...webhook, timeout: "2s" })).rejects.toMatchObject({
      code: "not_found",
      status: 404,
      message: `Updating target "hook" (${id}) on ${world.zitadel.url} failed: ZITADEL says that the target does not exist (COMMAND-xj14f2cccn): somebody deleted it. ${ifDeleted}`,
    });
  });

  test("that is gone, which the read model missed: a refresh keeps it, and the error says to replace it", async () => {
    const { id, state } = await life.create({ ...webhook, name: "hook" });
    world.zitadel.readModel.loseNext("delete");
    world.zitadel.remove(id);
    expect(await life.read(id, state)).toBeDefined();
    const changed = life.update(id, state, { ...webhook, timeout: "2s" });
    await expect(changed).rejects.toThrow("has missed the deletion: run `pulumi up --replace <the target's URN>`.");
    const again = await life.create({ ...webhook, name: "hook" });
    await life.delete(id, state);
    expect(world.zitadel.targets()).toMatchObject([{ id: again.id }]);
  });

  test("to a name that another target has", async () => {
    world.zitadel.add({ ...webhook, name: "taken" });
    const { id, state } = await life.create({ ...webhook, name: "hook" });
    await expect(life.update(id, state, { ...webhook, name: "TAKEN" })).rejects.toMatchObject({ code: "name_taken" });
  });

  test("two targets that exchange their names are rejected, and the error recommends a third name", async () => {
    const [one, other] = [await life.create({ ...webhook, name: "a" }), await life.create({ ...webhook, name: "b" })];
    const refused = {
      code: "name_taken",
      message: expect.stringContaining(
        "give this target a third name and run `pulumi up`, then give it this name.",
      ) as string,
    };
    await expect(life.update(one.id, one.state, { ...webhook, name: "b" })).rejects.toMatchObject(refused);
    await expect(life.update(other.id, other.state, { ...webhook, name: "a" })).rejects.toMatchObject(refused);
    const aside = await life.update(one.id, one.state, { ...webhook, name: "c" });
    await life.update(other.id, other.state, { ...webhook, name: "a" });
    await life.update(one.id, aside, { ...webhook, name: "b" });
    expect(world.zitadel.targets()).toMatchObject([{ name: "b" }, { name: "a" }]);
  });
});

describe("rotation", () => {
  test("the first triggers on a target are a baseline: remembered, and nothing is sent", async () => {
    const { id, state } = await life.create(webhook);
    world.zitadel.clearRequests();
    const after = await life.update(id, state, { ...webhook, rotationTriggers: ["a"] });
    expect(seen(world.zitadel)).toEqual({});
    expect(after).toMatchObject({ rotationTriggers: ["a"], signingKey: state["signingKey"] });
  });

  test("every later change rotates, by one request each", async () => {
    const { id, state } = await life.create({ ...webhook, rotationTriggers: ["a"] });
    world.zitadel.clearRequests();
    let last = state;
    const keys = new Set([state["signingKey"]]);
    for (const rotationTriggers of [["b"], ["a"], [], ["a"]]) {
      last = await life.update(id, last, { ...webhook, rotationTriggers });
      expect(last["signingKey"]).toBe(world.zitadel.targets()[0]?.signingKey);
      keys.add(last["signingKey"]);
    }
    expect(keys.size).toBe(5);
    expect(seen(world.zitadel)).toEqual({ update: 4 });
  });

  test("goes along with any other change, in one request", async () => {
    const { id, state } = await life.create({ ...webhook, rotationTriggers: ["a"] });
    world.zitadel.clearRequests();
    await life.update(id, state, { ...webhook, timeout: "3s", rotationTriggers: ["b"] });
    expect(world.zitadel.requests.map(({ body }) => body)).toEqual([{ timeout: "3s", expirationSigningKey: "0s" }]);
  });

  test("triggers that are taken away and given again are a baseline again", async () => {
    const { id, state } = await life.create({ ...webhook, rotationTriggers: ["a"] });
    const without = await life.update(id, state, webhook);
    expect(without).not.toHaveProperty("rotationTriggers");
    const again = await life.update(id, without, { ...webhook, rotationTriggers: ["b"] });
    expect(again["signingKey"]).toBe(state["signingKey"]);
    expect(seen(world.zitadel)).toEqual({ create: 1 });
  });
});

describe("delete", () => {
  test("is one request, also for what is gone already", async () => {
    const { id, state } = await life.create(webhook);
    await life.delete(id, state);
    await life.delete(id, state);
    expect(world.zitadel.targets()).toEqual([]);
    expect(seen(world.zitadel)).toEqual({ create: 1, delete: 2 });
  });

  test("an id that holds slashes reaches no other target", async () => {
    const { id } = await life.create(webhook);
    await expect(life.delete(`x/../${id}`)).rejects.toMatchObject({ code: "invalid_request" });
    expect(world.zitadel.targets()).toHaveLength(1);
  });
});
