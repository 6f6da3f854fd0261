import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { Connections } from "../../../provider/core/connections";
import { executionLifecycle } from "../../../provider/execution/lifecycle";
import type { Lifecycle } from "../../../provider/core/lifecycle";
import { Managed } from "../../../provider/core/managed";
import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { targetLifecycle } from "../../../provider/target/lifecycle";
import { newKey } from "../../support/pairs";
import { Stack } from "../../support/stack";
import { seen, webhook } from "../../support/world";

// Two resources of a program that claim the same name, condition or active key.

const condition = { function: { name: "preuserinfo" } };
let zitadel: Zitadel;
let stack: Stack;

beforeEach(async () => {
  zitadel = await startZitadel();
  stack = new Stack(zitadel);
});
afterEach(() => zitadel.stop());

const targetId = "400661751630138406";
const pairs = [
  ["target", { ...webhook, name: "hook", adopt: true }, { ...webhook, name: "HOOK", adopt: true }, "name"],
  ["execution", { condition, targets: ["1"], adopt: true }, { condition, targets: ["2"], adopt: true }, "condition"],
  ["key", { targetId, publicKey: newKey() }, { targetId, publicKey: newKey() }, "active"],
] as const;

describe.each(pairs)("two components with a %s of one name in each", (kind, one, other, property) => {
  test("fail at preview, and the message names the first by type, name and component", async () => {
    const run = stack.deployment();
    expect((await run.preview(kind, "same", one, { parent: "my:One" })).failures).toEqual([]);
    const { failures } = await run.preview(kind, "same", other, { parent: "my:Two" });
    expect(failures).toMatchObject([
      { property, reason: expect.stringMatching(/Zitadel\w+ "same" in my:One/) as string },
    ]);
    expect(seen(zitadel)).toEqual({});
  });

  test("also where one is a component's and the other is not, or lies deeper", async () => {
    const run = stack.deployment();
    await run.preview(kind, "same", one);
    for (const parent of ["my:One", "my:One$my:Two"])
      expect((await run.preview(kind, "same", other, { parent })).failures).toMatchObject([
        { reason: expect.stringMatching(/Zitadel\w+ "same"(?! in)/) as string },
      ]);
  });

  test("one resource that is checked again and again is one", async () => {
    const run = stack.deployment();
    for (let times = 0; times < 3; times++)
      expect((await run.preview(kind, "same", one, { parent: "my:One" })).failures).toEqual([]);
  });
});

describe("a process refuses to take over what it created or took over for another resource", () => {
  let managed: (lifecycle: Lifecycle) => Managed;

  beforeEach(() => {
    const { config } = stack;
    const connections = new Connections();
    connections.configure((key) => config[key], {});
    managed = (lifecycle) => new Managed(lifecycle, connections, { warn: () => undefined, info: () => undefined });
  });

  test.each([false, true])("a target (that was there before: %s)", async (isThere) => {
    if (isThere) zitadel.add({ ...webhook, name: "hook" });
    const targets = managed(targetLifecycle);
    const news = { ...webhook, name: "hook", payloadType: "PAYLOAD_TYPE_JSON", adopt: true };
    const { id } = await targets.create('ZitadelTarget "a"', news);
    await expect(targets.create('ZitadelTarget "b"', news)).rejects.toMatchObject({ code: "name_taken" });
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });

  test.each([false, true])("an execution (that was there before: %s)", async (isThere) => {
    const target = zitadel.add({ ...webhook, name: "hook" }).id;
    const other = zitadel.add({ ...webhook, name: "other" }).id;
    if (isThere) zitadel.setExecution(condition, [target]);
    const executions = managed(executionLifecycle);
    await executions.create('ZitadelExecution "a"', { condition, targets: [target], adopt: true });
    await expect(
      executions.create('ZitadelExecution "b"', { condition, targets: [other], adopt: true }),
    ).rejects.toMatchObject({
      code: "condition_taken",
      message: expect.stringContaining(
        'ZitadelExecution "a" of the program has set it: put all targets into one',
      ) as string,
    });
    expect(zitadel.executions()).toMatchObject([{ targets: [target] }]);
  });

  test.each([false, true])("a key (that was there before: %s): each gets its own", async (isThere) => {
    const { id } = zitadel.add({ ...webhook, name: "hook" });
    const publicKey = newKey();
    if (isThere) zitadel.addPublicKey(id, { publicKey: Buffer.from(publicKey).toString("base64") });
    const keys = managed(publicKeyLifecycle);
    const news = { targetId: id, publicKey, active: false, adopt: true };
    const first = await keys.create('ZitadelTargetPublicKey "a"', news);
    const second = await keys.create('ZitadelTargetPublicKey "b"', news);
    expect(second.id).not.toBe(first.id);
    expect(zitadel.publicKeys(id)).toHaveLength(2);
  });
});
