import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "../../provider";
import { dynamicType } from "../../provider/dynamic/forwarder";
import { requireInProject } from "../../provider/dynamic/options";

const args = { endpoint: "https://example.com", timeout: "10s", restAsync: {} };

const registered: Record<string, Record<string, unknown>> = {};

beforeAll(() =>
  pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => {
      registered[name] = inputs as Record<string, unknown>;
      return { id: name, state: inputs as object };
    },
    call: () => ({}),
  }),
);

test("declaring a target leaves the program's stack traces as they were", () => {
  const limit = Error.stackTraceLimit;
  new ZitadelTarget("hook", args);
  expect(Error.stackTraceLimit).toBe(limit);
});

test("also where it throws, and what it throws says where", () => {
  const limit = Error.stackTraceLimit;
  let thrown: unknown;
  try {
    new ZitadelTarget("", args);
  } catch (error) {
    thrown = error;
  }
  expect(Error.stackTraceLimit).toBe(limit);
  expect(thrown).toMatchObject({ message: "Missing resource name argument (for URN creation)" });
  expect((thrown as Error).stack).toContain("program.test.ts");
});

test("a target knows its kind", async () => {
  const target = new ZitadelTarget("hook", args);
  expect(ZitadelTarget.isInstance(target)).toBe(true);
  expect(ZitadelTarget.isInstance({})).toBe(false);
  expect(ZitadelTarget.isInstance(undefined)).toBe(false);
  await new Promise((resolve) => target.urn.apply(resolve));
});

test("a resource tells the provider its name and the types of the components that it lies in", async () => {
  class Component extends pulumi.ComponentResource {}
  const outer = new Component("my:Outer", "outer");
  const inner = new Component("my:Inner", "inner", {}, { parent: outer });
  const targets = [
    new ZitadelTarget("top", args),
    new ZitadelTarget("child", args, { parent: outer }),
    new ZitadelTarget("grandchild", args, { parent: inner }),
  ];
  await Promise.all(targets.map(({ urn }) => new Promise<string>((resolve) => void urn.apply(resolve))));
  expect(registered["top"]).toMatchObject({ __logicalName: "top" });
  expect(registered["top"]).not.toHaveProperty("__parent");
  expect(registered["child"]).toMatchObject({ __logicalName: "child", __parent: "my:Outer" });
  expect(registered["grandchild"]).toMatchObject({ __logicalName: "grandchild", __parent: "my:Outer$my:Inner" });
});

test("targets can be resources, ids and outputs of either", async () => {
  const target = new ZitadelTarget("listed", args);
  const condition = { function: { name: "preuserinfo" } };
  const lists = [[target, "1"], [target.id, "1"], pulumi.output([target, pulumi.output("1")])];
  const executions = lists.map((targets, index) => new ZitadelExecution(`e-${index}`, { condition, targets }));
  for (const { urn } of executions) await new Promise((resolve) => urn.apply(resolve));
  for (const index of lists.keys()) expect(registered[`e-${index}`]).toMatchObject({ targets: ["listed", "1"] });
});

test("get with Pulumi's options in the place of the state says where they go", () => {
  const options = { protect: true } as pulumi.CustomResourceOptions;
  // @ts-expect-error: the third argument is the state
  expect(() => ZitadelTarget.get("hook", "400661751630138406", options)).toThrow(
    "ZitadelTarget.get(name, id, state, opts) reads everything but instance, so state cannot have protect. If it is one of Pulumi's options, pass it in opts, the fourth argument.",
  );
});

test.each<[string, unknown]>([
  ["got a number. Write it in quotes: JavaScript rounds large numbers.", 400661751630138],
  ["got undefined. Pass the id of an object that exists.", undefined],
  ["got null. Pass the id of an object that exists.", null],
  ["it is empty. Pass the id of an object that exists.", ""],
])("get is an error, and nothing is registered, if the id is wrong: %s", async (what, id) => {
  for (const [type, kind] of Object.entries({ ZitadelTarget, ZitadelExecution, ZitadelTargetPublicKey }))
    expect(() => kind.get("none", id as string)).toThrow(
      `${type}.get(name, id, state, opts) takes the id as a string, but ${what}`,
    );
  await new Promise(setImmediate);
  expect(registered).not.toHaveProperty("none");
});

describe("an option with which Pulumi would run a second provider process is rejected", () => {
  class Own extends pulumi.ProviderResource {
    constructor(name: string) {
      super("pulumi-nodejs", name);
    }
  }
  const declare = (opts: pulumi.CustomResourceOptions) => () => new ZitadelTarget("hook", args, opts);
  const said = (option: string) => `hook: remove the option ${option}`;

  test.each([
    ["version", { version: "3.0.0" }],
    ["pluginDownloadURL", { pluginDownloadURL: "https://example.com" }],
  ])("%s", (option, opts) => {
    expect(declare(opts)).toThrow(said(option));
    expect(() => ZitadelTarget.get("hook", "400661751630138406", {}, opts)).toThrow(said(option));
  });

  test("provider, of the resource and of a component that it is in", () => {
    const provider = new Own("own");
    class Component extends pulumi.ComponentResource {}
    const outer = new Component("my:Outer", "provided", {}, { providers: [provider] });
    const inner = new Component("my:Inner", "within", {}, { parent: outer });
    expect(declare({ provider })).toThrow(said("provider"));
    expect(declare({ parent: inner })).toThrow(said("provider"));
  });

  test("one that a transformation adds", () => {
    const transformations = [
      ({ props, opts }: pulumi.ResourceTransformationArgs) => ({ props, opts: { ...opts, version: "3.0.0" } }),
    ];
    expect(declare({ transformations })).toThrow(said("version"));
  });

  test("no other", () => {
    expect(declare({ protect: true, transformations: [() => undefined] })).not.toThrow();
  });
});

describe("deletedWith", () => {
  test("that names another resource of this package is refused, also for a key: its target may stay", () => {
    const target = new ZitadelTarget("a", args);
    expect(() => new ZitadelTarget("b", args, { deletedWith: target })).toThrow("b: remove the option deletedWith.");
    const condition = { event: { all: true } } as const;
    expect(() => new ZitadelExecution("c", { condition, targets: ["1"] }, { deletedWith: target })).toThrow(
      "c: remove the option deletedWith.",
    );
    const key = { targetId: target.id, publicKey: "" };
    const another = Object.assign(new pulumi.ComponentResource("my:Component", "f"), {
      __pulumiType: dynamicType("Target"),
    });
    for (const deletedWith of [target, new ZitadelTargetPublicKey("d", key), another])
      expect(() => new ZitadelTargetPublicKey("e", key, { deletedWith })).toThrow("e: remove the option deletedWith.");
  });

  test("that names another package's resource is Pulumi's: the whole instance may go with it", () => {
    class Instance extends pulumi.ComponentResource {}
    expect(new ZitadelTarget("a", args, { deletedWith: new Instance("my:Instance", "zitadel") })).toBeDefined();
  });
});

test.each(["instance", "adopt", "condition", "targets"])("the input %s among the options is refused", (input) => {
  const said = `e: ${input} is an input, and has no effect among the options: pass it in the argument before them`;
  const condition = { event: { all: true } } as const;
  expect(() => new ZitadelExecution("e", { condition, targets: ["1"] }, { [input]: "us" })).toThrow(said);
  expect(() => ZitadelExecution.get("e", "event", undefined, { [input]: "us" })).toThrow(said);
});

test("import is refused, since Pulumi would fail on it, and the error says what to set instead", () => {
  expect(() => new ZitadelTarget("hook", args, { import: "400661751630138406" })).toThrow(
    "hook: remove the option import, and set the input adopt to true.",
  );
});

describe("the project's folder has to have the package itself", () => {
  const runner = join("/x", "node_modules", "@pulumi", "pulumi", "cmd", "run", "index.js");

  test("a program whose project has it only through another package says what to install", async () => {
    const folder = await mkdtemp(join(tmpdir(), "project-"));
    try {
      expect(() => requireInProject(folder, runner)).toThrow(
        `Run \`npm install pulumi-zitadel-actions\` in ${folder}: `,
      );
      // A program of the Automation API may run anywhere.
      expect(() => requireInProject(folder, join("/x", "server.js"))).not.toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("one that has it goes on", () => {
    expect(() => requireInProject(join(__dirname, "..", "..", "examples"), runner)).not.toThrow();
  });
});
