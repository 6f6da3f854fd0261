import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { triedIn, writeAttempts } from "../support/attempts";
import { install, nodeOf, openPlace, type Place, type Project, root } from "../support/installed";

// The packed package in every runtime that npm has: each takes all recorded deliveries, and refuses all forgeries of them.
// docs/reliability.md has the numbers. test/e2e/receiver-runtimes does the same in an edge runtime.

jest.setTimeout(600_000);

const arch = process.arch === "arm64" ? "aarch64" : process.arch;
const bun = `@oven/bun-${process.platform}-${arch}`;
const deno = `@deno/${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`;

const program = `
import { readFileSync } from "node:fs";
import { webhook } from "pulumi-zitadel-actions/webhook";
import { tryAll } from "./try-attempts.mjs";
const { Bun, Deno, process } = globalThis;
const version = Bun ? Bun.version : Deno ? Deno.version.deno : process.versions.node;
const tried = await tryAll({ webhook }, JSON.parse(readFileSync("attempts.json", "utf8")));
console.log(JSON.stringify({ version, ...tried }));`;

let place: Place;
let project: Project;
let counts: { taken: number; refused: number };

beforeAll(async () => {
  place = await openPlace();
  project = await install(place, "npm", { [bun]: "1.4.5", [deno]: "2.9.5" });
  const name = "try-attempts.mjs";
  await cp(join(root, "test", "support", name), join(project.folder, name));
  await writeFile(join(project.folder, "everywhere.mjs"), program);
  counts = await writeAttempts(join(project.folder, "attempts.json"));
});
afterAll(() => place.remove());

const fileOf = (name: string, path: string) => join(project.folder, "node_modules", name, path);

test.each([
  ["Node", "22", async () => [await nodeOf("22")]],
  ["Node", "24", async () => [await nodeOf("24")]],
  ["Node", "26", async () => [await nodeOf("26")]],
  ["Bun", "1", () => [fileOf(bun, "bin/bun")]],
  // npm does not keep its file executable without the install script, and it asks for rights.
  ["Deno", "2", () => ["sh", "-c", 'chmod +x "$0" && "$0" "$@"', fileOf(deno, "deno"), "run", "--allow-read=."]],
])(
  "%s %s takes every delivery and refuses every forgery, as many as docs/reliability.md says",
  async (name, major, command) => {
    // What makes Node start faster in the tests is nothing for Deno.
    const env = { NODE_OPTIONS: undefined };
    const printed = await project.run([...(await command()), "everywhere.mjs"], { env });
    const said = JSON.parse(printed) as { version: string };
    expect(said).toEqual({
      version: expect.stringMatching(new RegExp(`^${major}\\.`)) as string,
      ...counts,
      wrong: [],
    });
    expect(triedIn(`${name} ${major}`)).toEqual(counts);
  },
);
