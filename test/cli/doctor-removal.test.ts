import { startZitadel, type Zitadel } from "../../local/zitadel";
import { creating, doctor, entry, type Resource, settingsFor, stackExport } from "../support/doctor";
import { base64, newKey } from "../support/keys";
import { webhook } from "../support/world";

const date = "2026-07-01T12:00:00.123456Z";
let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

const target = (name: string) => zitadel.add({ ...webhook, name });
const addKey = (id: string) => zitadel.addPublicKey(id, { publicKey: base64(newKey.p256()) }).keyId;
const names = () => zitadel.targets().map(({ name }) => name);

/** Removes what is named, where these are the state's entries. */
const removing = (ids: string[], text = stackExport([])) =>
  doctor(["-", ...ids.flatMap((id) => ["--remove", id])], settingsFor(zitadel), text);

/** Expects a refusal, and that nothing was sent that changes anything. */
async function refused(ids: string[], reason: RegExp, text = stackExport([])) {
  zitadel.clearRequests();
  const { code, stdout, stderr } = await removing(ids, text);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^Nothing was removed: .*\.\n$/);
  expect(stderr).toMatch(reason);
  expect(zitadel.count()).toMatchObject({ delete: 0, setExecution: 0, deactivateKey: 0, deleteKey: 0 });
}

test("exactly the target that is named is removed; what is left is still told", async () => {
  const [lost, other] = [target("lost"), target("other")];
  const { code, stdout, stderr } = await removing([lost.id]);
  expect(names()).toEqual(["other"]);
  expect(code).toBe(3);
  expect(stderr).toBe(`Removed target ${lost.id} "lost".\n`);
  expect(stdout).toContain(`Removed:\n  - target ${lost.id} "lost"\n\nFound 1 problem.\n`);
  expect(stdout).toContain(`  - target ${other.id} "other"`);
});

test("an execution whose removal the read side missed is executed no more", async () => {
  let ago = 60_000;
  const server = await startZitadel({ now: () => new Date(Date.now() - ago) });
  try {
    const { id } = server.add({ ...webhook, name: "hook" });
    server.setExecution({ event: { group: "user.human" } }, [id]);
    server.readModel.loseNext("setExecution");
    server.setExecution({ event: { group: "user.human" } }, []);
    ago = 0;
    const removed = await doctor(["-", "--remove", "event/user.human.*"], settingsFor(server), stackExport([]));
    expect(removed.stderr).toBe("Removed execution event/user.human.*.\n");
    const { stdout } = await doctor(["-"], settingsFor(server), stackExport([]));
    expect(stdout).toContain("hook");
    expect(stdout).not.toContain("event/user.human.*");
  } finally {
    await server.stop();
  }
});

test("the exit code is 0 where nothing is left", async () => {
  const { code, stdout } = await removing([target("lost").id]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nFound no problems\.\n$/);
});

test("an execution, an active key and their target go together, whatever the order in which they are named", async () => {
  const { id } = target("lost");
  const keyId = addKey(id);
  zitadel.activatePublicKey(id, keyId);
  zitadel.setExecution({ event: { group: "user.human" } }, [id]);
  zitadel.clearRequests();
  const { code, stderr } = await removing([id, `${id}/${keyId}`, "event/user.human.*"]);
  expect(code).toBe(0);
  expect(stderr).toBe(
    `Removed execution event/user.human.*.\nRemoved public key ${id}/${keyId}.\nRemoved target ${id} "lost".\n`,
  );
  expect([names(), zitadel.executions()]).toEqual([[], []]);
  expect(zitadel.count()).toMatchObject({ setExecution: 1, deactivateKey: 1, deleteKey: 1, delete: 1 });
});

test("a key is removed alone, and its target stays", async () => {
  const { id } = target("hook");
  const [lost, kept] = [addKey(id), addKey(id)];
  const text = stackExport([entry("Target", "hook", id), entry("TargetPublicKey", "key", `${id}/${kept}`)]);
  expect((await removing([`${id}/${lost}`], text)).code).toBe(0);
  expect(zitadel.publicKeys(id)).toMatchObject([{ keyId: kept }]);
  expect(names()).toEqual(["hook"]);
});

test("rejected: the active key of a target that encrypts, unless the target goes too", async () => {
  const { id } = zitadel.add({ ...webhook, name: "hook", payloadType: "PAYLOAD_TYPE_JWE" });
  const [active, next] = [addKey(id), addKey(id)];
  zitadel.activatePublicKey(id, active);
  await refused(
    [`${id}/${active}`],
    /is the active key of target \d+, which encrypts .*, because without an active key /,
  );
  expect((await removing([`${id}/${next}`], stackExport([entry("Target", "hook", id)]))).code).toBe(3);
  expect((await removing([id, `${id}/${active}`])).code).toBe(0);
  expect(names()).toEqual([]);
});

test("a target that ZITADEL's read model lost can be removed by its id", async () => {
  zitadel.readModel.loseNext("create");
  const { id } = target("lost");
  const { code, stderr } = await removing([id]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: `Removed target ${id}.\n` });
  expect(names()).toEqual([]);
});

test.each<[what: string, more: Partial<Resource>]>([
  ["an entry", {}],
  ["an entry that only reads it", { external: true }],
  ["an entry that is to be deleted", { delete: true }],
  ["an entry of another instance", { inputs: { instance: "eu" } }],
])("rejected: what has %s", async (_, more) => {
  const { id } = target("hook");
  await refused(
    [id],
    /^Nothing was removed: target \d+ "hook" has a state entry, urn:\S+::hook in standard input\.$/m,
    stackExport([entry("Target", "hook", id, more)]),
  );
  expect(names()).toEqual(["hook"]);
});

test("rejected: what is not there, and what is not an id", async () => {
  await refused(["400661751630138406"], /shows no "400661751630138406"\.$/m);
  await refused(["function/preuserinfo"], /shows no "function\/preuserinfo"\.$/m);
  await refused(["hook"], /shows no "hook" \(ids look like /);
});

test("rejected: what an entry has whose id is another provider's", async () => {
  const { id } = target("hook");
  const keyId = addKey(id);
  const condition = { event: { all: true } } as const;
  zitadel.setExecution(condition, [id]);
  const entries = [
    entry("TargetPublicKey", "key", keyId, { outputs: { targetId: id, keyId } }),
    entry("Execution", "all", "events of hook", { outputs: { condition } }),
  ];
  await refused([`${id}/${keyId}`], /has a state entry/, stackExport(entries));
  await refused(["event"], /has a state entry/, stackExport(entries));
});

test("rejected: a target that is deleted already, though ZITADEL shows it", async () => {
  const { id } = target("hook");
  zitadel.readModel.loseNext("delete");
  zitadel.remove(id);
  await refused([id], /is deleted already, though ZITADEL still shows it\.$/m);
});

test("rejected: a target that would take with it what is not named, or has an entry", async () => {
  const { id } = target("hook");
  const keyId = addKey(id);
  await refused([id], new RegExp(`would affect public key ${id}/${keyId}: give that with --remove too`));
  zitadel.setExecution({ event: { all: true } }, [id]);
  const text = stackExport([entry("Execution", "all", "event")]);
  await refused([id, `${id}/${keyId}`], /is used by execution event, which has a state entry/, text);
});

test("rejected: a target that an execution of a later version calls", async () => {
  const { id } = target("hook");
  const row = { condition: { weather: { sky: "clear" } }, creationDate: date, changeDate: date, targets: [id] };
  const body = { pagination: { totalResult: "1" }, executions: [row] };
  zitadel.faults.add({ match: { operation: "searchExecutions" }, fault: { kind: "answer", status: 200, body } });
  await refused([id], /is called by an execution that this version does not know \(\{"weather":\{"sky":"clear"\}\}\)/);
});

test("rejected: everything, where something came while ZITADEL was read", async () => {
  const lost = target("lost");
  const rows = (count: number, offset: number) =>
    Array.from({ length: count }, (_, index) => ({
      condition: { event: { event: `e${offset + index}` } },
      creationDate: date,
      changeDate: date,
      targets: ["1"],
    }));
  const match = { operation: "searchExecutions" } as const;
  const page = (total: number, executions: object[]) => ({ pagination: { totalResult: String(total) }, executions });
  zitadel.faults.add({ match, fault: { kind: "answer", status: 200, body: page(1001, rows(1000, 0)) } });
  zitadel.faults.add({ match, fault: { kind: "answer", status: 200, body: page(1002, rows(2, 1000)) } });
  await refused([lost.id], /something changed while ZITADEL was read: run this again\.$/m);
});

test("rejected: everything, where one of what is named must stay, with every reason", async () => {
  const [lost, hook] = [target("lost"), target("hook")];
  const text = stackExport([entry("Target", "hook", hook.id)]);
  await refused([lost.id, hook.id, "1"], /"hook" has a state entry, .*; localhost:\d+ shows no "1"\.$/m, text);
  expect(names()).toEqual(["lost", "hook"]);
});

test("rejected: everything, where an export is of a stack on another host, which a plain comparison only notes", async () => {
  const { id } = target("lost");
  const text = stackExport([], [], "prod.example.com");
  await refused(
    [id],
    /^Nothing was removed: standard input is of a stack on prod\.example\.com, but ZITADEL_DOMAIN leads to localhost/,
    text,
  );
  const { code, stderr } = await removing([], text);
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /^note: standard input is of a stack on prod\.example\.com, but this is localhost:\d+: is it the right one\?\n$/,
  );
});

test("of an interrupted create that was removed the state still has to forget", async () => {
  const { id } = target("hook-1a2b3c4");
  const text = stackExport([], [creating("Target", "hook", { name: "hook-1a2b3c4" })]);
  const { code, stdout } = await removing([id], text);
  expect(code).toBe(3);
  expect(names()).toEqual([]);
  expect(stdout).toContain("Creates that were interrupted, and whose object was removed just now:\n");
  expect(stdout).toContain("  What to do: Run `pulumi refresh --clear-pending-creates`, then `pulumi up`.\n");
});

test("a removal that fails ends it, and what was done before is reported", async () => {
  const [one, two] = [target("one"), target("two")];
  const body = { code: 7, message: "No matching permissions found (AUTH-5mWD2)", details: [{ id: "AUTH-5mWD2" }] };
  zitadel.faults.add({ match: { operation: "delete" }, skip: 1, fault: { kind: "answer", status: 403, body } });
  const { code, stdout, stderr } = await removing([one.id, two.id]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    /^Removed target \d+ "one"\.\nDeleting target "two" \(\d+\) on \S+ failed: ZITADEL answered 403 /,
  );
  expect(names()).toEqual(["two"]);
});
