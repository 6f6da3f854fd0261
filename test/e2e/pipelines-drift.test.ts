import { isWrite, type Operation } from "../../local/zitadel/operations";
import { type GitHub, openGitHub } from "../support/pipelines/github";
import { seen, webhook } from "../support/world";

// Runs the steps of examples/pipelines/github/drift.yml, which check every night whether ZITADEL is what main declares.

// Each runs an engine several times.
jest.setTimeout(300_000);

let github: GitHub;
let id: string;
beforeAll(async () => {
  github = await openGitHub();
  expect((await github.run("apply")).outcome).toBe("success");
  id = github.zitadel.targets()[0]?.id ?? "";
});
afterAll(() => github.close());

const night = async () => {
  const run = await github.run("drift", { github: { repository: "example/hooks", event_name: "schedule" } });
  const writes = Object.keys(seen(github.zitadel)).filter((operation) => isWrite(operation as Operation));
  const { issues } = await github.there();
  return { ...run, writes, issues };
};

test("where nothing was changed the run succeeds, after one search", async () => {
  const { outcome, issues } = await night();
  expect({ outcome, issues, requests: seen(github.zitadel) }).toEqual({
    outcome: "success",
    issues: [],
    requests: { token: 1, search: 1 },
  });
});

test("what somebody changed fails the run and opens an issue, which the next night updates", async () => {
  github.zitadel.change(id, { timeout: "20s" });
  const first = await night();
  expect([first.outcome, first.writes]).toEqual(["failure", []]);
  expect(first.issues).toMatchObject([{ number: 1, title: "Drift of production", state: "open" }]);
  expect(first.issues[0]?.body).toMatch(/^ {4,}.*audit[^]*timeout/m);
  expect(first.summary).toBe(first.issues[0]?.body);

  github.zitadel.change(id, { endpoint: "https://elsewhere.example.com/hook" });
  const second = await night();
  expect(second.outcome).toBe("failure");
  expect(second.issues).toMatchObject([{ number: 1, state: "open" }]);
  expect(second.issues[0]?.body).toMatch(/^ {4,}.*audit[^]*endpoint/m);
});

test("an apply alone does not see it; one with a refresh undoes it, and the issue is closed", async () => {
  expect((await github.run("apply")).outcome).toBe("success");
  expect(github.zitadel.targets()).toMatchObject([{ timeout: "20s" }]);

  expect((await github.run("apply", { inputs: { refresh: true } })).outcome).toBe("success");
  expect(github.zitadel.targets()).toMatchObject([{ timeout: "10s", endpoint: "https://example.com/zitadel" }]);

  const { outcome, issues } = await night();
  expect([outcome, issues.map(({ state }) => state)]).toEqual(["success", ["closed"]]);
});

test("a key that somebody rotated, and a target that no program declares, are left to doctor", async () => {
  github.zitadel.change(id, { expirationSigningKey: "0s" });
  const { id: other } = github.zitadel.add({ ...webhook, name: "made by hand" });
  expect((await night()).outcome).toBe("success");
  github.zitadel.remove(other);
});

test("what is merged and not applied is no different", async () => {
  await github.configure("timeout", "30s");
  const { outcome, issues } = await night();
  expect([outcome, issues.map(({ number, state }) => [number, state])]).toEqual([
    "failure",
    [
      [1, "closed"],
      [2, "open"],
    ],
  ]);
  expect((await github.run("apply")).outcome).toBe("success");
  expect((await night()).issues.map(({ state }) => state)).toEqual(["closed", "closed"]);
});

test("a rejected key is not drift: the run fails, and no issue is opened", async () => {
  const { "production-read": read = {} } = github.secrets.environments;
  read["ZITADEL_JWT_PROFILE_JSON"] = github.keys.outsider;
  const { outcome, issues, steps, writes } = await night();
  expect([outcome, writes, issues.filter(({ state }) => state === "open")]).toEqual(["failure", [], []]);
  expect(steps["Compare"]?.log).toContain("::error::The comparison failed: see above.");
  expect(steps["Report"]?.outcome).toBe("skipped");
  read["ZITADEL_JWT_PROFILE_JSON"] = github.keys.viewer;
});

test("a target that is gone fails the run of a user that may only read, and is named; of one that may write it is drift", async () => {
  github.zitadel.remove(id);
  const first = await night();
  expect([first.outcome, first.issues.map(({ state }) => state)]).toEqual(["failure", ["closed", "closed"]]);
  expect(first.steps["Compare"]?.log).toMatch(
    new RegExp(`"audit-\\w+" \\(${id}\\) exists on .* failed: ZITADEL answered 403`),
  );

  const { "production-read": read } = github.secrets.environments;
  Object.assign(read ?? {}, { ZITADEL_JWT_PROFILE_JSON: github.keys.owner });
  const second = await night();
  expect([second.outcome, second.issues.map(({ state }) => state)]).toEqual(["failure", ["closed", "closed", "open"]]);
  expect(second.issues[2]?.body).toMatch(/^ {4,}\+ 1 to create$/m);
});
