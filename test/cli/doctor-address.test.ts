import { startZitadel, type Zitadel } from "../../local/zitadel";
import { creating, doctor, entry, type Resource, settingsFor, shown, stackExport, urnOf } from "../support/doctor";
import { base64, newKey } from "../support/keys";
import { webhook } from "../support/world";

// The address at which a stack was deployed, and the one that `doctor` looks at, can differ: its settings name another instance now, or
// the instance has another address now.

let before: Zitadel;
let now: Zitadel;

beforeEach(async () => {
  before = await startZitadel();
  now = await startZitadel();
});
afterEach(async () => {
  await before.stop();
  await now.stop();
});

const everyEvent = { event: { all: true } } as const;

/** A target, a public key and an execution on a server, and the entries of a stack that has them. */
function deployed(zitadel: Zitadel, suffix = "", origin = zitadel.url): Resource[] {
  const hook = zitadel.add({ ...webhook, name: `hook${suffix}` });
  const key = zitadel.addPublicKey(hook.id, { publicKey: base64(newKey.p256()) });
  zitadel.setExecution(everyEvent, [hook.id]);
  const dateOf = (of: readonly { readonly creationDate: string }[]) => ({ creationDate: of[0]?.creationDate });
  const outputs = (more: object) => ({ outputs: { ...more, __origin: origin } });
  const { signingKey, id } = hook;
  const { keyId } = key;
  return [
    entry("Target", "hook", id, outputs({ name: "hook", signingKey: shown(signingKey), ...dateOf(zitadel.targets()) })),
    entry("TargetPublicKey", "key", `${id}/${keyId}`, outputs({ targetId: id, ...dateOf(zitadel.publicKeys(id)) })),
    entry("Execution", "all", "event", outputs({ condition: everyEvent, ...dateOf(zitadel.executions()) })),
  ];
}

interface Found {
  instance: string;
  findings: {
    problem: string;
    resource: string;
    id?: string;
    entries: { urn: string; deployedTo?: string }[];
    todo: string;
  }[];
  notes: string[];
}

async function look(entries: Resource[], pending: object[] = [], args: readonly string[] = []) {
  const { code, stdout, stderr } = await doctor(
    ["-", "--json", ...args],
    settingsFor(now),
    stackExport(entries, pending),
  );
  expect(stderr).toBe("");
  return { code, ...(JSON.parse(stdout) as Found) };
}
const problemsIn = ({ findings }: Found) => findings.map(({ problem, resource }) => `${problem} ${resource}`);
const inTheState = { otherAddress: ["otherAddress target", "otherAddress publicKey", "otherAddress execution"] };

describe("settings that name another instance than the one of the entries", () => {
  test("are one kind of problem, with both addresses, and nothing that follows from it is reported", async () => {
    const entries = deployed(before);
    deployed(now, "-of-another-stack");
    const found = await look(entries);
    expect(found.code).toBe(3);
    expect(problemsIn(found)).toEqual(inTheState.otherAddress);
    expect(found.findings[0]).toMatchObject({
      id: entries[0]?.id,
      entries: [{ urn: urnOf("Target", "hook"), deployedTo: before.url }],
    });
    for (const { todo } of found.findings) {
      expect(todo).toMatch(new RegExp(`^This command looked at ${now.url}\\. If this is the wrong instance, set`));
      expect(todo).not.toContain("refresh");
    }
    expect(found.notes).toEqual([
      "Left out: 3 on this instance without an entry, because the entries of the stack are on another instance.",
    ]);
  });

  test("are said to people, too", async () => {
    const { code, stdout, stderr } = await doctor(["-"], settingsFor(now), stackExport(deployed(before)));
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
    expect(stdout).toContain("\nDeployed to another address, and not on this instance:\n");
    expect(stdout).toContain(`    ${urnOf("Target", "hook")} in standard input, deployed to ${before.url}\n`);
    expect(stdout).toContain(`  What to do: This command looked at ${now.url}. If this is the wrong instance, `);
    expect(stdout).not.toMatch(/deleted from the instance|more than one entry|in no stack that doctor compared/);
  });

  test("are not two entries of one execution: each instance has its own", async () => {
    const [, , execution] = deployed(before);
    const here = deployed(now);
    const found = await look([...here, { ...(execution as Resource), urn: urnOf("Execution", "old") }]);
    expect(problemsIn(found)).toEqual(["otherAddress execution"]);
    expect(found.findings[0]?.entries).toMatchObject([{ urn: urnOf("Execution", "old"), deployedTo: before.url }]);
  });

  test("leave an object alone that an entry of both could mean, and show the orphans of the right stack", async () => {
    const [, , execution] = deployed(before);
    const here = deployed(now);
    const lost = now.add({ ...webhook, name: "lost" });
    const found = await look([...here.slice(0, 2), execution as Resource]);
    expect(problemsIn(found)).toEqual(["otherAddress execution", "noEntry target"]);
    expect(found.findings[1]).toMatchObject({ id: lost.id });
  });

  test("say nothing of interrupted creates: these were sent to the other instance", async () => {
    now.add({ ...webhook, name: "made" });
    const found = await look(deployed(before), [creating("Target", "made", { name: "made" })]);
    expect(problemsIn(found)).toEqual(inTheState.otherAddress);
    expect(found.notes[0]).toMatch(
      /^Left out: 1 interrupted creates, because .* are on another instance: look at that one\.$/,
    );
  });

  test("let nothing be removed: neither the stranger's objects, nor those with an entry's id", async () => {
    const entries = deployed(before);
    const [target] = deployed(now);
    const lost = now.add({ ...webhook, name: "lost" });
    now.clearRequests();
    for (const id of [lost.id, target?.id ?? "", "event"]) {
      const { code, stdout, stderr } = await doctor(["-", "--remove", id], settingsFor(now), stackExport(entries));
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(new RegExp(`^Nothing was removed: .*::hook in .* was deployed to ${before.url} and is `));
    }
    expect(now.count()).toMatchObject({ delete: 0, setExecution: 0, deactivateKey: 0, deleteKey: 0 });
    expect(now.targets().map(({ name }) => name)).toEqual(["hook", "lost"]);
  });
});

describe("an instance that has another address now", () => {
  const earlier = "https://auth.example.com";

  test("still has the objects of the state: no problem, and one note", async () => {
    expect(await look(deployed(now, "", earlier))).toMatchObject({
      code: 0,
      findings: [],
      notes: [
        `Deployed to ${earlier}, but on ${now.url} too: 3. This is the same instance at another address, or a copy of it.`,
      ],
    });
  });

  test("keeps all other problems of its entries", async () => {
    const entries = deployed(now, "", earlier);
    const [target] = entries as [Resource];
    target.outputs = { ...target.outputs, signingKey: shown("another-key-made-up-for-this-test-01") };
    const twin = { ...target, urn: urnOf("Target", "twin") };
    const lost = now.add({ ...webhook, name: "lost" });
    const found = await look([...entries, twin], [creating("Target", "lost", { name: "lost" })]);
    expect(problemsIn(found)).toEqual([
      "createCarriedOut target",
      "otherKey target",
      "otherKey target",
      "twoEntries target",
    ]);
    expect(found.findings[0]).toMatchObject({ id: lost.id });
  });

  test("never has its objects removed as orphans, and lets real ones be removed", async () => {
    const entries = deployed(now, "", earlier);
    const lost = now.add({ ...webhook, name: "lost" });
    for (const id of entries.map((one) => one.id ?? "")) {
      const { code, stderr } = await doctor(["-", "--remove", id], settingsFor(now), stackExport(entries));
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("has a state entry") as string });
    }
    const { code } = await look(entries, [], []);
    expect(code).toBe(3);
    expect((await doctor(["-", "--remove", lost.id], settingsFor(now), stackExport(entries))).code).toBe(0);
    expect(now.targets().map(({ name }) => name)).toEqual(["hook"]);
  });

  test("is recognized by a target that its read model has lost, and by a deleted one that it still lists", async () => {
    now.readModel.loseNext("create");
    const [hidden] = deployed(now, "", earlier) as [Resource];
    const deleted = now.add({ ...webhook, name: "deleted" });
    const { creationDate } = now.targets().find(({ id }) => id === deleted.id) ?? {};
    now.readModel.loseNext("delete");
    now.remove(deleted.id);
    const ghost = entry("Target", "deleted", deleted.id, { outputs: { creationDate, __origin: earlier } });
    expect(problemsIn(await look([hidden, ghost]))).toEqual([
      "noEntry execution",
      "deletedButListed target",
      "hidden target",
    ]);
  });

  test("may lack what was deleted since: the advice covers that", async () => {
    const entries = deployed(now, "", earlier);
    const gone = entry("Target", "gone", "400661751630138406", { outputs: { __origin: earlier } });
    const found = await look([...entries, gone]);
    expect(problemsIn(found)).toEqual(["otherAddress target"]);
    expect(found.findings[0]?.todo).toContain("the object was deleted: run `pulumi state delete` with the URN.");
  });
});

test.each([
  ["an execution without a date is another server's", "Execution", "event", ["otherAddress execution"]],
  ["a target without a date is the one with its id", "Target", undefined, ["noEntry execution"]],
] as const)("%s", async (_, type, id, problems) => {
  const hook = now.add({ ...webhook, name: "hook" });
  now.setExecution(everyEvent, [hook.id]);
  const outputs = { condition: everyEvent, __origin: before.url };
  const found = await look([entry(type, "one", id ?? hook.id, { outputs })]);
  expect(problemsIn(found)).toEqual(problems);
});
