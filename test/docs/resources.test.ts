import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { effectOf } from "../../docs/generate/effect";
import type { Field, Resource } from "../../docs/generate/model";
import { ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "../../provider";
import { readRefusal } from "../../provider/api/errors";
import { check as checkExecution, table as executionTable } from "../../provider/execution/schema";
import type { CheckRequest, CheckResult } from "../../provider/core/lifecycle";
import type { Table } from "../../provider/core/diff";
import { check as checkKey, table as keyTable } from "../../provider/public-key/schema";
import { check as checkTarget, table as targetTable } from "../../provider/target/schema";
import { printed } from "../support/reference";

// The doc comments of each input and output match what the provider does with it.

jest.setTimeout(120_000);

interface Behaviour {
  /** From which the provider works out what a change does. */
  readonly table: Table;
  readonly check: (request: CheckRequest) => CheckResult;
  /** Declares one, with no more than what must be given. */
  readonly declare: () => pulumi.CustomResource;
}

const behaviours: Readonly<Record<string, Behaviour>> = {
  ZitadelTarget: {
    table: documented(targetTable),
    check: (request) => checkTarget(request, () => "hook-1234567"),
    declare: () => new ZitadelTarget("hook", { endpoint: "https://example.com", timeout: "1s", restAsync: {} }),
  },
  ZitadelExecution: {
    table: documented(executionTable),
    check: checkExecution,
    declare: () => new ZitadelExecution("all", { condition: { event: { all: true } }, targets: ["1"] }),
  },
  ZitadelTargetPublicKey: {
    table: documented(keyTable),
    check: checkKey,
    declare: () => new ZitadelTargetPublicKey("key", { targetId: "1", publicKey: "…" }),
  },
};

/** Those without the properties that only the state has. */
function documented(table: Table): Table {
  return Object.fromEntries(Object.entries(table).filter(([key]) => !key.startsWith("__")));
}

/** What is said of the effect of changes, and not so. */
function disagreements({ name, inputs }: Resource, table: Table): string[] {
  const said = inputs.flatMap((input) => [input, ...input.fields.map((field) => within(input, field))]);
  return said.flatMap(({ name: input, change }) => {
    const does = table[input.split(".")[0] ?? ""]?.change;
    const says = effectOf(change ?? "");
    return says === (does === "server" ? "replace" : does)
      ? []
      : [`${name}.${input}: ${does ?? "it has no effect"}, and it says "${change ?? ""}"`];
  });
}

/** A property of an input: what it does not say of changes, the input says for it. */
function within(input: Field, field: Field): Pick<Field, "name" | "change"> {
  return { name: `${input.name}.${field.name}`, change: field.change ?? input.change };
}

let resources: ReadonlyMap<string, Resource>;
beforeAll(async () => {
  resources = new Map((await printed()).resources.map((resource) => [resource.name, resource]));
});

function resourceOf(name: string): Resource {
  const resource = resources.get(name);
  if (resource === undefined) throw new Error(`nothing is said of ${name}`);
  return resource;
}

test("every resource has its page", () => {
  expect([...resources.keys()].sort()).toEqual(Object.keys(behaviours).sort());
});

describe.each(Object.entries(behaviours))("%s", (name, { table, check, declare }) => {
  test("has the inputs that the provider knows, each with what a change does", () => {
    const { inputs } = resourceOf(name);
    expect(inputs.map((input) => input.name).sort()).toEqual(Object.keys(table).sort());
    expect(disagreements(resourceOf(name), table)).toEqual([]);
  });

  test("has the defaults that the provider fills in", () => {
    const { inputs } = check({ olds: undefined, news: {}, logicalName: "hook", claim: () => undefined });
    const filled = Object.entries(inputs).filter(([key, value]) => key in table && typeof value !== "undefined");
    const said = new Map(resourceOf(name).inputs.map((input) => [input.name, input.default ?? ""]));
    for (const [key, value] of filled) {
      if (key === "name") expect(said.get(key)).toContain("7 random hexadecimal digits");
      else expect(said.get(key)).toContain(`\`${String(value)}\``);
    }
  });

  test("is declared with the outputs that are told of, and the same ones secret", async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name: id, inputs }) => ({ id, state: inputs as object }),
      call: () => ({}),
    });
    const register = jest.spyOn(MockMonitor.prototype, "registerResource");
    const declared = declare();
    await new Promise((resolve) => declared.urn.apply(resolve));
    const [request] = register.mock.lastCall ?? [];
    const { outputs } = resourceOf(name);
    const known = Object.keys(declared).filter((key) => !key.startsWith("__") && !["id", "urn"].includes(key));
    expect(outputs.map((output) => output.name).sort()).toEqual(known.sort());
    const { getAdditionalsecretoutputsList } = request as { getAdditionalsecretoutputsList: () => string[] };
    const secrets = outputs.filter(({ secret }) => secret).map((output) => output.name);
    expect(secrets).toEqual(getAdditionalsecretoutputsList.call(request));
  });

  test("names ZITADEL's ids beside the code that they decide", () => {
    const lines = resourceOf(name).inputs.flatMap(({ fails }) => fails);
    const wrong = lines.flatMap((line) => {
      const [, code = ""] = /\[`(\w+)`\]\(\.\.\/troubleshooting\.md#\1\)/.exec(line) ?? [];
      const ids = [...line.matchAll(/`([A-Z0-9]+-\w+|Err\w+)`/g)].map(([, id = ""]) => id);
      return ids.filter((id) => codeOf(id) !== code).map((id) => `${id} decides ${codeOf(id)}: ${line}`);
    });
    expect(wrong).toEqual([]);
    expect(lines.some((line) => line.includes("at apply"))).toBe(true);
  });
});

function codeOf(id: string): string {
  return readRefusal(404, { message: "No", details: [{ id }] }, (text) => text).code;
}

describe("a disagreement is found", () => {
  const changed = (input: string, change: string | undefined): Resource => {
    const resource = resourceOf("ZitadelTarget");
    return { ...resource, inputs: resource.inputs.map((one) => (one.name === input ? { ...one, change } : one)) };
  };

  test.each([
    ["another effect", "endpoint", "replaces the target"],
    ["none of the four", "endpoint", "is sent to ZITADEL"],
    ["nothing at all", "adopt", undefined],
  ])("where a doc comment says %s", (_what, input, change) => {
    expect(disagreements(changed(input, change), targetTable)).toEqual([
      expect.stringMatching(`^ZitadelTarget.${input}: `),
    ]);
  });

  test("where the provider does something else", () => {
    const table = { ...targetTable, timeout: { ...targetTable.timeout, change: "replace" } } as const;
    expect(disagreements(resourceOf("ZitadelTarget"), table)).toEqual([
      expect.stringMatching(/^ZitadelTarget\.timeout: replace, /),
    ]);
  });
});
