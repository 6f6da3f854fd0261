import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openStage, type Stage } from "../support/deploy";
import { answering, receivers } from "../support/receiver";
import { root } from "../support/documents";

// examples/rotation on a schedule: the month comes from the configuration. In test/e2e/rotation, its target is called during rotations.

const projectDir = join(root, "examples", "rotation");
const open = receivers();

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

async function deploy(strategy: string) {
  // What ZITADEL has whenever the receiver is handed a key.
  const handed: { key: string; called: (string | undefined)[] }[] = [];
  const receiver = await open(({ body }, response, request) => {
    const targets = stage?.zitadel.executions().flatMap((execution) => execution.targets) ?? [];
    const keyOf = (id: string) => stage?.zitadel.targets().find((target) => target.id === id)?.signingKey;
    handed.push({ key: body, called: targets.map(keyOf) });
    answering(204)({ body, request: "", headers: {} }, response, request);
  });
  const { url } = receiver;
  const opened = (stage = await openStage({ projectDir, zitadel: { allowLoopback: true } }));
  const configure = (month: string) =>
    opened.configure(
      Object.fromEntries(
        Object.entries({ receiver: url, rotation: month, strategy }).map(([key, value]) => [
          `zitadel-actions-rotation:${key}`,
          value,
        ]),
      ),
    );
  await configure("2026-11");
  const { exitCode, text } = await opened.run("up");
  expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
  return { ...opened, configure, handed };
}

test("within a month nothing is due, and a preview of the next one is the same whenever it is made", async () => {
  const at = await deploy("replace");
  await at.configure("2026-11");
  expect(await at.run("up")).toMatchObject({ exitCode: 0, requests: {} });
  await at.configure("2026-12");
  for (const preview of [await at.run("preview"), await at.run("preview")])
    expect(preview).toMatchObject({ exitCode: 0, requests: {}, changes: { replace: 1, update: 2 } });
}, 300_000);

test("without a gap: the receiver has the new key while ZITADEL still calls with the old one", async () => {
  const at = await deploy("replace");
  const [before] = at.zitadel.targets();
  await at.configure("2026-12");
  expect((await at.run("up")).exitCode).toBe(0);
  const [after, ...others] = at.zitadel.targets();
  expect([others, after?.id === before?.id]).toEqual([[], false]);
  expect(at.handed).toEqual([
    { key: before?.signingKey, called: [] },
    { key: after?.signingKey, called: [before?.signingKey] },
  ]);
}, 300_000);

test("in place: the same target has a new key in one request, before the receiver does", async () => {
  const at = await deploy("inPlace");
  const [before] = at.zitadel.targets();
  await at.configure("2026-12");
  expect(await at.run("up")).toMatchObject({ exitCode: 0, requests: { update: 1 } });
  const [after] = at.zitadel.targets();
  expect([after?.id, after?.signingKey === before?.signingKey]).toEqual([before?.id, false]);
  expect(at.handed.at(-1)).toEqual({ key: after?.signingKey, called: [after?.signingKey] });
}, 300_000);

test("the month that the README sets is one", () => {
  const [, command = ""] = /rotation "\$\((.*?)\)"/.exec(readFileSync(join(projectDir, "README.md"), "utf8")) ?? [];
  expect(command).not.toBe("");
  expect(execFileSync("sh", ["-c", command], { encoding: "utf8" })).toMatch(/^20\d\d-(0[1-9]|1[0-2])\n$/);
});

test("no program of an example asks the clock, or for chance: a preview is what an up would do", () => {
  const examples = join(root, "examples");
  const sources = readdirSync(examples, { recursive: true, encoding: "utf8" })
    .filter((path) => /^[\w-]+\/[\w-]+\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(examples, path), "utf8") }));
  expect(sources.length).toBeGreaterThan(14);
  const varying = /\bDate\b|\bperformance\b|\brandom|\bTemporal\b/;
  expect(sources.filter(({ text }) => varying.test(text)).map(({ path }) => path)).toEqual([]);
});
