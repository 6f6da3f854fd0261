import { type FaultRule, startZitadel, type Zitadel } from "../../local/zitadel";
import { fingerprintOf } from "../../provider/public-key/pem";
import {
  creating,
  doctor,
  encrypted,
  entry,
  type Resource,
  settingsFor,
  shown,
  stackExport,
  urnOf,
} from "../support/doctor";
import { base64, newKey } from "../support/keys";
import { seen, webhook } from "../support/world";

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

interface Result {
  findings: {
    problem: string;
    resource: string;
    id?: string;
    name?: string;
    entries: { urn: string }[];
    todo: string;
  }[];
  notes: string[];
}

/** What is found where these are the state's entries and pending operations. */
async function found(resources: Resource[], pending: object[] = [], accessToken = zitadel.accessToken) {
  zitadel.clearRequests();
  const text = stackExport(resources, pending);
  const { code, stdout, stderr } = await doctor(["-", "--json"], settingsFor(zitadel, accessToken), text);
  expect(stderr).toBe("");
  for (const { signingKey } of zitadel.targets()) expect(stdout).not.toContain(signingKey);
  const { findings, notes } = JSON.parse(stdout) as Result;
  return { code, findings, notes };
}

const target = (name: string) => zitadel.add({ ...webhook, name });
const targetEntry = (
  name: string,
  { id, signingKey }: { id: string; signingKey: string },
  more: Partial<Resource> = {},
) => entry("Target", name, id, { outputs: { name, signingKey: shown(signingKey) }, ...more });

test("entries of the native provider count as those of the dynamic one, and its settings say where it deployed to", async () => {
  const hook = target("hook");
  const other = target("other");
  zitadel.setExecution({ event: { all: true } }, [hook.id]);
  const native = (type: string, id: string, more: object = {}) => {
    const token = `zitadel-actions:index:${type}`;
    return { urn: `urn:pulumi:dev::project::${token}::${id}`, custom: true, type: token, id, ...more };
  };
  const type = "pulumi:providers:zitadel-actions";
  const providerOf = (name: string, inputs: object) => ({
    ...native("", "1", { type, inputs }),
    urn: `urn:pulumi:dev::project::${type}::${name}`,
  });
  const provider = providerOf("default_1_0_0", { domain: zitadel.domain });
  const outputs = { name: "hook", signingKey: shown(hook.signingKey) };
  const resources = [provider, native("Target", hook.id, { outputs }), native("Execution", "event")];
  const { code, findings } = await found(resources);
  expect(code).toBe(3);
  expect(findings).toMatchObject([{ resource: "target", id: other.id }]);

  // Those of a provider resource are where that says.
  const away = providerOf("away", { domain: "other.example.com" });
  const there = native("Target", "400661751630138406", { provider: `${away.urn}::1`, outputs: { name: "there" } });
  expect(await found([...resources, away, there])).toMatchObject({ code: 3, findings });
  const { domain, port } = zitadel;
  const here = providerOf("here", { domain, port: String(port), insecure: "true" });
  const same = native("Target", other.id, { provider: `${here.urn}::1`, outputs: { name: "other" } });
  expect(await found([...resources, away, there, here, same])).toMatchObject({ code: 0, findings: [] });

  const elsewhere = { ...provider, inputs: { domain: "other.example.com" } };
  const text = JSON.stringify({
    version: 3,
    deployment: { manifest: {}, resources: [elsewhere, ...resources.slice(1)] },
  });
  const { stdout } = await doctor(["-", "--json"], settingsFor(zitadel), text);
  expect(stdout).toContain("other.example.com");
});

test("there are no problems if every object has its entry: each target is confirmed, and nothing is written", async () => {
  const hook = target("hook");
  const { keyId } = zitadel.addPublicKey(hook.id, { publicKey: base64(newKey.p256()) });
  zitadel.setExecution({ event: { all: true } }, [hook.id]);
  const entries = [
    targetEntry("hook", hook),
    entry("TargetPublicKey", "key", `${hook.id}/${keyId}`),
    entry("Execution", "all", "event"),
  ];
  const before = zitadel.targets();
  expect(await found(entries)).toEqual({ code: 0, findings: [], notes: [] });
  // The update is empty, which asks the write side and writes nothing.
  expect(seen(zitadel)).toEqual({ search: 1, searchExecutions: 1, searchKeys: 1, update: 1 });
  expect(zitadel.targets()).toEqual(before);
});

test("an entry that another provider created belongs to the object, although its id has another form", async () => {
  const hook = target("hook");
  const { keyId } = zitadel.addPublicKey(hook.id, { publicKey: base64(newKey.p256()) });
  const condition = { event: { event: "user.human.added" } };
  zitadel.setExecution(condition, [hook.id]);
  const entries = [
    targetEntry("hook", hook),
    entry("TargetPublicKey", "key", keyId, { outputs: { targetId: hook.id, keyId } }),
    entry("Execution", "added", 'hook {"event":{"event":"user.human.added"}}', { outputs: { condition } }),
  ];
  expect(await found(entries)).toEqual({ code: 0, findings: [], notes: [] });
});

test("objects that no state knows are reported, targets with their keys first", async () => {
  const [hook, known] = [target("hook"), target("known")];
  const { keyId } = zitadel.addPublicKey(known.id, { publicKey: base64(newKey.p256()) });
  zitadel.setExecution({ function: { name: "preuserinfo" } }, [hook.id]);
  const { code, findings } = await found([targetEntry("known", known)]);
  expect(code).toBe(3);
  expect(findings).toMatchObject([
    { problem: "noEntry", resource: "target", id: hook.id, name: "hook", entries: [] },
    { problem: "noEntry", resource: "publicKey", id: `${known.id}/${keyId}` },
    { problem: "noEntry", resource: "execution", id: "function/preuserinfo" },
  ]);
});

test("what is only read by get is not owned, nor missed where it is gone", async () => {
  const hook = target("hook");
  const { findings } = await found([
    targetEntry("hook", hook, { external: true }),
    entry("Target", "gone", "400661751630138406", { external: true }),
  ]);
  expect(findings).toMatchObject([{ problem: "noEntry", id: hook.id }]);
});

test("an entry that is to be deleted owns its object; one that is to be created again has none", async () => {
  const hook = target("hook");
  const entries = [
    targetEntry("hook", hook, { delete: true }),
    entry("Target", "away", "400661751630138406", { pendingReplacement: true }),
  ];
  expect(await found(entries)).toEqual({ code: 0, findings: [], notes: [] });
});

describe("an entry whose object is not shown", () => {
  test("is gone where the write side says so, and its keys with it", async () => {
    const hook = target("hook");
    zitadel.remove(hook.id);
    const { code, findings } = await found([
      targetEntry("hook", hook),
      entry("TargetPublicKey", "key", `${hook.id}/400661832647314470`),
    ]);
    expect(code).toBe(3);
    expect(findings).toMatchObject([
      { problem: "gone", resource: "target", id: hook.id, name: "hook", entries: [{ urn: urnOf("Target", "hook") }] },
      { problem: "gone", resource: "publicKey" },
    ]);
    expect(seen(zitadel)).toMatchObject({ update: 1 });
  });

  test("is only not shown where the user may not ask", async () => {
    const viewer = zitadel.addUser({ userName: "viewer", role: "IAM_OWNER_VIEWER" });
    const hooks = [target("a"), target("b")];
    for (const { id } of hooks) zitadel.remove(id);
    const { findings } = await found(
      hooks.map((hook, index) => targetEntry(String(index), hook)),
      [],
      viewer.accessToken,
    );
    expect(findings).toMatchObject([{ problem: "notShown" }, { problem: "notShown" }]);
  });

  test("is there all the same where the read model lost it", async () => {
    zitadel.readModel.loseNext("create");
    const hook = target("hook");
    const { findings } = await found([targetEntry("hook", hook)]);
    expect(findings).toMatchObject([{ problem: "hidden", id: hook.id }]);
  });

  test("is never called gone for a refusal, an outage or another instance's answer", async () => {
    const hook = target("hook");
    zitadel.remove(hook.id);
    const update: FaultRule["match"] = { operation: "update" };
    const body = { code: 5, message: "membership not found (AUTHZ-cdgFk)", details: [{ id: "AUTHZ-cdgFk" }] };
    zitadel.faults.add({ match: update, fault: { kind: "answer", status: 404, body } });
    const { code, stdout, stderr } = await doctor(
      ["-"],
      settingsFor(zitadel),
      stackExport([targetEntry("hook", hook)]),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^Asking whether target \d+ exists on \S+ failed: ZITADEL answered 404 "membership not found/,
    );
  });

  test("an execution and a key are not shown: their write side cannot be asked without changing them", async () => {
    const hook = target("hook");
    const entries = [
      targetEntry("hook", hook),
      entry("TargetPublicKey", "key", `${hook.id}/400661832647314470`),
      entry("Execution", "all", "event"),
    ];
    const { findings } = await found(entries);
    expect(findings).toMatchObject([
      { problem: "notShown", resource: "publicKey" },
      { problem: "notShown", resource: "execution", id: "event" },
    ]);
    expect(seen(zitadel)).toMatchObject({ update: 1 }); // the target is confirmed
  });
});

test("a target that is deleted and still listed is a finding where a state has it, with its keys", async () => {
  const hook = target("hook");
  const { keyId } = zitadel.addPublicKey(hook.id, { publicKey: base64(newKey.p256()) });
  zitadel.readModel.loseNext("delete");
  zitadel.remove(hook.id);
  const entries = [targetEntry("hook", hook), entry("TargetPublicKey", "key", `${hook.id}/${keyId}`)];
  const { code, findings, notes } = await found(entries);
  expect({ code, notes }).toEqual({ code: 3, notes: [] });
  expect(findings).toMatchObject([
    { problem: "deletedButListed", resource: "target", id: hook.id, entries: [{ urn: urnOf("Target", "hook") }] },
    { problem: "deletedButListed", resource: "publicKey", id: `${hook.id}/${keyId}` },
  ]);
  expect(findings[0]?.todo).toContain("pulumi up --replace");
});

test("a target that is deleted and still listed is not called gone for a user who may not ask", async () => {
  const viewer = zitadel.addUser({ userName: "viewer", role: "IAM_OWNER_VIEWER" });
  const hook = target("hook");
  zitadel.readModel.loseNext("delete");
  zitadel.remove(hook.id);
  expect(await found([targetEntry("hook", hook)], [], viewer.accessToken)).toMatchObject({ code: 0, findings: [] });
});

test("a target that ZITADEL shows although it is deleted is a note where no state has it", async () => {
  const hook = target("hook");
  zitadel.readModel.loseNext("delete");
  zitadel.remove(hook.id);
  const { code, findings, notes } = await found([]);
  expect({ code, findings }).toEqual({ code: 0, findings: [] });
  expect(notes).toEqual([`ZITADEL shows target ${hook.id} "hook", which is deleted (its read model missed that).`]);
});

describe("signing keys", () => {
  test("that differ are found by value, and not printed", async () => {
    const [hook, same] = [target("hook"), target("same")];
    const { findings } = await found([
      entry("Target", "hook", hook.id, { outputs: { name: "hook", signingKey: shown("an-older-key") } }),
      targetEntry("same", same),
    ]);
    expect(findings).toMatchObject([{ problem: "otherKey", id: hook.id, name: "hook" }]);
    expect(JSON.stringify(findings)).not.toContain("an-older-key");
  });

  test("that are encrypted are not compared, which is said once with what to do", async () => {
    const hooks = ["a", "b"].map((name) => ({ name, ...target(name) }));
    const entries = hooks.map(({ name, id }) => entry("Target", name, id, { outputs: { signingKey: encrypted } }));
    const { code, findings, notes } = await found(entries);
    expect({ code, findings }).toEqual({ code: 0, findings: [] });
    expect(notes).toEqual([
      expect.stringMatching(
        /^Secrets are encrypted in standard input, .*umask 077 && pulumi stack export --show-secrets/,
      ),
    ]);
  });
});

test("what belongs to another instance is left out and counted", async () => {
  const inputs = { name: "hook", instance: "eu" };
  const elsewhere = entry("Target", "eu", "400661751630138406", { outputs: { signingKey: encrypted, instance: "eu" } });
  expect(await found([elsewhere], [creating("Target", "hook", inputs)])).toEqual({
    code: 0,
    findings: [],
    notes: ["Left out: 2 on other instances (zitadel-actions:instances, or provider resources)."],
  });
});

test("an object with an entry under another instance's name is not called ownerless: a note says what to do", async () => {
  const hook = target("hook");
  const named = targetEntry("hook", hook, { outputs: { name: "hook", instance: "main", signingKey: shown("x") } });
  const { code, findings, notes } = await found([named]);
  expect({ code, findings }).toEqual({ code: 0, findings: [] });
  expect(notes).toContainEqual(
    expect.stringMatching(
      /^Of these, 1 have the id of something on this instance: hook\. .*--instance and that name\.$/,
    ),
  );
});

test("an object with two entries is reported with both", async () => {
  const hook = target("hook");
  const { findings } = await found([targetEntry("one", hook), targetEntry("two", hook)]);
  const entries = [{ urn: urnOf("Target", "one") }, { urn: urnOf("Target", "two") }];
  expect(findings).toMatchObject([{ problem: "twoEntries", id: hook.id, entries }]);
});

describe("a create that was interrupted", () => {
  test("is looked for by the name that was sent (case-insensitive)", async () => {
    const hook = target("Hook-1a2b3c4");
    const { code, findings } = await found([], [creating("Target", "hook", { name: "hook-1a2b3c4" })]);
    expect(code).toBe(3);
    expect(findings).toMatchObject([
      { problem: "createCarriedOut", id: hook.id, name: "Hook-1a2b3c4", entries: [{ urn: urnOf("Target", "hook") }] },
    ]);
  });

  test("is looked for by the name as ZITADEL compares names", async () => {
    const hook = target("ΑΣ");
    const problem = async (name: string) => (await found([], [creating("Target", "hook", { name })])).findings[0];
    expect(await problem("ασ")).toMatchObject({ problem: "createCarriedOut", id: hook.id });
    expect(await problem("ας")).toMatchObject({ problem: "createUnseen" });
  });

  test("that was to take over what is there: its object may be older, and the advice is not to remove it", async () => {
    const hook = target("hook");
    const { findings } = await found([], [creating("Target", "hook", { name: "hook", adopt: true })]);
    expect(findings).toMatchObject([
      {
        problem: "createCarriedOut",
        id: hook.id,
        todo: expect.stringMatching(/older than this create: do not remove it/) as string,
      },
    ]);
  });

  test("may never have been carried out", async () => {
    const { findings } = await found([], [creating("Target", "hook", { name: "hook-1a2b3c4" })]);
    expect(findings).toMatchObject([{ problem: "createUnseen", name: "hook-1a2b3c4" }]);
    expect(findings[0]).not.toHaveProperty("id");
  });

  test("may have its entry all the same", async () => {
    const hook = target("hook");
    const { findings } = await found([targetEntry("hook", hook)], [creating("Target", "hook", { name: "hook" })]);
    expect(findings).toMatchObject([{ problem: "createRecorded", id: hook.id }]);
  });

  test("cannot be looked for where its name is encrypted", async () => {
    const { findings, notes } = await found([], [creating("Target", "hook", { name: encrypted })]);
    expect(findings).toMatchObject([{ problem: "createUnknown" }]);
    expect(notes).toEqual([expect.stringMatching(/--show-secrets/)]);
  });

  test("of an execution is looked for by its condition, one of a key by its fingerprint", async () => {
    const hook = target("hook");
    const pem = newKey.p256();
    // The same key twice: the one with an entry is not the lost one.
    const [first, second] = [0, 1].map(() => zitadel.addPublicKey(hook.id, { publicKey: base64(pem) }).keyId);
    zitadel.setExecution({ event: { group: "user.human" } }, [hook.id]);
    const { findings } = await found(
      [targetEntry("hook", hook), entry("TargetPublicKey", "first", `${hook.id}/${first ?? ""}`)],
      [
        creating("Execution", "users", { condition: { event: { group: "user.human" } }, targets: [hook.id] }),
        creating("TargetPublicKey", "second", { targetId: hook.id, publicKey: pem }),
        creating("TargetPublicKey", "third", { targetId: hook.id, publicKey: newKey.p256() }),
      ],
    );
    expect(findings).toMatchObject([
      { problem: "createCarriedOut", resource: "execution", id: "event/user.human.*" },
      {
        problem: "createCarriedOut",
        resource: "publicKey",
        id: `${hook.id}/${second ?? ""}`,
        name: `${fingerprintOf(pem) ?? ""} of target ${hook.id}`,
      },
      { problem: "createUnseen", resource: "publicKey" },
    ]);
  });

  test("other operations that were interrupted have their entries, and are none of this", async () => {
    const hook = target("hook");
    const updating = { ...creating("Target", "hook", { name: "hook" }), type: "updating" };
    expect(await found([targetEntry("hook", hook)], [updating])).toEqual({ code: 0, findings: [], notes: [] });
  });
});
