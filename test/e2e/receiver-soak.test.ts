import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { read } from "../support/documents";

// The soak of docs/reliability.md, with fewer deliveries: handlers and hooks that fail at random, on three frameworks.

jest.setTimeout(300_000);

const script = join(__dirname, "..", "support", "soak", "webhook.js");
const run = async (...args: string[]) => promisify(execFile)(process.execPath, [script, ...args]);

interface Result {
  readonly soaked: readonly {
    readonly framework: string;
    readonly statuses: Record<string, number>;
    readonly counts: Record<string, number>;
    readonly wrong: readonly string[];
  }[];
  readonly crowds: readonly { readonly framework: string; readonly held: number; readonly wrong: readonly string[] }[];
  readonly tolerance: number;
  readonly allowed: number;
}

const frameworks = ["node:http", "Express", "Fastify"];
const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0);

test("600 deliveries: every one is answered, the counts add up, and memory stays flat", async () => {
  const { stdout, stderr } = await run("--number", "600", "--seed", "1", "--json");
  const { soaked, crowds, tolerance, allowed } = JSON.parse(stdout) as Result;
  expect(stderr).toBe("");
  expect([soaked, crowds].map((all) => all.map(({ framework, wrong }) => [framework, wrong]))).toEqual(
    Array(2).fill(frameworks.map((framework) => [framework, []])),
  );
  for (const { statuses, counts } of soaked) {
    const { handler = 0, accepted = 0, refused = 0, failed = 0, onRefused, onFailed, onDone, reported = 0 } = counts;
    expect([total(statuses), onDone, accepted + refused + failed]).toEqual([600, 600, 600]);
    expect({ handler, refused, onRefused, onFailed }).toEqual({
      handler: 300,
      refused: 300,
      onRefused: 300,
      onFailed: failed,
    });
    expect([statuses["200"], statuses["500"]]).toEqual([accepted, failed]);
    expect(reported).toBeGreaterThan(100);
  }
  // What strangers sent is not kept.
  for (const { held } of crowds) expect(held).toBeLessThan(5);
  const page = read("docs/reliability.md").text;
  expect(page).toContain(`more than ${tolerance} MB`);
  expect(page).toContain(`more than ${allowed} MB`);
});

test("its options are checked", async () => {
  await expect(run("--number", "many")).rejects.toThrow("--number must be a whole number of at least 4");
  await expect(run("--seed", "x")).rejects.toThrow("--seed must be a whole number");
});
