import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "prettier";
import type { Field, Model } from "../model.ts";
import { root } from "../reference.ts";
import { exampleSection } from "./examples.ts";
import type { TypeOf } from "./languages/go.ts";
import { names } from "./names.ts";
import type { Declaration } from "./program.ts";
import { readSettings } from "./settings.ts";
import { native, type ObjectSpec, packageName, tokenOf, Types } from "./types.ts";

interface ResourceSpec extends ObjectSpec {
  readonly inputProperties: ObjectSpec["properties"];
  readonly requiredInputs?: readonly string[];
  readonly aliases: readonly { readonly type: string }[];
}

interface FunctionSpec {
  readonly description: string;
  readonly inputs: ObjectSpec;
  readonly outputs: ObjectSpec;
}

/** Each resource, with the class that has its doc comments. */
const classes: Readonly<Record<Declaration["type"], string>> = {
  Target: "ZitadelTarget",
  Execution: "ZitadelExecution",
  TargetPublicKey: "ZitadelTargetPublicKey",
};

/** Pulumi's schema of the native provider, with everything that the doc comments say. */
export async function makeSchema(model: Model, style: Options) {
  const types = new Types();
  const settings = readSettings();
  const bare = Object.entries(classes).map(([name, source]) => {
    const { summary, inputs, outputs } = model.resource(source);
    return { name: name as Declaration["type"], summary, spec: resource(name, inputs, outputs, types) };
  });
  const typeOf = typesIn(types, Object.fromEntries(bare.map(({ name, spec }) => [name, spec.inputProperties])));
  const resources: Record<string, ResourceSpec> = {};
  for (const { name, summary, spec } of bare)
    resources[tokenOf(name)] = {
      description: `${native(summary)}\n\n${await exampleSection(name, typeOf, style)}`,
      ...spec,
    };
  const functions = makeFunctions(model, types);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const schema = {
    name: packageName,
    displayName: "ZITADEL Actions",
    version,
    description: "Targets, executions and public keys of ZITADEL Actions v2.",
    keywords: ["pulumi", "zitadel", "actions", "webhook", "category/infrastructure", "kind/native"],
    license: "Apache-2.0",
    meta: { supportPack: true },
    language: {
      nodejs: { packageName: names.nodejs, respectSchemaVersion: true },
      python: {
        ...{ packageName: names.python, respectSchemaVersion: true },
        ...{ inputTypes: "classes-and-dicts", pyproject: { enabled: true } },
      },
      go: { importBasePath: names.goImport, respectSchemaVersion: true, generateResourceContainerTypes: true },
      csharp: { namespaces: { [packageName]: "ZitadelActions" }, respectSchemaVersion: true },
    },
    config: { variables: settings.variables },
    types: { ...types.all, ...settings.types },
    provider: {
      description:
        "The settings of the provider. A setting that is left out of the stack configuration comes from its environment variable. A provider resource takes nothing from the environment.",
      inputProperties: settings.variables,
      type: "object",
    },
    resources,
    functions,
  };
  return { schema, typeOf };
}

function resource(name: string, inputs: readonly Field[], outputs: readonly Field[], types: Types) {
  const given = types.ofResource(name, inputs);
  const got = types.object(name, outputs);
  const literals = inputs.flatMap((input) => defaultOf(input, got.required ?? []));
  const inputProperties = Object.fromEntries(
    Object.entries(given.properties).map(([key, property]) => {
      const [, literal] = literals.find(([one]) => one === key) ?? [];
      return [key, { ...property, ...(literal !== undefined && { default: literal }) }];
    }),
  );
  return {
    ...{ type: "object", ...got, inputProperties },
    ...(given.required !== undefined && { requiredInputs: given.required }),
    aliases: [{ type: `pulumi-nodejs:dynamic/zitadel:${name}` }],
  } satisfies ResourceSpec;
}

/** A default that the provider fills in, so that the output always has it. SDKs fill in the defaults of the schema. */
function defaultOf({ name, default: text = "" }: Field, always: readonly string[]): [string, string | boolean][] {
  const [, literal] = /^`([^`]+)`/.exec(text) ?? [];
  if (literal === undefined || !always.includes(name)) return [];
  return [[name, literal === "true" ? true : literal]];
}

function typesIn(types: Types, resources: Readonly<Record<string, ObjectSpec["properties"]>>): TypeOf {
  return (owner, property) => {
    const type = types.all[tokenOf(owner)];
    const properties = resources[owner] ?? (type !== undefined && "properties" in type ? type.properties : {});
    const found = properties[property];
    if (found === undefined) throw new Error(`an example sets ${owner}.${property}, which is not in the schema`);
    return found;
  };
}

/** The functions. `getTarget` and `listTargets` leave the signing key out: a secret makes a whole result secret. */
function makeFunctions(model: Model, types: Types): Readonly<Record<string, FunctionSpec>> {
  const withoutKey = model.fieldsOf("TargetResult").filter(({ secret }) => !secret);
  const key = model.fieldsOf("TargetResult").filter(({ secret }) => secret);
  const target = types.define("TargetResult", "A target on the instance.", withoutKey);
  const execution = types.define("ExecutionResult", "An execution on the instance.", model.fieldsOf("ExecutionResult"));
  const listOf = (
    name: string,
    description: string,
    items: typeof target | { readonly type: "string" },
  ): ObjectSpec => ({
    ...{ type: "object", properties: { [name]: { type: "array", items, description } }, required: [name] },
  });
  const words = (kind: string) => listOf("names", `The names of the ${kind}.`, { type: "string" });
  const function_ = (name: string, outputs: ObjectSpec, owner = "", summary?: string): [string, FunctionSpec] => {
    const callable = model.function(name);
    const fields = callable.parameters.flatMap((parameter) => parameter.fields);
    const inputs: ObjectSpec = { type: "object", ...types.object(owner, fields) };
    return [tokenOf(name), { description: native(summary ?? callable.summary), inputs, outputs }];
  };
  const keySummary = "Finds the signing key of one target, by the target's id or its exact name, with one request.";
  const [, getKey] = function_("getTarget", { type: "object", ...types.object("", key) }, "", keySummary);
  return Object.fromEntries([
    function_("getTarget", { type: "object", ...types.object("TargetResult", withoutKey) }),
    [tokenOf("getTargetSigningKey"), getKey],
    function_("listTargets", listOf("targets", "The targets, oldest first.", target), "ListTargets"),
    function_("listExecutions", listOf("executions", "The executions, sorted by id.", execution), "ListExecutions"),
    function_("listExecutionFunctions", words("functions")),
    function_("listExecutionMethods", words("methods")),
    function_("listExecutionServices", words("services")),
  ]);
}
