import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "../../local/engine/sdk-location";
import { type GitLab, openGitLab } from "../support/pipelines/gitlab";
import { pipelines } from "../support/pipelines/workplace";

// examples/pipelines/gitlab: GitLab's schema accepts it, and it runs each job when it should.

jest.setTimeout(300_000);

const file = readFileSync(join(pipelines, "gitlab", ".gitlab-ci.yml"), "utf8");
const { apply, ...others } = parseYaml(file) as Record<string, Readonly<Record<string, unknown>>>;

let gitlab: GitLab;
beforeAll(async () => {
  gitlab = await openGitLab();
});
afterAll(() => gitlab.close());

test("GitLab takes it", async () => {
  expect(await gitlab.complaints(file)).toBe("");
});

test.each([
  ["a key that there is not", "resource_group:", "resource_grup:", "'resource_grup' property is not expected"],
  ["a stage that there is not", "stage: drift", "stage: night", "night"],
  ["an action that there is not", "action: access", "action: read", "action"],
  [
    "a rule of another form",
    'rules:\n    - if: $CI_PIPELINE_SOURCE == "schedule" && $ROTATE != "true"',
    "rules: always",
    "rules",
  ],
  ["a script that is none", "script:\n    - chmod", "script:\n    chmod: yes\n    other:\n    - chmod", "script"],
])("GitLab does not take %s", async (_what, from, to, problem) => {
  expect(file).toContain(from);
  expect(await gitlab.complaints(file.replace(from, to))).toContain(problem);
});

const push = { CI_PIPELINE_SOURCE: "push", CI_DEFAULT_BRANCH: "main" };
const merge = { CI_PIPELINE_SOURCE: "merge_request_event", CI_DEFAULT_BRANCH: "main", CI_MERGE_REQUEST_IID: "7" };

test.each([
  ["a merge request", { ...merge, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "3" }, ["preview"]],
  ["a fork's merge request", { ...merge, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "4" }, []],
  ["a merge", { ...push, CI_COMMIT_BRANCH: "main" }, ["apply"]],
  ["a push to another branch", { ...push, CI_COMMIT_BRANCH: "feature" }, []],
  ["a pipeline by hand", { ...push, CI_PIPELINE_SOURCE: "web", CI_COMMIT_BRANCH: "main" }, ["apply"]],
  ["one by hand on another branch", { ...push, CI_PIPELINE_SOURCE: "web", CI_COMMIT_BRANCH: "feature" }, []],
  ["a schedule", { ...push, CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_BRANCH: "main" }, ["drift"]],
  [
    "a schedule for the rotation",
    { ...push, CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_BRANCH: "main", ROTATE: "true" },
    ["rotate"],
  ],
  [
    "one by hand with a reason",
    { ...push, CI_PIPELINE_SOURCE: "web", CI_COMMIT_BRANCH: "main", REASON: "A leak." },
    ["rotate"],
  ],
])("the jobs of %s", async (_what, variables, jobs) => {
  expect(await gitlab.jobs(variables)).toEqual(jobs);
});

test("two applies never meet, and none is cancelled halfway", () => {
  expect(apply).toMatchObject({
    resource_group: "production",
    interruptible: false,
    environment: { name: "production" },
  });
  expect(JSON.stringify(others)).not.toMatch(/pulumi (?:up|refresh|destroy)/);
});

test("nothing traces, and no secret stands in the file", () => {
  expect(file).not.toMatch(/-v=|--verbose|--logflow|--tracing|--show-secrets|set -\w*x|DEBUG|CI_DEBUG_TRACE/);
  expect(file).not.toMatch(/TOKEN: (?!none$)|KEY:|SECRET:|PASSPHRASE:/m);
});
