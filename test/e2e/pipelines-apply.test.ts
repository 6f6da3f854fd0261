import { startZitadel } from "../../local/zitadel";
import { type GitHub, openGitHub } from "../support/pipelines/github";
import { processesBelow } from "../support/processes";
import { seen } from "../support/world";

// Runs the steps of examples/pipelines/github/apply.yml, which apply what is merged. Also checks what they print if that fails.

// Each runs an engine several times.
jest.setTimeout(300_000);

let github: GitHub;
beforeEach(async () => {
  github = await openGitHub();
});
afterEach(() => github.close());

const outcomes = ({ steps }: Awaited<ReturnType<GitHub["run"]>>): (string | undefined)[] =>
  ["npm ci", "Apply", "Find problems"].map((name) => steps[name]?.outcome);

test("an apply makes what main declares, with the key of a service user, and the next one sends nothing", async () => {
  const first = await github.run("apply");
  expect([first.outcome, ...outcomes(first)]).toEqual(["success", "success", "success", "skipped"]);
  expect(seen(github.zitadel)).toEqual({ token: 1, create: 1 });
  expect(github.zitadel.targets()).toMatchObject([{ timeout: "10s" }]);
  expect(first.summary).toBe("");

  await github.configure("timeout", "20s");
  expect((await github.run("apply")).outcome).toBe("success");
  expect(github.zitadel.targets()).toMatchObject([{ timeout: "20s" }]);

  const again = await github.run("apply");
  expect([again.outcome, seen(github.zitadel)]).toEqual(["success", {}]);
});

test.each([
  ["may only read", () => github.keys.viewer, 0],
  ["is not a member", () => github.keys.outsider, 1],
  ["is of another server", () => keyOfAnotherServer(), 1],
])("with the key of a user that %s the job fails, and says what now", async (_who, key, exitCode) => {
  const { production } = github.secrets.environments;
  Object.assign(production ?? {}, { ZITADEL_JWT_PROFILE_JSON: await key() });
  const run = await github.run("apply");
  expect([run.outcome, ...outcomes(run)]).toEqual(["failure", "success", "failure", "success"]);
  expect(github.zitadel.targets()).toEqual([]);
  expect(run.steps["Apply"]?.log).toMatch(/error: .*failed: ZITADEL answered 40[0-4] /);
  expect(run.summary).toMatch(/^### Applying `production` failed\n/);
  expect(run.summary).toContain("the next apply goes on from there");
  expect(run.summary).toContain(`(exit code ${exitCode};`);
});

async function keyOfAnotherServer() {
  const other = await startZitadel();
  const key = JSON.stringify(await other.owner.keyFile());
  await other.stop();
  return key;
}

test("where installing fails nothing else is run", async () => {
  await github.commit({ "package-lock.json": "" });
  await github.git(["rm", "--quiet", "package-lock.json"]);
  await github.commit({});
  const run = await github.run("apply");
  expect([run.outcome, ...outcomes(run)]).toEqual(["failure", "failure", "skipped", "skipped"]);
  expect(github.zitadel.requests).toEqual([]);
});

test("an apply that is killed is looked into: the target that no state knows is named", async () => {
  let shell = 0;
  const kill = () => {
    // All at once, as a machine that goes away; the runner is another.
    for (const { pid } of processesBelow(shell)) process.kill(pid, "SIGKILL");
  };
  const isSent = () => {
    setImmediate(kill);
    return true;
  };
  github.zitadel.faults.add({ match: { operation: "create", when: isSent }, fault: { kind: "hang", work: true } });
  const run = await github.run(
    "apply",
    {},
    {
      started: (name, { pid = 0 }) => {
        if (name === "Apply") shell = pid;
      },
    },
  );
  expect([run.outcome, ...outcomes(run)]).toEqual(["failure", "success", "failure", "success"]);
  const [lost] = github.zitadel.targets();
  expect(lost).toBeDefined();
  expect(run.summary).toContain("exit code 3");
  expect(run.summary).toContain(`target ${lost?.id ?? ""}`);
  expect(run.summary).toContain("run this command again with --remove");
});
