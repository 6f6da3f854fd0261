import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Crypter, openCrypter } from "../../../local/engine/secrets";
import type { Operation, ResourceState } from "../../../local/engine/resource";
import { type DeploymentV3, Snapshot, StateFile } from "../../../local/engine/state";
import { secret } from "../../../local/engine/values";

let crypter: Crypter;
let dir: string;
let file: CountingFile;

/** Counts what is written, and can be made to fail. */
class CountingFile extends StateFile {
  texts: string[] = [];
  broken = false;
  override async write(text: string): Promise<void> {
    if (this.broken) throw new Error("no space left on device");
    this.texts.push(text);
    await super.write(text);
  }
}

beforeAll(async () => {
  crypter = await openCrypter("a passphrase");
});
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "engine-state-"));
  file = new CountingFile(dir, "project", "dev");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const resource = (name: string, more: Partial<ResourceState> = {}): ResourceState => ({
  urn: `urn:pulumi:dev::project::pulumi-nodejs:dynamic/x:X::${name}`,
  custom: true,
  type: "pulumi-nodejs:dynamic/x:X",
  ...more,
});
const creating = (name: string): Operation => ({ type: "creating", resource: resource(name) });
const stateFile = (): string => path.join(dir, ".pulumi", "stacks", "project", "dev.json");

async function onDisk(): Promise<DeploymentV3> {
  const { version, checkpoint } = JSON.parse(await readFile(stateFile(), "utf8")) as {
    version: number;
    checkpoint: { latest: DeploymentV3 };
  };
  expect(version).toBe(3);
  return checkpoint.latest;
}

test("an operation is on disk before it begins, and its end with its result", async () => {
  const snapshot = new Snapshot(file, undefined, crypter);
  const run = async (): Promise<string> => {
    expect(await onDisk()).toMatchObject({
      pending_operations: [{ type: "creating", resource: { urn: resource("a").urn } }],
    });
    return "1";
  };
  await snapshot.during(creating("a"), run, (id) => snapshot.put(resource("a", { id })));
  const { resources, pending_operations } = await onDisk();
  expect(resources).toEqual([resource("a", { id: "1" })]);
  expect(pending_operations).toBeUndefined();
});

test("a thousand operations at once cost two writes, one under way and one for all that came in the meantime", async () => {
  const snapshot = new Snapshot(file, undefined, crypter);
  let begun = 0;
  const ended = Promise.withResolvers<undefined>();
  const run = (): Promise<undefined> => {
    if (++begun === 1000) ended.resolve(undefined);
    return ended.promise;
  };
  const all = Array.from({ length: 1000 }, (_, i) => snapshot.during(creating(String(i)), run, () => undefined));
  await ended.promise;
  expect(file.texts.length).toBeLessThanOrEqual(2);
  expect((await onDisk()).pending_operations).toHaveLength(1000);
  await Promise.all(all);
  expect(file.texts.length).toBeLessThanOrEqual(4);
  expect((await onDisk()).pending_operations).toBeUndefined();
});

test("a save resolves only when all that was known at its call is on disk", async () => {
  const snapshot = new Snapshot(file, undefined, crypter);
  const first = snapshot.save();
  await first;
  const early = snapshot.save();
  await Promise.resolve(); // the write is under way, without what follows
  await Promise.resolve();
  snapshot.put(resource("late", { id: "1" }));
  const late = snapshot.save();
  await late;
  expect((await onDisk()).resources).toHaveLength(1);
  await early;
});

test("a write that fails is told to those who wait for it, leaves the old state, and does not stop later ones", async () => {
  const snapshot = new Snapshot(file, undefined, crypter);
  snapshot.put(resource("a"));
  await snapshot.save();
  file.broken = true;
  const run = jest.fn(() => Promise.resolve());
  await expect(snapshot.during(creating("b"), run, () => undefined)).rejects.toThrow("no space left");
  expect(run).not.toHaveBeenCalled();
  expect((await onDisk()).pending_operations).toBeUndefined();
  file.broken = false;
  await snapshot.save();
  expect((await onDisk()).pending_operations).toHaveLength(1);
});

test("the state takes the place of the old one as a whole, for its owner only; nothing else is left", async () => {
  const snapshot = new Snapshot(file, undefined, crypter);
  await snapshot.save();
  expect(await readdir(path.dirname(stateFile()))).toEqual(["dev.json"]);
  expect((await stat(stateFile())).mode & 0o777).toBe(0o600);
});

test("secrets are encrypted on disk and come back as secrets", async () => {
  const snapshot = new Snapshot(file, undefined, crypter);
  const inputs = { password: secret("hunter2"), deep: [{ token: secret({ a: 1 }) }], open: "text" };
  snapshot.put(resource("a", { inputs, outputs: inputs }));
  await snapshot.save();
  expect(file.texts.at(-1)).not.toContain("hunter2");
  const again = new Snapshot(file, await file.read(), crypter);
  expect(again.resources[0]?.inputs).toEqual(inputs);
  expect(again.export()).toMatchObject({ resources: (await onDisk()).resources });
});

test("a second deployment is kept out while the first runs, but not by one that was killed", async () => {
  const unlock = await file.lock();
  await expect(file.lock()).rejects.toThrow(`locked by process ${process.pid}`);
  await unlock();
  await writeFile(`${stateFile()}.lock`, "999999999");
  const again = await file.lock();
  await again();
  expect(existsSync(`${stateFile()}.lock`)).toBe(false);
});
