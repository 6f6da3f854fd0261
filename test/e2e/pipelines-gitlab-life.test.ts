import { isWrite, type Operation } from "../../local/zitadel/operations";
import { type GitLab, openGitLab } from "../support/pipelines/gitlab";
import { seen } from "../support/world";

// A merge request, its merge and the night after it, by the jobs of examples/pipelines/gitlab.

// Each runs an engine several times.
jest.setTimeout(300_000);

let gitlab: GitLab;
beforeAll(async () => {
  gitlab = await openGitLab();
});
afterAll(() => gitlab.close());

const main = { CI_COMMIT_BRANCH: "main", CI_DEFAULT_BRANCH: "main" };
const preview = () =>
  gitlab.run("preview", {
    CI_PIPELINE_SOURCE: "merge_request_event",
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "3",
    CI_MERGE_REQUEST_IID: "7",
    CI_JOB_URL: "https://gitlab.example.com/jobs/17",
  });
const apply = (more: Record<string, string> = {}) =>
  gitlab.run("apply", { ...main, CI_PIPELINE_SOURCE: "push", ...more });
const night = () => gitlab.run("drift", { ...main, CI_PIPELINE_SOURCE: "schedule" });
const writes = () => Object.keys(seen(gitlab.zitadel)).filter((operation) => isWrite(operation as Operation));

test("a preview is one note among others, rewritten each time, and sends nothing", async () => {
  for (const [index, body] of ["Please change", "the timeout", "of audit"].entries())
    gitlab.notes.push({ id: index + 1, body });
  expect((await preview()).code).toBe(0);
  const others = gitlab.notes.slice(0, 3).map(({ body }) => body);
  expect(gitlab.notes[3]?.body).toMatch(/^### Preview of `production`: success\n\n {4}/);
  expect(gitlab.notes[3]?.body).toContain("[All of it](https://gitlab.example.com/jobs/17)");

  await gitlab.configure("timeout", "10 minutes");
  const { code, log } = await preview();
  expect([code, log]).toEqual([1, expect.stringContaining("property timeout value {10 minutes} has a problem")]);
  expect(gitlab.notes.map(({ body }) => body)).toEqual([
    ...others,
    expect.stringMatching(
      /^### Preview of `production`: failure\n[^]*property timeout value \{10 minutes\} has a problem/,
    ),
  ]);
  expect(gitlab.zitadel.requests).toEqual([]);
  await gitlab.configure("timeout", "10s");
});

test("a note that is rejected fails the job, and repeats no token", async () => {
  const { text } = gitlab.secrets;
  const { GITLAB_TOKEN: token = {} } = text;
  text["GITLAB_TOKEN"] = { "*": "glpat-of-somebody-else" };
  const { code, log } = await preview();
  expect([code, log]).toEqual([1, expect.stringContaining("GitLab answered 401 to GET")]);
  text["GITLAB_TOKEN"] = token;
});

test("an apply whose key may only read fails, and doctor says how it stands", async () => {
  const { ZITADEL_JWT_PROFILE_FILE: key = {} } = gitlab.secrets.file;
  key["production"] = gitlab.keys.viewer;
  const { code, log } = await apply();
  expect(code).toBe(1);
  expect(log).toMatch(/error: .*failed: ZITADEL answered 403 /);
  expect(log).toMatch(/Applying production failed\. [^]*next apply goes on from there[^]*Found no problems\./);
  expect(gitlab.zitadel.targets()).toEqual([]);
  key["production"] = gitlab.keys.owner;
});

test("an apply makes what main declares; a key file that only its owner may read gives no warning", async () => {
  const { code, log } = await apply();
  expect([code, gitlab.zitadel.targets().length]).toEqual([0, 1]);
  expect(log).not.toContain("warning");
  expect(log).not.toContain("failed.");
});

test("drift fails the night's job, without a write; an apply with a refresh undoes it", async () => {
  const calm = await night();
  expect([calm.code, writes()]).toEqual([0, []]);

  const [target] = gitlab.zitadel.targets();
  gitlab.zitadel.change(target?.id ?? "", { timeout: "20s" });
  const { code, log } = await night();
  expect([code, writes()]).toEqual([7, []]);
  expect(log).toMatch(/audit[^]*timeout[^]*ZITADEL is not what main declares/);

  expect((await apply({ CI_PIPELINE_SOURCE: "web", REFRESH: "--refresh" })).code).toBe(0);
  expect(gitlab.zitadel.targets()).toMatchObject([{ timeout: "10s" }]);
  expect((await night()).code).toBe(0);
});

test("a key that is rejected is not drift", async () => {
  Object.assign(gitlab.secrets.file["ZITADEL_JWT_PROFILE_FILE"] ?? {}, { "production-read": gitlab.keys.outsider });
  const { code, log } = await night();
  expect([code, writes()]).toEqual([1, []]);
  expect(log).toContain("The comparison failed: see above.");
});
