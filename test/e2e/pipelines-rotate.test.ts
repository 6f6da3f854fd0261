import { type GitHub, openGitHub } from "../support/pipelines/github";
import { changedLines } from "../support/pipelines/workplace";

// New keys once a month and for a leak: examples/pipelines/github/rotate.yml proposes them, and merging makes them.

// Each runs an engine several times.
jest.setTimeout(300_000);

let github: GitHub;
beforeAll(async () => {
  github = await openGitHub();
  await github.configure("rotation", "2026-01");
  expect((await github.run("apply")).outcome).toBe("success");
});
afterAll(() => github.close());

const key = () => github.zitadel.targets()[0]?.signingKey;
const monthly = { github: { repository: "example/hooks", event_name: "schedule" } };
const leak = {
  github: { repository: "example/hooks", event_name: "workflow_dispatch" },
  inputs: { reason: 'A log of the receiver "audit" showed its key.' },
};
const merge = async (head: string) => {
  await github.git(["fetch", "--quiet", "origin"]);
  await github.git(["push", "--quiet", "origin", `origin/${head}:refs/heads/main`]);
  await github.git(["push", "--quiet", "origin", "--delete", head]);
  expect((await github.run("apply")).outcome).toBe("success");
};

test("the pull request changes one value, once a month, and merging it rotates the keys", async () => {
  const before = key();
  expect((await github.run("rotate", monthly)).outcome).toBe("success");
  const { pulls } = await github.there();
  expect(pulls).toEqual([
    expect.objectContaining({ base: "main", head: expect.stringMatching(/^rotate-\d{4}-\d\d$/) as string }),
  ]);
  const head = pulls[0]?.head ?? "";

  const again = await github.run("rotate", monthly);
  expect([again.outcome, again.steps["Propose"]?.log]).toEqual([
    "success",
    expect.stringContaining("were already proposed"),
  ]);
  expect((await github.there()).pulls).toEqual(pulls);
  expect(key()).toBe(before);

  expect(await changedLines(github, head)).toEqual([
    expect.stringMatching(/^- {2}hooks:rotation: ["']?2026-01["']?$/),
    expect.stringMatching(new RegExp(`^\\+ {2}hooks:rotation: ["']?${head.slice("rotate-".length)}["']?$`)),
  ]);

  await merge(head);
  expect(key()).not.toBe(before);
  expect(github.zitadel.targets()).toHaveLength(1);
});

test("after the merge, another run in the same month succeeds and proposes nothing", async () => {
  const { pulls } = await github.there();
  const { outcome, steps } = await github.run("rotate", monthly);
  expect([outcome, steps["Propose"]?.log]).toEqual(["success", expect.stringContaining("were rotated in")]);
  expect((await github.there()).pulls).toEqual(pulls);
});

test("a leak is answered in the same month: a run by hand proposes new keys, with its reason, and the month is done", async () => {
  const before = key();
  expect((await github.run("rotate", leak)).outcome).toBe("success");
  const pull = (await github.there()).pulls.at(-1);
  const head = pull?.head ?? "";
  expect(head).toMatch(/^rotate-\d{4}-\d\d-\d\dT\d{6}Z$/);
  expect(pull?.body).toMatch(/^A log of the receiver "audit" showed its key\. Merging this rotates/);
  await merge(head);
  expect(key()).not.toBe(before);
  expect(await github.git(["log", "-1", "--format=%b", "origin/main"])).toContain("A log of the receiver");
  expect((await github.run("rotate", monthly)).steps["Propose"]?.log).toContain("were rotated in");
});
