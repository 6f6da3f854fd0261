import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStack } from "../../local/engine";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { configFor, envFor, programs } from "../support/deploy";
import { doctor, encrypted, entry, type Resource, settingsFor, shown, stackExport, urnOf } from "../support/doctor";
import { base64, newKey } from "../support/keys";
import { marks } from "../support/marks";
import { seen, webhook } from "../support/world";

// Three problems without a lost object: a target that cannot encrypt, a key that is no longer active, and a list of targets that
// differs from the state.

/** The server's time is the machine's, plus this. */
let ahead = 0;
let zitadel: Zitadel;

beforeEach(async () => {
  ahead = 0;
  zitadel = await startZitadel({ now: () => new Date(Date.now() + ahead) });
});
afterEach(() => zitadel.stop());

interface Found {
  problem: string;
  resource: string;
  id: string;
  detail?: string;
  entries: { urn: string }[];
  todo: string;
}

async function found(resources: Resource[], args: readonly string[] = []): Promise<Found[]> {
  const { stdout, stderr } = await doctor(["-", "--json", ...args], settingsFor(zitadel), stackExport(resources));
  if (args.length === 0) expect(stderr).toBe("");
  return (JSON.parse(stdout) as { findings: Found[] }).findings;
}
const problemsIn = (findings: readonly Found[]) => findings.map(({ problem, id }) => [problem, id]);

const tokens = { function: { name: "preuserinfo" } } as const;
const users = { event: { group: "user.human" } } as const;

const add = (name: string, more: object = {}) => zitadel.add({ ...webhook, name, ...more });
const addEncrypting = (name: string) => add(name, { payloadType: "PAYLOAD_TYPE_JWE" });

/** Adds a key to a target; returns its id in the state. */
function addKey(targetId: string, { active = true, ...more }: { active?: boolean; expirationDate?: string } = {}) {
  const { keyId } = zitadel.addPublicKey(targetId, { publicKey: base64(newKey.p256()), ...more });
  if (active) zitadel.activatePublicKey(targetId, keyId);
  return `${targetId}/${keyId}`;
}

const partsOf = (id: string) => id.split("/") as [string, string];
const deactivate = (id: string) => zitadel.deactivatePublicKey(...partsOf(id));

// The entries of a stack whose last deployment left everything as it is on the server now.

const targetEntry = (name: string, { id, signingKey }: { id: string; signingKey: string }) => {
  const { changeDate } = zitadel.targets().find((one) => one.id === id) ?? {};
  return entry("Target", name, id, { outputs: { name, signingKey: shown(signingKey), changeDate } });
};
function keyEntry(name: string, id: string): Resource {
  const [targetId, keyId] = partsOf(id);
  const { active, changeDate } = zitadel.publicKeys(targetId).find((key) => key.keyId === keyId) ?? {};
  return entry("TargetPublicKey", name, id, { outputs: { targetId, keyId, active, changeDate } });
}
function executionEntry(name: string, id: string): Resource {
  const { condition, targets, changeDate } = zitadel.executions().find((one) => one.id === id) ?? {};
  return entry("Execution", name, id, { outputs: { condition, targets, changeDate } });
}

/** A target that encrypts, with its active key, and an execution that calls it. */
function encrypting() {
  const hook = addEncrypting("hook");
  const key = addKey(hook.id);
  zitadel.setExecution(tokens, [hook.id]);
  const target = targetEntry("hook", hook);
  return { hook, key, entries: [target, keyEntry("key", key), executionEntry("tokens", "function/preuserinfo")] };
}

describe("a called target that encrypts and has no active public key", () => {
  test("is reported with what calls it and what to do, and costs no request", async () => {
    const { hook, key, entries } = encrypting();
    zitadel.clearRequests();
    expect(await found(entries)).toEqual([]);
    const requests = seen(zitadel);
    deactivate(key);
    zitadel.clearRequests();
    const [target, publicKey, ...others] = await found(entries);
    expect(target).toMatchObject({
      problem: "noActiveKey",
      resource: "target",
      id: hook.id,
      name: "hook",
      detail: "called by execution function/preuserinfo",
      entries: [{ urn: urnOf("Target", "hook") }],
      todo: expect.stringMatching(/^Run `pulumi refresh`, then `pulumi up`.*active: true.*EXEC-2n8fhs7g/) as string,
    });
    expect(publicKey).toMatchObject({
      problem: "inactiveKey",
      id: key,
      detail: "no public key of the target is active",
    });
    expect(others).toEqual([]);
    expect(seen(zitadel)).toEqual(requests);
  });

  test("is reported to people", async () => {
    const { hook, key, entries } = encrypting();
    deactivate(key);
    const { code, stdout } = await doctor(["-"], settingsFor(zitadel), stackExport(entries));
    expect(code).toBe(3);
    expect(stdout).toContain(
      "\nTargets that an execution calls and that encrypt (PAYLOAD_TYPE_JWE), but have no active public key:\n",
    );
    expect(stdout).toMatch(
      new RegExp(`\n  - target ${hook.id} "hook", created [^ ]+Z: called by execution function/preuserinfo\n`),
    );
    expect(stdout).toContain("\nPublic keys that are active in the state, but inactive on the instance:\n");
    expect(stdout).toMatch(/\nFound 2 problems\.\n$/);
  });

  test("is reported if its active key has expired", async () => {
    const hook = addEncrypting("hook");
    const key = addKey(hook.id, { expirationDate: new Date(Date.now() + 3_600_000).toISOString() });
    zitadel.setExecution(tokens, [hook.id]);
    const entries = [targetEntry("hook", hook), keyEntry("key", key), executionEntry("tokens", "function/preuserinfo")];
    expect(await found(entries)).toEqual([]);
    ahead = 3_700_000;
    expect(problemsIn(await found(entries))).toEqual([["noActiveKey", hook.id]]);
  });

  test("is reported if no stack has it, and not once what calls it was removed", async () => {
    const hook = addEncrypting("hook");
    zitadel.setExecution(tokens, [hook.id]);
    expect(problemsIn(await found([]))).toEqual([
      ["noEntry", hook.id],
      ["noEntry", "function/preuserinfo"],
      ["noActiveKey", hook.id],
    ]);
    expect(problemsIn(await found([], ["--remove", "function/preuserinfo"]))).toEqual([["noEntry", hook.id]]);
  });

  test("is no problem if nothing calls it, or only executions of events, which ZITADEL never delivers to it", async () => {
    const hook = addEncrypting("hook");
    expect(await found([targetEntry("hook", hook)])).toEqual([]);
    zitadel.setExecution(users, [hook.id]);
    expect(await found([targetEntry("hook", hook), executionEntry("users", "event/user.human.*")])).toEqual([]);
  });

  test("is no problem if another stack's key is active, or if it does not encrypt", async () => {
    const [hook, signing] = [addEncrypting("hook"), add("signing", { payloadType: "PAYLOAD_TYPE_JWT" })];
    const key = addKey(hook.id);
    zitadel.setExecution(tokens, [hook.id, signing.id]);
    const entries = [
      targetEntry("hook", hook),
      targetEntry("signing", signing),
      executionEntry("tokens", "function/preuserinfo"),
    ];
    expect(problemsIn(await found(entries))).toEqual([["noEntry", key]]);
  });

  test("is no problem of a target that belongs to another instance's name or was deployed to another address", async () => {
    const { key, entries } = encrypting();
    deactivate(key);
    const elsewhere = entries.map((one) => ({ ...one, outputs: { ...one.outputs, instance: "eu" } }));
    expect(await found(elsewhere)).toEqual([]);
    const creationDate = "2020-01-01T00:00:00Z";
    const away = entries.map((one) => {
      return { ...one, outputs: { ...one.outputs, creationDate, changeDate: creationDate, __origin: "https://a.b" } };
    });
    expect((await found(away)).map(({ problem }) => problem)).toEqual(entries.map(() => "otherAddress"));
  });
});

describe("a public key that the state has as active, and the instance does not", () => {
  test("is reported with the active one", async () => {
    const { hook, key, entries } = encrypting();
    const other = addKey(hook.id);
    const [orphan, inactive, ...others] = await found(entries);
    expect(orphan).toMatchObject({ problem: "noEntry", id: other });
    expect(inactive).toMatchObject({
      problem: "inactiveKey",
      resource: "publicKey",
      id: key,
      detail: `the target's active one is ${other}`,
      entries: [{ urn: urnOf("TargetPublicKey", "key") }],
      todo: expect.stringMatching(
        /^If another stack .*remove one of the two.* Otherwise run `pulumi refresh`/,
      ) as string,
    });
    expect(others).toEqual([]);
  });

  test("is no problem if the next deployment deletes it, if it is inactive in the state too, or if another manages it", async () => {
    const { hook, key, entries } = encrypting();
    const [target, keyOf, execution] = entries as [Resource, Resource, Resource];
    const [second, third] = [addKey(hook.id), addKey(hook.id, { active: false })];
    expect(problemsIn(await found(entries))).toEqual([
      ["noEntry", second],
      ["noEntry", third],
      ["inactiveKey", key],
    ]);
    const more = [keyEntry("second", second), keyEntry("third", third)];
    expect(await found([target, { ...keyOf, delete: true }, execution, ...more])).toEqual([]);
    expect(problemsIn(await found([target, { ...keyOf, external: true }, execution, ...more]))).toEqual([
      ["noEntry", key],
    ]);
  });
});

describe("an execution whose list on the instance is not the one in the state", () => {
  test("is reported with both lists if another stack deleted one of its targets", async () => {
    const [hook, others] = [add("hook"), add("of-another-stack")];
    zitadel.setExecution(tokens, [hook.id, others.id]);
    const entries = [
      targetEntry("hook", hook),
      targetEntry("others", others),
      executionEntry("tokens", "function/preuserinfo"),
    ];
    expect(await found(entries)).toEqual([]);
    zitadel.remove(others.id);
    expect(await found([...entries.slice(0, 1), ...entries.slice(2)])).toEqual([
      expect.objectContaining({
        problem: "otherTargets",
        resource: "execution",
        id: "function/preuserinfo",
        detail: `ZITADEL calls ${hook.id}; the state has ${hook.id}, ${others.id}`,
        entries: [expect.objectContaining({ urn: urnOf("Execution", "tokens") })],
        todo: expect.stringMatching(/^Run `pulumi refresh`, then `pulumi up`/) as string,
      }),
    ]);
  });

  test("is reported if only the order differs: ZITADEL calls the targets one after the other", async () => {
    const [one, two] = [add("one"), add("two")];
    zitadel.setExecution(tokens, [one.id, two.id]);
    const entries = [
      targetEntry("one", one),
      targetEntry("two", two),
      executionEntry("tokens", "function/preuserinfo"),
    ];
    zitadel.setExecution(tokens, [two.id, one.id]);
    expect(problemsIn(await found(entries))).toEqual([["otherTargets", "function/preuserinfo"]]);
  });

  test("is no problem if the state's list is encrypted, empty because no answer confirmed it, or of what is to be deleted", async () => {
    const hook = add("hook");
    zitadel.setExecution(tokens, [hook.id]);
    const target = targetEntry("hook", hook);
    const having = (targets: unknown, more: Partial<Resource> = {}) =>
      entry("Execution", "tokens", "function/preuserinfo", { outputs: { condition: tokens, targets }, ...more });
    expect(await found([target, having(encrypted)])).toEqual([]);
    expect(await found([target, having([encrypted])])).toEqual([]);
    expect(await found([target, having([])])).toEqual([]);
    expect(await found([target, having(["1"], { delete: true })])).toEqual([]);
    expect(problemsIn(await found([target, having([shown("1")])]))).toEqual([["otherTargets", "function/preuserinfo"]]);
    expect(problemsIn(await found([target, having(shown(["1"]))]))).toEqual([["otherTargets", "function/preuserinfo"]]);
  });
});

describe("after a deployment that the read model does not show yet", () => {
  test("nothing is reported for 20 seconds; after that, the difference stays", async () => {
    const { hook, key, entries } = encrypting();
    const next = addKey(hook.id, { active: false });
    const json = add("json");
    const [target] = entries as [Resource];
    // The deployment activates the next key, and calls another target too.
    zitadel.readModel.pause();
    zitadel.activatePublicKey(...partsOf(next));
    zitadel.setExecution(tokens, [hook.id, json.id]);
    const after = [
      target,
      targetEntry("json", json),
      keyEntry("key", key),
      keyEntry("next", next),
      executionEntry("tokens", "function/preuserinfo"),
    ];
    expect(await found(after)).toEqual([]);
    ahead = 30_000;
    expect(problemsIn(await found(after))).toEqual([
      ["inactiveKey", next],
      ["otherTargets", "function/preuserinfo"],
    ]);
    zitadel.readModel.resume();
    expect(await found(after)).toEqual([]);
  });

  test.each(["its first key", "that nothing calls it any longer", "that it no longer encrypts"])(
    "a target is not reported without a key while ZITADEL does not show %s",
    async (what) => {
      const hook = addEncrypting("hook");
      const [json, key] = [add("json"), addKey(hook.id, { active: false })];
      zitadel.setExecution(tokens, [hook.id, json.id]);
      zitadel.readModel.pause();
      if (what === "its first key") zitadel.activatePublicKey(...partsOf(key));
      else if (what === "that it no longer encrypts") zitadel.change(hook.id, { payloadType: "PAYLOAD_TYPE_JSON" });
      else zitadel.setExecution(tokens, [json.id]);
      const entries = [
        targetEntry("hook", hook),
        targetEntry("json", json),
        keyEntry("key", key),
        executionEntry("tokens", "function/preuserinfo"),
      ];
      expect(await found(entries)).toEqual([]);
      ahead = 30_000;
      expect(problemsIn(await found(entries))).toContainEqual(["noActiveKey", hook.id]);
    },
  );
});

test("what is reported of a stack is gone after `pulumi refresh` and `pulumi up`", async () => {
  const folder = await mkdtemp(join(tmpdir(), "doctor-"));
  try {
    const foreign = add("of-another-stack");
    const hook = { ...webhook, payloadType: "PAYLOAD_TYPE_JWE" };
    const key = { type: "ZitadelTargetPublicKey", targetId: "@hook.id", publicKey: newKey.p256(), active: true };
    const execution = { type: "ZitadelExecution", condition: tokens, dependsOn: ["key"] };
    const run = async (act: "up" | "refresh", ...targets: readonly string[]) => {
      const stack = await openStack({
        projectDir: join(programs, "targets"),
        stack: "dev",
        stateDir: folder,
        passphrase: "a throwaway stack",
        env: envFor({ hook, key, tokens: { ...execution, targets: ["@hook.id", ...targets] } }),
      });
      stack.setAllConfig(configFor(zitadel));
      expect(await stack[act]()).toMatchObject({ exitCode: 0 });
      const exported = JSON.stringify(await stack.exportStack());
      const { stdout } = await doctor(["-", "--json"], settingsFor(zitadel), exported);
      return (JSON.parse(stdout) as { findings: Found[] }).findings.map(({ problem }) => problem);
    };
    expect(await run("up", foreign.id)).toEqual(["noEntry"]);
    zitadel.remove(foreign.id);
    const target = zitadel.targets().find(({ name }) => name.startsWith("hook-"))?.id ?? "";
    deactivate(`${target}/${zitadel.publicKeys(target)[0]?.keyId ?? ""}`);
    const checkpoint = join(folder, ".pulumi", "stacks", "targets", "dev.json");
    const { stdout } = await doctor([checkpoint, "--json"], settingsFor(zitadel));
    const { findings } = JSON.parse(stdout) as { findings: Found[] };
    expect(findings.map(({ problem }) => problem)).toEqual(["noActiveKey", "inactiveKey", "otherTargets"]);
    expect(await run("refresh")).toEqual(["noActiveKey"]);
    expect(await run("up")).toEqual([]);
    marks.writeFolder("the folder of a stack", folder);
  } finally {
    await rm(folder, { recursive: true });
  }
});
