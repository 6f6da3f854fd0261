import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PolicyPackConfig } from "@pulumi/policy";
import { openStage, type Stage } from "../support/deploy";
import { PackFolder, violations } from "../support/policies";

// Policy packs of users, which contain this package's rules: what the engine sends them, and how it handles their violations.

jest.setTimeout(120_000);
let stage: Stage;
const folder = new PackFolder();
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());
afterAll(() => folder.remove());

const run = (step: "preview" | "up", pack: string, config?: PolicyPackConfig) =>
  stage.run(step, folder.step(pack, config));
const hook = { endpoint: "https://hooks.example.com/", timeout: "10s", restWebhook: {}, rotationTriggers: ["1"] };

test("a pack in TypeScript takes our rules, adds its own, and configures both", async () => {
  const pack = await folder.pack(
    `import { PolicyPack, validateResourceOfType } from "@pulumi/policy";
    import { ZitadelTarget } from "pulumi-zitadel-actions";
    import { endpointHosts, rules } from "pulumi-zitadel-actions/policies";
    new PolicyPack("own", {
      enforcementLevel: "mandatory",
      policies: [
        ...rules,
        {
          name: "names",
          description: "Targets are named after their team.",
          configSchema: { properties: { team: { type: "string", default: "none" } } },
          validateResource: validateResourceOfType(ZitadelTarget, (target, args, report) => {
            const { team } = args.getConfig<{ team: string }>();
            if (!target.name?.startsWith(team + "-")) report(target.name + " is not of " + team);
          }),
        },
      ],
    }, {
      names: { enforcementLevel: "mandatory", team: "red" },
      [endpointHosts.name]: { enforcementLevel: "mandatory", hosts: ["hooks.example.com"] },
    });`,
    "index.ts",
  );
  stage.declare({
    one: { ...hook, name: "red-hook" },
    two: { ...hook, endpoint: "https://evil.example/", name: "hook" },
  });
  const { exitCode, text } = await run("preview", pack);
  expect(violations(text)).toEqual(["mandatory names two", "mandatory zitadel-endpoint-hosts two"]);
  expect(exitCode).not.toBe(0);
  expect(text).toContain("own@v2.0.0");
  expect(text).toContain("hook is not of red");

  const fromFile = await run("preview", pack, { names: { team: "blue" }, "zitadel-endpoint-hosts": "disabled" });
  expect(violations(fromFile.text)).toEqual(["mandatory names one", "mandatory names two"]);
});

test("a configuration in the pack's own code makes a rule advisory where it says no level", async () => {
  const pack = await folder.pack(`
    const { PolicyPack } = require("@pulumi/policy");
    const { endpointHosts } = require("pulumi-zitadel-actions/policies");
    new PolicyPack("own", { policies: [endpointHosts] }, { [endpointHosts.name]: { hosts: ["other.example.com"] } });`);
  stage.declare({ hook });
  const { exitCode, text } = await run("preview", pack);
  expect({ exitCode, found: violations(text) }).toEqual({
    exitCode: 0,
    found: ["advisory zitadel-endpoint-hosts hook"],
  });
});

/** A pack that writes down what it is told. */
const witness = (file: string) => `
const { appendFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const { PolicyPack } = require("@pulumi/policy");
const tell = (what) => appendFileSync(${JSON.stringify(file)}, JSON.stringify(what) + "\\n");
new PolicyPack("witness", { policies: [
  { name: "each", description: "each", validateResource: ({ type, name, props, opts }) => {
    if (!type.includes("zitadel")) return;
    tell({ name, props: Object.keys(props), protect: opts.protect, dryRun: pulumi.runtime.isDryRun(), stack: pulumi.getStack() });
  } },
  { name: "together", description: "together", validateStack: ({ resources }) => {
    for (const { type, name, props, propertyDependencies } of resources)
      if (type.includes("zitadel"))
        tell({ name, props: Object.keys(props), from: propertyDependencies["targets"]?.map((one) => one.name) });
  } },
] });`;

test("a pack gets each resource with its inputs before its step, and all of them with their outputs at the end", async () => {
  const file = join(folder.folder, "told");
  const pack = await folder.pack(witness(file));
  const theirs = stage.zitadel.add({ name: "theirs", endpoint: hook.endpoint, timeout: "10s", restWebhook: {} });
  const users = {
    type: "ZitadelExecution",
    condition: { event: { group: "user" } },
    targets: ["@hook.id", "@theirs.id"],
  };
  stage.declare({ theirs: { get: theirs.id }, hook: { ...hook, protect: true }, users });
  const told = async (step: "preview" | "up") => {
    await writeFile(file, "");
    expect(await run(step, pack)).toMatchObject({ exitCode: 0 });
    const lines = (await readFile(file, "utf8")).trim().split("\n");
    return lines.map((line) => JSON.parse(line) as { name: string; props: string[]; stack?: string });
  };
  const inputs = {
    hook: ["endpoint", "name", "payloadType", "restWebhook", "rotationTriggers", "timeout"],
    users: ["condition", "targets"],
  };
  const dates = ["changeDate", "creationDate"];
  const each = (dryRun: boolean) => [
    { name: "hook", props: inputs.hook, protect: true, dryRun, stack: expect.any(String) as string },
    { name: "users", props: inputs.users, protect: false, dryRun, stack: expect.any(String) as string },
  ];
  /** The resources one by one come first; together they come in any order. */
  const sorted = (all: Awaited<ReturnType<typeof told>>) => {
    const [single, together] = [
      all.filter(({ stack }) => stack !== undefined),
      all.filter(({ stack }) => stack === undefined),
    ];
    together.sort((one, other) => one.name.localeCompare(other.name, "en"));
    return [...single, ...together].map((one) => ({ ...one, props: one.props.sort() }));
  };
  expect(sorted(await told("preview"))).toEqual([
    ...each(true),
    { name: "hook", props: inputs.hook },
    { name: "users", props: inputs.users, from: ["hook"] },
  ]);
  expect(sorted(await told("up"))).toEqual([
    ...each(false),
    { name: "hook", props: [...inputs.hook, ...dates, "signingKey"].sort() },
    { name: "users", props: [...inputs.users, ...dates].sort(), from: ["hook"] },
  ]);
});

describe("a pack that cannot be used fails the run before anything is sent:", () => {
  const good = `
    const { PolicyPack } = require("@pulumi/policy");
    new PolicyPack("own", { policies: require("pulumi-zitadel-actions/policies").rules });`;

  test.each([
    ["it is not there", "/nowhere", {}, "PulumiPolicy"],
    ["its code fails", `throw new Error("no such rule");`, {}, "no such rule"],
    ["a level is none", good, { "zitadel-rotation": "strict" as never }, "is not a valid enforcement level"],
    [
      "a rule has no level and does not exist",
      good,
      { "zitadel-timeout": { seconds: 5 } },
      'invalid enforcement level ""',
    ],
  ])("%s", async (_what, source, config, said) => {
    stage.declare({ hook });
    const pack = source.startsWith("/") ? source : await folder.pack(source);
    const { exitCode, text, requests } = await run("up", pack, config);
    expect(text).toContain(said);
    expect({ failed: exitCode !== 0, requests }).toEqual({ failed: true, requests: {} });
  });
});
