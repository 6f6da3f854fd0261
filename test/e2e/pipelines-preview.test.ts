import { type GitHub, openGitHub, pullRequest } from "../support/pipelines/github";

// The preview of a pull request, by the steps of examples/pipelines/github/preview.yml.

// Each runs an engine once or twice.
jest.setTimeout(300_000);

let github: GitHub;
beforeAll(async () => {
  github = await openGitHub();
});
afterAll(() => github.close());

const bodies = async (): Promise<string[]> => (await github.there()).comments.map(({ body }) => body);

test("shows on the pull request what would change, and sends nothing", async () => {
  const { outcome } = await github.run("preview", pullRequest());
  expect(outcome).toBe("success");
  expect(await bodies()).toEqual([expect.stringMatching(/^### Preview of `production`: success\n\n {4}/)]);
  expect((await bodies())[0]).toMatch(/^ {4,}.*pulumi-nodejs:dynamic\/zitadel:Target.*audit/m);
  expect((await bodies())[0]).toContain("[All of it](https://github.example.com/example/hooks/actions/runs/17)");
  expect(github.zitadel.requests).toEqual([]);
});

test("of a mistake fails, and says what it is in the comment that is there", async () => {
  await github.configure("timeout", "10 minutes");
  const { outcome, steps } = await github.run("preview", pullRequest());
  expect([outcome, steps["Preview"]?.outcome, steps["Comment"]?.outcome]).toEqual(["failure", "failure", "success"]);
  expect(await bodies()).toEqual([expect.stringMatching(/^### Preview of `production`: failure\n/)]);
  expect((await bodies())[0]).toContain("property timeout value {10 minutes} has a problem");
  expect(github.zitadel.requests).toEqual([]);
});

test("longer than a comment may be is cut", async () => {
  const many = Array.from({ length: 900 }, (_, index) => `console.log("line ${index} ${"–".repeat(60)}");\n`);
  await github.commit({ "long.js": many.join("") + 'require("./index.js");\n', "Pulumi.yaml": projectOf("long.js") });
  await github.configure("timeout", "10s");
  const { outcome } = await github.run("preview", pullRequest());
  const [body = ""] = await bodies();
  expect(outcome).toBe("success");
  expect(body.length).toBeLessThan(65_536);
  expect(Buffer.byteLength(body)).toBeGreaterThan(60_000);
  expect(body).toContain("[All of it](");
});

test("does not run for a fork", async () => {
  const before = await bodies();
  const { outcome, steps } = await github.run("preview", pullRequest("somebody/hooks"));
  expect({ outcome, steps }).toEqual({ outcome: "skipped", steps: {} });
  expect(await bodies()).toEqual(before);
});

function projectOf(main: string): string {
  return `name: hooks\nmain: ${main}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`;
}
