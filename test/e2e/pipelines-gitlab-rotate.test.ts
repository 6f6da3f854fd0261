import { type GitLab, openGitLab } from "../support/pipelines/gitlab";
import { changedLines } from "../support/pipelines/workplace";

// New keys once a month and for a leak: the job `rotate` of examples/pipelines/gitlab proposes them, and merging makes them.

// Each runs an engine several times.
jest.setTimeout(300_000);

let gitlab: GitLab;
beforeAll(async () => {
  gitlab = await openGitLab();
  await gitlab.configure("rotation", "2026-01");
  expect((await apply()).code).toBe(0);
});
afterAll(() => gitlab.close());

const main = { CI_COMMIT_BRANCH: "main", CI_DEFAULT_BRANCH: "main" };
const apply = () => gitlab.run("apply", { ...main, CI_PIPELINE_SOURCE: "push" });
const monthly = () => gitlab.run("rotate", { ...main, CI_PIPELINE_SOURCE: "schedule", ROTATE: "true" });
const leak = (reason: string) => gitlab.run("rotate", { ...main, CI_PIPELINE_SOURCE: "web", REASON: reason });
const key = () => gitlab.zitadel.targets()[0]?.signingKey;
const merge = async (head: string) => {
  await gitlab.git(["fetch", "--quiet", "origin"]);
  await gitlab.git(["push", "--quiet", "origin", `origin/${head}:refs/heads/main`]);
  await gitlab.git(["push", "--quiet", "origin", "--delete", head]);
  expect((await apply()).code).toBe(0);
};
const branchOf = (request: Readonly<Record<string, string>> | undefined) =>
  (request?.["head"] ?? "").replace("refs/heads/", "");

test("the merge request changes one value, once a month, and merging it rotates the keys", async () => {
  const before = key();
  const first = await monthly();
  expect([first.code, first.log]).toEqual([0, expect.any(String)]);
  const requests = await gitlab.mergeRequests();
  expect(requests).toEqual([
    expect.objectContaining({
      target: "main",
      title: expect.stringMatching(/^New signing keys for \d{4}-\d\d$/) as string,
      description: expect.stringMatching(
        /^The rotation of each month\. Merging this rotates the signing keys of/,
      ) as string,
    }),
  ]);
  const head = branchOf(requests[0]);
  expect(head).toMatch(/^rotate-\d{4}-\d\d$/);

  const again = await monthly();
  expect([again.code, again.log]).toEqual([0, expect.stringContaining("were already proposed")]);
  expect(await gitlab.mergeRequests()).toEqual(requests);
  expect(key()).toBe(before);

  expect(await changedLines(gitlab, head)).toEqual([
    expect.stringMatching(/^- {2}hooks:rotation: ["']?2026-01["']?$/),
    expect.stringMatching(new RegExp(`^\\+ {2}hooks:rotation: ["']?${head.slice("rotate-".length)}["']?$`)),
  ]);

  await merge(head);
  expect(key()).not.toBe(before);
  expect(gitlab.zitadel.targets()).toHaveLength(1);
});

test("after the merge, another run in the same month succeeds and proposes nothing", async () => {
  const requests = await gitlab.mergeRequests();
  const { code, log } = await monthly();
  expect([code, log]).toEqual([0, expect.stringContaining("were rotated in")]);
  expect(await gitlab.mergeRequests()).toEqual(requests);
});

test("a leak is answered in the same month: a run by hand proposes new keys, with its reason, and the month is done", async () => {
  const before = key();
  expect((await leak('A log of the receiver "audit" showed its key.')).code).toBe(0);
  const request = (await gitlab.mergeRequests()).at(-1);
  const head = branchOf(request);
  expect(head).toMatch(/^rotate-\d{4}-\d\d-\d\dT\d{6}Z$/);
  expect(request?.["description"]).toMatch(/^A log of the receiver "audit" showed its key\. Merging this rotates/);
  await merge(head);
  expect(key()).not.toBe(before);
  expect(await gitlab.git(["log", "-1", "--format=%b", "origin/main"])).toContain("A log of the receiver");
  expect((await monthly()).log).toContain("were rotated in");
});

test("a token that is rejected fails the job, opens nothing, and is not repeated", async () => {
  const requests = await gitlab.mergeRequests();
  gitlab.secrets.text["GITLAB_ROTATE_TOKEN"] = { "production-rotate": "glpat-of-somebody-else" };
  const { code, log } = await leak("A test.");
  expect(code).not.toBe(0);
  expect(log).not.toContain("glpat-of-somebody-else");
  expect(await gitlab.mergeRequests()).toEqual(requests);
});
