import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { deadLinks, read, root } from "../support/documents";
import { parse, parseFile, readWorkflow, type Step } from "../support/pipelines/workflow";

// GitHub's own parser accepts each workflow, and no step gets more permissions or secrets than it needs.

const folders = ["examples/pipelines/github", ".github/workflows"].map((folder) => join(root, folder));
const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
const all = files.map((file) => [basename(file, ".yml"), file] as const);
const stepsOf = (file: string): Step[] => Object.values(readWorkflow(file).jobs).flatMap(({ steps = [] }) => steps);
const secretsIn = (value: unknown): string[] =>
  [...JSON.stringify(value ?? {}).matchAll(/\bsecrets\.(\w+)|github\.(token)/g)].map(([, a = "", b = ""]) => a + b);

test.each(all)("GitHub takes %s", async (_name, file) => {
  expect((await parseFile(file)).problems).toEqual([]);
});

describe("GitHub does not take", () => {
  const preview = readFileSync(join(root, "examples/pipelines/github/preview.yml"), "utf8");

  test.each([
    ["a key that there is not", "concurrency:", "conurrency:", "Unexpected value 'conurrency'"],
    ["an event that there is not", "pull_request:\n", "pull_requests:\n", "Unexpected value 'pull_requests'"],
    ["a permission that there is not", "contents: read", "contents: sometimes", "Unexpected value 'sometimes'"],
    ["a job without a machine", "    runs-on: ubuntu-latest\n", "", "Required property is missing: runs-on"],
    ["a context that there is not", "secrets.PULUMI", "secret.PULUMI", "Unrecognized named-value: 'secret'"],
    [
      "secrets where they are not available",
      "if: github.event",
      "if: secrets.X == github.event",
      "named-value: 'secrets'",
    ],
    ["an expression that is none", "!cancelled()", "!cancelled(", "Unexpected symbol: '&&'"],
    ["a function that there is not", "!cancelled()", "!canceled()", "Unrecognized function: 'canceled'"],
    [
      "a job that waits for a job that does not exist",
      "    runs-on:",
      "    needs: missing\n    runs-on:",
      "no dependencies",
    ],
  ])("%s", async (_what, from, to, problem) => {
    expect(preview).toContain(from);
    const { problems } = await parse("preview.yml", preview.replace(from, to));
    expect(problems).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });
});

test.each(all)("%s pins each action by commit, and says which version that is", (_name, file) => {
  const used = readFileSync(file, "utf8").match(/uses: .*/g) ?? [];
  expect(used).not.toEqual([]);
  for (const line of used) {
    expect(line).toMatch(/^uses: (?:\.\/\.github\/workflows\/ci\.yml$|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)/);
  }
});

test("an action has the same version everywhere", () => {
  const pairs = files.flatMap((file) =>
    stepsOf(file).flatMap(({ uses }) => (uses === undefined ? [] : [uses.split("@")])),
  );
  for (const [name, commit] of pairs) expect(pairs.find(([other]) => other === name)?.[1]).toBe(commit);
});

/** Beyond `contents: read`. */
const permissions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  preview: { "pull-requests": "write" },
  apply: {},
  drift: { issues: "write" },
  rotate: { contents: "write", "pull-requests": "write" },
  ci: {},
  release: {},
};

test.each(all)("%s has no more permissions than it uses", (name, file) => {
  expect(readWorkflow(file).permissions).toEqual({ contents: "read", ...permissions[name] });
});

test("in a release, only the job that runs none of our code may publish", () => {
  const { jobs } = readWorkflow(join(root, ".github/workflows/release.yml"));
  const permitted = Object.entries(jobs).filter(([, job]) => job.permissions !== undefined);
  expect(permitted.map(([id, job]) => [id, job.permissions])).toEqual([
    ["publish", { contents: "write", "id-token": "write" }],
  ]);
  const { steps = [], needs, environment } = jobs["publish"] ?? {};
  expect({ needs, environment }).toEqual({ needs: "pack", environment: "npm" });
  expect(steps.map(({ uses, name }) => uses?.split("@")[0] ?? name)).toEqual([
    "actions/setup-node",
    "actions/download-artifact",
    "Publish",
    "Create the release",
  ]);
  expect(jobs["pack"]?.needs).toBe("ci");
});

test("a release writes the repository into package.json before it packs, and nothing but that tarball is published", () => {
  const { jobs } = readWorkflow(join(root, ".github/workflows/release.yml"));
  const commands = (id: string) => (jobs[id]?.steps ?? []).map(({ run = "" }) => run);
  const at = (id: string, command: string) => commands(id).findIndex((run) => run.includes(command));
  expect(at("pack", "node .ci/repository.mjs")).toBeGreaterThan(at("pack", "npm ci"));
  expect(at("pack", "npm pack")).toBeGreaterThan(at("pack", "node .ci/repository.mjs"));
  expect(commands("publish").filter((run) => /npm (pack|publish)/.test(run))).toEqual([
    "npm publish ./release/*.tgz --provenance --access public",
  ]);
});

/** Which step is given which secrets. */
const secrets: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  preview: { Preview: ["PULUMI_ACCESS_TOKEN"], Comment: ["token"] },
  apply: {
    Apply: ["PULUMI_ACCESS_TOKEN", "ZITADEL_JWT_PROFILE_JSON"],
    "Find problems": ["PULUMI_ACCESS_TOKEN", "ZITADEL_JWT_PROFILE_JSON"],
  },
  drift: { Compare: ["PULUMI_ACCESS_TOKEN", "ZITADEL_JWT_PROFILE_JSON"], Report: ["token"] },
  rotate: { Propose: ["PULUMI_ACCESS_TOKEN", "token"] },
  ci: {},
  release: { "Create the release": ["token"] },
};

test.each(all)("%s gives secrets to the steps that need them, in variables, and to no other", (name, file) => {
  const { env, jobs } = readWorkflow(file);
  expect(secretsIn([env, ...Object.values(jobs).map((job) => job.env)])).toEqual([]);
  const given = stepsOf(file).filter((step) => secretsIn(step).length > 0);
  expect(Object.fromEntries(given.map((step) => [step.name, secretsIn(step.env)]))).toEqual(secrets[name]);
  for (const step of given) expect(secretsIn(step)).toEqual(secretsIn(step.env));
});

const traces =
  /(?:^|\s)(?:-v\b|--verbose|--logflow|--logtostderr|--tracing|--show-secrets|set -\w*x|--debug)|DEBUG|TRACE/m;

test.each(all)("%s never traces, and puts no expression into a script", (_name, file) => {
  for (const { run = "", env = {} } of stepsOf(file)) {
    expect(run).not.toContain("${{");
    expect(run).not.toMatch(traces);
    expect(Object.keys(env).join(" ")).not.toMatch(traces);
  }
});

test.each(["pulumi up -v=9", "pulumi preview --logflow", "set -eux", "NODE_DEBUG=http pulumi up"])(
  "%s would be found",
  (line) => {
    expect(line).toMatch(traces);
  },
);

test("two applies never meet, and nothing else is in their way", () => {
  const groups = files.map((file) => [basename(file, ".yml"), readWorkflow(file).concurrency] as const);
  const apply = { group: "apply-production", "cancel-in-progress": false };
  expect(groups.filter(([, concurrency]) => concurrency?.group === apply.group)).toEqual([["apply", apply]]);
  const runs = files.filter((file) => stepsOf(file).some(({ run = "" }) => /pulumi (?:up|refresh|destroy)/.test(run)));
  expect(runs.map((file) => basename(file, ".yml"))).toEqual(["apply"]);
  expect(stepsOf(join(root, "examples/pipelines/github/apply.yml"))[0]?.with).toMatchObject({ ref: "main" });
});

test("no workflow runs a fork's code with secrets", () => {
  for (const file of files) expect(Object.keys(readWorkflow(file).on)).not.toContain("pull_request_target");
});

test("their README leads to each of them, and each of its links to something", () => {
  const page = read("examples/pipelines/README.md");
  const find = (path: string) => {
    const file = join(root, path);
    if (!existsSync(file)) return undefined;
    return statSync(file).isDirectory() ? "folder" : read(path);
  };
  expect(deadLinks([page], find)).toEqual([]);
  for (const [name, file] of all.filter(([, path]) => path.includes("examples"))) {
    expect(page.text).toContain(`[${name}.yml](github/${basename(file)})`);
  }
});
