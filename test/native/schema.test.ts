import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { importFile } from "../../cli/export/import-file";
import { parseYaml } from "../../local/engine/sdk-location";
import type { CheckRequest, CheckResult } from "../../provider/core/lifecycle";
import { kindOf } from "../../native/kinds";
import { dynamicType } from "../../provider/dynamic/forwarder";
import { check as checkExecution, table as executionTable } from "../../provider/execution/schema";
import { check as checkKey, table as keyTable } from "../../provider/public-key/schema";
import { credentialKeys, settingNames } from "../../provider/settings/names";
import { check as checkTarget, table as targetTable } from "../../provider/target/schema";
import { read, root } from "../support/documents";

// native/schema.json describes what the provider does, and the examples in every language use it as it is. That it is as the doc comments
// say is in test/docs/reference.test.ts.

type Spec = Readonly<{ type?: string; $ref?: string; items?: Spec; additionalProperties?: Spec; secret?: true }>;
type Properties = Readonly<Record<string, Spec & { readonly default?: unknown; readonly description: string }>>;
interface ObjectType {
  readonly type: string;
  readonly properties?: Properties;
  readonly required?: readonly string[];
  readonly enum?: readonly { readonly value: string }[];
}
interface Schema {
  readonly version: string;
  readonly language: Readonly<Record<"nodejs" | "python", { readonly packageName: string }>>;
  readonly config: { readonly variables: Properties };
  readonly provider: { readonly inputProperties: Properties };
  readonly types: Readonly<Record<string, ObjectType>>;
  readonly resources: Readonly<
    Record<
      string,
      ObjectType & {
        readonly description: string;
        readonly inputProperties: Properties;
        readonly requiredInputs?: readonly string[];
        readonly aliases: readonly { readonly type: string }[];
      }
    >
  >;
  readonly functions: Readonly<
    Record<string, { readonly inputs: ObjectType; readonly outputs: Required<Pick<ObjectType, "properties">> }>
  >;
}

const { text } = read("native/schema.json");
const schema = JSON.parse(text) as Schema;
const { name: npmName, version } = JSON.parse(read("package.json").text) as { name: string; version: string };
const resource = (name: string) => {
  const found = schema.resources[`zitadel-actions:index:${name}`];
  if (found === undefined) throw new Error(`the schema has no ${name}`);
  return found;
};

const behaviours: readonly (readonly [string, object, (request: CheckRequest) => CheckResult])[] = [
  ["Target", targetTable, (request) => checkTarget(request, () => "hook-1234567")],
  ["Execution", executionTable, checkExecution],
  ["TargetPublicKey", keyTable, checkKey],
];

test("it has the resources, the version of the package, and names that no other package of ours has", () => {
  expect(Object.keys(schema.resources)).toEqual(behaviours.map(([name]) => `zitadel-actions:index:${name}`));
  expect(schema.version).toBe(version);
  expect([npmName, "@pulumi/zitadel-actions"]).not.toContain(schema.language.nodejs.packageName);
});

describe.each(behaviours)("%s", (name, table, check) => {
  const { inputProperties, properties = {}, aliases, description } = resource(name);

  test("has the inputs that the provider knows", () => {
    expect(Object.keys(inputProperties).sort()).toEqual(
      Object.keys(table)
        .filter((key) => !key.startsWith("__"))
        .sort(),
    );
  });

  test("has the defaults that the provider fills in, except a name", () => {
    const { inputs } = check({ olds: undefined, news: {}, logicalName: "hook", claim: () => undefined });
    const { name: _, ...filled } = Object.fromEntries(
      Object.entries(inputs).filter(([key, value]) => key in inputProperties && value !== undefined),
    );
    const defaults = Object.entries(inputProperties).filter(([, one]) => "default" in one);
    expect(Object.fromEntries(defaults.map(([key, one]) => [key, one.default]))).toEqual(filled);
  });

  test("has the signing key as its only secret, and the provider marks it", () => {
    const secrets = Object.keys(properties).filter((key) => properties[key]?.secret);
    expect(secrets).toEqual(name === "Target" ? ["signingKey"] : []);
    expect(kindOf(`zitadel-actions:index:${name}`).secrets).toEqual(secrets);
  });

  test("takes over what the dynamic provider wrote, and leaves replacements to the provider", () => {
    expect(aliases).toEqual([{ type: dynamicType(name) }]);
    expect(text).not.toContain("replaceOnChanges");
  });

  test("has an example in every language, and one of an import", () => {
    for (const language of ["typescript", "python", "go", "yaml"])
      expect(description).toContain(`\n\`\`\`${language}\n`);
    expect(description).toContain(`$ pulumi import zitadel-actions:index:${name} `);
  });
});

test("the settings are those of the provider, with the credentials as secrets", () => {
  const { variables } = schema.config;
  expect(schema.provider.inputProperties).toEqual(variables);
  expect(Object.keys(variables)).toEqual(settingNames);
  expect(Object.keys(variables).filter((key) => variables[key]?.secret)).toEqual(credentialKeys);
});

test("a result with a secret is one of the function for it: a secret makes a whole result secret", () => {
  const withSecret = Object.entries(schema.functions).filter(([, { outputs }]) =>
    Object.values(outputs.properties).some(({ secret }) => secret),
  );
  expect(withSecret.map(([name]) => name)).toEqual(["zitadel-actions:index:getTargetSigningKey"]);
  expect(Object.keys(schema.types["zitadel-actions:index:TargetResult"]?.properties ?? {})).not.toContain("signingKey");
});

test("every type that something refers to is there, and nothing else", () => {
  const used = [...text.matchAll(/"#\/types\/([^"]+)"/g)].map(([, token]) => token);
  expect([...new Set(used)].sort()).toEqual(Object.keys(schema.types).sort());
});

test("no description has what only the dynamic provider has", () => {
  expect(text).not.toMatch(/\bZitadel(Target|Execution)/);
});

test("the types of an import file are those of the schema", () => {
  const kinds = ["target", "execution", "publicKey"] as const;
  const subjects = kinds.map((kind) => ({ resource: kind, id: "1", as: kind, notes: [] }));
  const { resources } = importFile({ text: "", notes: [], subjects });
  expect(resources.map(({ type }) => type)).toEqual(Object.keys(schema.resources));
});

/** What is wrong with a value of a program. */
function problems(value: unknown, spec: Spec | undefined, place: string): string[] {
  if (spec === undefined) return [`${place} is not in the schema`];
  const named = spec.$ref === undefined ? undefined : schema.types[spec.$ref.replace("#/types/", "")];
  const type = named?.type ?? spec.type;
  // An output of another resource.
  if (typeof value === "string" && value.startsWith("${")) return [];
  if (Array.isArray(value)) {
    if (type !== "array") return [`${place} is a list, not ${type ?? ""}`];
    return value.flatMap((one, index) => problems(one, spec.items, `${place}[${index}]`));
  }
  if (typeof value === "object" && value !== null) return ofObject(value, named ?? { type: "" }, place);
  if (typeof value !== type) return [`${place} is a ${typeof value}, not ${type ?? ""}`];
  const words = named?.enum?.map((word) => word.value);
  return words?.includes(String(value)) === false ? [`${place} is not one of ${words.join(", ")}`] : [];
}

function ofObject(
  value: object,
  { properties = {}, required = [] }: Omit<ObjectType, "type">,
  place: string,
): string[] {
  return [
    ...required.filter((key) => !(key in value)).map((key) => `${place} lacks ${key}`),
    ...Object.entries(value).flatMap(([key, one]) => problems(one, properties[key], `${place}.${key}`)),
  ];
}

type Resources = Readonly<Record<string, { readonly type: string; readonly properties: object }>>;

function problemsOfYaml(program: string): string[] {
  const { resources, outputs = {} } = parseYaml(program) as { resources: Resources; outputs?: Record<string, string> };
  const declared = Object.entries(resources).flatMap(([name, { type, properties: given }]) => {
    const spec = schema.resources[type];
    if (spec === undefined) return [`${name} has the type ${type}, which is not in the schema`];
    const { inputProperties: properties, requiredInputs: required = [] } = spec;
    return ofObject(given, { properties, required }, name);
  });
  const read = [...program.matchAll(/\$\{(\w+)\.(\w+)\}/g)].filter(([, of = "", output = ""]) => {
    const { properties = {} } = schema.resources[resources[of]?.type ?? ""] ?? {};
    return output !== "id" && !(output in properties);
  });
  return [
    ...declared,
    ...read.map(([whole]) => `${whole} is not in the schema`),
    ...Object.keys(outputs).filter((key) => key === ""),
  ];
}

describe("examples/native", () => {
  const folder = join(root, "examples", "native");
  const programs = {
    go: "go/main.go",
    python: "python/__main__.py",
    typescript: "typescript/index.ts",
    yaml: "yaml/Pulumi.yaml",
  } as const;
  const program = (name: keyof typeof programs) => readFileSync(join(folder, programs[name]), "utf8");

  test("the stack has the types and the properties of the schema", () => {
    expect(problemsOfYaml(program("yaml"))).toEqual([]);
  });

  test.each([
    ["a property", "timeout:", "timeuot:", ["check lacks timeout", "check.timeuot is not in the schema"]],
    [
      "a type",
      "index:Target\n",
      "index:Targte\n",
      [
        "check has the type zitadel-actions:index:Targte, which is not in the schema",
        "${check.signingKey} is not in the schema",
      ],
    ],
    ["a value", "true", "3", ["check.restWebhook.interruptOnError is a number, not boolean"]],
    ["an output", "check.signingKey", "check.key", ["${check.key} is not in the schema"]],
  ])("a mistake in %s is found", (_what, before, after, found) => {
    expect(problemsOfYaml(program("yaml").replace(before, after))).toEqual(found);
  });

  /** The words of a program that name something of the schema, in Go's, Python's or TypeScript's spelling, as they are in the schema. */
  const wordsOf = (code: string) =>
    [...code.matchAll(/(\w+)(?="?[:=]\s*[^\s=:])/g)]
      .map(([, word = ""]) => word.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()))
      .map((word) => word.charAt(0).toLowerCase() + word.slice(1));

  test("the other languages set the same properties of the same types", () => {
    const known = [
      "endpoint",
      "timeout",
      "restWebhook",
      "interruptOnError",
      "condition",
      "request",
      "method",
      "targets",
    ];
    for (const name of ["go", "python", "typescript"] as const) {
      const code = program(name);
      expect(wordsOf(code)).toEqual(expect.arrayContaining(known));
      for (const type of ["Target", "Execution"]) expect(code).toMatch(new RegExp(`\\b(New)?${type}\\(`));
    }
  });

  test.each(Object.keys(programs))("%s has a project that names the plugin of the npm package", (name) => {
    const { name: project, plugins } = parseYaml(readFileSync(join(folder, name, "Pulumi.yaml"), "utf8")) as {
      name: string;
      plugins: object;
    };
    expect(project).toBe(`zitadel-actions-native-${name}`);
    expect(plugins).toEqual({ providers: [{ name: "zitadel-actions", path: `node_modules/${npmName}/plugin` }] });
  });

  test("Python's program is one that Python can read", () => {
    const python = execFileSync("sh", ["-c", "command -v python3 || true"], { encoding: "utf8" }).trim();
    if (python === "") return;
    const code = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
    execFileSync(python, ["-c", code, join(folder, programs.python)]);
  });
});
