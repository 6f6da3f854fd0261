import { type GitHub, openGitHub } from "./support/pipelines/github";

// New keys once a month: examples/pipelines/github/rotate.yml proposes them, and merging makes them.

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

test("the pull request changes one value, once a month, and merging it rotates the keys", async () => {
  const before = key();
  const trigger = { github: { repository: "example/hooks", event_name: "schedule" } };
  expect((await github.run("rotate", trigger)).outcome).toBe("success");
  const { pulls } = await github.there();
  expect(pulls).toEqual([
    expect.objectContaining({ base: "main", head: expect.stringMatching(/^rotate-\d{4}-\d\d$/) as string }),
  ]);
  const head = pulls[0]?.head ?? "";

  const again = await github.run("rotate", trigger);
  expect([again.outcome, again.steps["Propose"]?.log]).toEqual([
    "success",
    expect.stringContaining("were already proposed"),
  ]);
  expect((await github.there()).pulls).toEqual(pulls);
  expect(key()).toBe(before);

  await github.git(["fetch", "--quiet", "origin"]);
  const changed = await github.git(["diff", "--unified=0", "origin/main", `origin/${head}`]);
  const lines = changed.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
  expect(lines).toEqual([
    expect.stringMatching(/^- {2}hooks:rotation: ["']?2026-01["']?$/),
    expect.stringMatching(new RegExp(`^\\+ {2}hooks:rotation: ["']?${head.slice("rotate-".length)}["']?$`)),
  ]);

  await github.git(["push", "--quiet", "origin", `origin/${head}:refs/heads/main`]);
  expect((await github.run("apply")).outcome).toBe("success");
  expect(key()).not.toBe(before);
  expect(github.zitadel.targets()).toHaveLength(1);
});
