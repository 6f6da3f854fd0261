import { existsSync } from "node:fs";
import { openDeployment } from "../../local/deployment";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import { openStage, programs, type Stage } from "../support/deploy";
import { killBelow } from "../support/processes";

// The classic ways to lose something, each tested with the engine: nothing is lost, and everything that is left over is named.

const hook = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const targets = (count: number): Record<string, object> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`hook-${index}`, hook]));

/** The ids of the targets that the state has. */
async function recorded(): Promise<string[]> {
  const { deployment } = await stage.deployment.exportStack();
  return targetsIn(deployment);
}

function targetsIn(deployment: unknown): string[] {
  const { resources = [] } = deployment as { resources?: { type: string; id?: string }[] };
  return resources.filter(({ type }) => type.endsWith("zitadel:Target")).map(({ id = "" }) => id);
}

function idsThere(): string[] {
  const all = stage.zitadel.targets();
  return all.map(({ id }) => id).sort();
}

test("an instance restored from a backup: up creates what is missing, reverts old values, and has each key as the server has it", async () => {
  const declared = { kept: hook, forgotten: hook, changed: { ...hook, rotationTriggers: ["one"] } };
  stage.declare({ ...declared });
  expect((await stage.run("up")).exitCode).toBe(0);
  const of = (name: string) => stage.zitadel.targets().find((target) => target.name.startsWith(`${name}-`));
  stage.zitadel.remove(of("forgotten")?.id ?? "");
  // In the backup it had another endpoint and another key.
  stage.zitadel.change(of("changed")?.id ?? "", { endpoint: "https://example.com/old", expirationSigningKey: "0s" });

  expect((await stage.run("refresh")).exitCode).toBe(0);
  const { exitCode, requests, outputs } = await stage.run("up");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { create: 1, update: 1 } });
  expect(stage.zitadel.targets()).toHaveLength(3);
  for (const name of Object.keys(declared)) {
    expect(of(name)?.endpoint).toBe(hook.endpoint);
    expect(outputs[name]?.value).toMatchObject({ id: of(name)?.id, signingKey: of(name)?.signingKey });
  }
  expect((await stage.run("up")).requests).toEqual({});
});

test("two pipelines at once, of two stacks that want the same name: one gets it, the error of the other names the target, and both know their own", async () => {
  const other = await openDeployment({
    projectDir: join(programs, "targets"),
    config: stage.config,
    env: stage.envFor({ shared: { ...hook, name: "shared" }, theirs: hook }),
  });
  try {
    stage.declare({ shared: { ...hook, name: "Shared" }, ours: hook });
    const runs = await Promise.all([stage.run("up"), other.up()]);
    const failed = runs.filter(({ exitCode }) => exitCode !== 0);
    expect(failed).toHaveLength(1);
    const holder = stage.zitadel.targets().find(({ name }) => name.toLowerCase() === "shared");
    expect(`${failed[0]?.stdout ?? ""}${failed[0]?.stderr ?? ""}`).toContain(`by target ${holder?.id ?? ""}`);

    const { deployment } = await other.exportStack();
    const ids = [...(await recorded()), ...targetsIn(deployment)];
    expect(ids.sort()).toEqual(idsThere());
  } finally {
    await other.close();
  }
});

test("an up that is cancelled in the middle of 200 creates records all that it created, and another up creates exactly the rest", async () => {
  const count = 200;
  stage.declare(targets(count));
  const stop = new AbortController();
  let created = 0;
  const watch = stage.zitadel.faults.add({
    match: {
      operation: "create",
      when: () => {
        if (++created === count / 2) stop.abort();
        return false;
      },
    },
    fault: { kind: "hang" },
  });
  const { exitCode } = await stage.deployment.up({ signal: stop.signal });
  watch.remove();
  expect(exitCode).not.toBe(0);
  const ids = await recorded();
  expect(ids.length).toBeGreaterThanOrEqual(count / 2);
  expect(ids.length).toBeLessThan(count);
  expect(ids.sort()).toEqual(idsThere());

  expect((await stage.run("up")).requests).toEqual({ create: count - ids.length });
  expect((await recorded()).sort()).toEqual(idsThere());
  expect(idsThere()).toHaveLength(count);
});

test("a provider process killed in the middle of 200 creates: only the two in progress are not recorded, and another up creates the rest", async () => {
  const count = 200;
  stage.declare(targets(count));
  // From a moment on, ZITADEL creates and does not answer. Once the state has all that it answered, the provider is killed.
  const { promise: until, resolve: answer } = Promise.withResolvers<undefined>();
  const middle = Promise.withResolvers<undefined>();
  let created = 0;
  const when = () => {
    if (++created === count / 2) middle.resolve(undefined);
    return created > count / 2 - 2;
  };
  const fault = stage.zitadel.faults.add({
    match: { operation: "create", when },
    times: Infinity,
    fault: { kind: "hold", until, after: true },
  });
  const running = stage.run("up");
  await middle.promise;
  while ((await recorded()).length < count / 2 - 2);
  expect(killBelow(process.pid, "provider")).toBe(1);
  const run = await running;
  fault.remove();
  answer(undefined);
  expect(run.exitCode).not.toBe(0);

  const ids = await recorded();
  const known = new Set(ids);
  const there = stage.zitadel.targets();
  expect(ids.filter((id) => !there.some((target) => target.id === id))).toEqual([]);
  // Pulumi tells a dynamic provider nothing by which it could know them again; only the name says whose they were.
  const left = there.filter(({ id }) => !known.has(id));
  expect(left).toHaveLength(2);
  for (const { name } of left) expect(name).toMatch(/^hook-\d+-[0-9a-f]{7}$/);
  expect(ids).toHaveLength(count / 2 - 2);

  const { exitCode, requests } = await stage.run("up", { refresh: true });
  expect({ exitCode, create: requests["create"] }).toEqual({ exitCode: 0, create: count - ids.length });
  expect(stage.zitadel.targets()).toHaveLength(count + left.length);
  expect(await recorded()).toHaveLength(count);
  expect((await stage.run("up")).requests).toEqual({});
}, 180_000);

describe("an `up` in which Pulumi asks the provider about no resource of the program", () => {
  const execution = (targets: string[]) => ({
    type: "ZitadelExecution",
    condition: { event: { event: "user.human.added" } },
    targets,
  });

  beforeEach(async () => {
    stage.declare({ hook });
    expect((await stage.run("up")).exitCode).toBe(0);
  });

  test("does not delete a target for `--target` while an execution calls it", async () => {
    const [id = ""] = idsThere();
    stage.declare({ hook, calls: execution([id]) });
    expect((await stage.run("up")).exitCode).toBe(0);
    stage.declare({ calls: execution([id]) });
    const { resources = [] } = (await stage.deployment.exportStack()).deployment as { resources?: { urn: string }[] };
    const target = resources.map(({ urn }) => urn).filter((urn) => urn.endsWith("::hook"));
    const { exitCode, text } = await stage.run("up", { target });
    expect(text).toContain("execution event/user.human.added still calls it");
    expect({ exitCode, left: idsThere() }).toEqual({ exitCode: 1, left: [id] });
    expect(stage.zitadel.executions()).toMatchObject([{ targets: [id] }]);
  });

  test("deletes all when the program has no resource left; and a destroy needs no question for that", async () => {
    for (const step of ["up", "destroy"] as const) {
      stage.declare({ hook, calls: execution(["@hook.id"]) });
      expect((await stage.run("up")).exitCode).toBe(0);
      stage.declare({});
      const { exitCode, requests } = await stage.run(step);
      const expected = { searchExecutions: step === "up" ? 2 : 1, setExecution: 1, delete: 1 };
      expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: expected });
      expect(idsThere()).toEqual([]);
    }
  });
});

test("closing a deployment stops the step that runs, and leaves no file", async () => {
  stage.declare({ hook });
  let isOver = false;
  const running = stage.deployment.up().finally(() => (isOver = true));
  await stage.deployment.close();
  expect({ isOver, isThere: existsSync(stage.deployment.folder) }).toEqual({ isOver: true, isThere: false });
  // Pulumi's CLI can be stopped only once it has started.
  if (stage.deployment.engine === "local/engine") expect((await running).exitCode).toBe(1);
});

test("a folder without a project is an error, and leaves no file", async () => {
  // Other tests have files in the machine's own temporary folder at the same time.
  const folder = await mkdtemp(join(os.tmpdir(), "no-project-"));
  const temporary = jest.spyOn(os, "tmpdir").mockReturnValue(folder);
  try {
    await expect(openDeployment({ projectDir: folder })).rejects.toThrow(`no Pulumi.yaml in ${folder}`);
    expect(await readdir(folder)).toEqual([]);
  } finally {
    temporary.mockRestore();
    await rm(folder, { recursive: true });
  }
});

test("a misspelt engine is an error, not the other engine", async () => {
  const opened = openDeployment({ projectDir: join(programs, "targets"), engine: "plumi" as "pulumi" });
  await expect(opened).rejects.toThrow("engine must be pulumi or local/engine");
});
