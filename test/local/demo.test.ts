import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { marks } from "../support/marks";
import { faster, recorded, takeRecords } from "../support/records";

// `npm run demo`, as a person runs it: its own process, its own temporary folder.

const root = join(__dirname, "..", "..");
let temporary: string;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), "demo-"));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

function start(env: Record<string, string> = {}) {
  const demo = spawn(process.execPath, [join(root, "dist", "repository", "demo.js")], {
    cwd: root,
    env: {
      ...process.env,
      ...recorded(),
      TMPDIR: temporary,
      ZITADEL_ACCESS_TOKEN: "of another server",
      ZITADEL_DOMAIN: "other.example.com",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  demo.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  demo.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { demo, text: () => text };
}

async function stackFiles(): Promise<string[]> {
  return (await readdir(root)).filter((name) => /^Pulumi\..+\.yaml$/.test(name));
}

test("every step is as expected, no secret is printed, and nothing is left behind", async () => {
  const before = await stackFiles();
  const { demo, text } = start();
  const [code] = (await once(demo, "close")) as [number];
  expect(text()).toMatch(/\ndemo: 9 steps, 9 as expected\n$/);
  expect(code).toBe(0);
  // Two owners' tokens, and the keys of three targets, one of which is rotated in place: all are looked for in all that was written.
  takeRecords();
  expect(marks.tally.marks).toBeGreaterThanOrEqual(6);
  await searchWhatIsLeft();
  expect(await stackFiles()).toEqual(before);
}, 180_000);

test("it ends at the first step that fails, and says why", async () => {
  const breaking = join(temporary, "breaking.js");
  await writeFile(breaking, 'if (process.argv[1]?.includes("cmd/run")) throw new Error("no program runs here");');
  const { demo, text } = start(faster(breaking));
  const [code] = (await once(demo, "close")) as [number];
  expect(code).toBe(1);
  expect(text()).toContain("no program runs here");
  expect(text()).toMatch(
    /FAILED in step 1: expected that .*\n {3}Each step builds on the ones before it, so the demo ends here\.\ndemo: 9 steps, 0 as expected\n$/,
  );
});

test("Ctrl-C stops it cleanly", async () => {
  const { demo, text } = start();
  await new Promise<void>((resolve) => {
    demo.stdout.on("data", () => {
      if (text().includes("2. up")) resolve();
    });
  });
  demo.kill("SIGINT");
  const [code] = (await once(demo, "close")) as [number];
  expect(code).toBe(130);
  await searchWhatIsLeft();
}, 180_000);

/** A provider process that a signal ended leaves what it told the others, which the next one removes: ids and names. */
async function searchWhatIsLeft(): Promise<void> {
  const left = await readdir(temporary);
  expect(left.filter((name) => name !== `pulumi-zitadel-actions-${process.getuid?.() ?? ""}`)).toEqual([]);
  for (const folder of left)
    for (const file of await readdir(join(temporary, folder)))
      marks.write(file, await readFile(join(temporary, folder, file), "utf8"));
}
