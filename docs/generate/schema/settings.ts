import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { SettingKey } from "../../../provider/settings/names.ts";
import { root } from "../reference.ts";
import { type ObjectSpec, type PropertySpec, tokenOf, type TypeSpec } from "./types.ts";

const source = "provider/settings/names.ts";

/** The types of the settings that are no strings. */
const types: Partial<Record<SettingKey, TypeSpec>> = {
  port: { type: "integer" },
  insecure: { type: "boolean" },
  maxConcurrentWrites: { type: "integer" },
  transportHeaders: { type: "object", additionalProperties: { type: "string" } },
};

export interface Settings {
  /** Of the provider. */
  readonly variables: Readonly<Record<string, PropertySpec>>;
  readonly types: Readonly<Record<string, ObjectSpec>>;
}

/** The settings of the provider, from the doc comments in provider/settings/names.ts. */
export function readSettings(): Settings {
  const variables = Object.fromEntries(declared().map((one) => [one.name, setting(one)]));
  const instance = tokenOf("Instance");
  const description = "More instances: from each name to the same settings. A resource names one with `instance`.";
  return {
    variables: {
      ...variables,
      instances: {
        ...{ type: "object", additionalProperties: { $ref: `#/types/${instance}` } },
        ...{ description: `${description} Their credentials never come from the environment.`, secret: true },
      },
    },
    types: {
      [instance]: {
        ...{ description: "The settings of one of several instances.", type: "object" },
        properties: Object.fromEntries(declared().map((one) => [one.name, setting({ ...one, variable: undefined })])),
      },
    },
  };
}

interface Declared {
  readonly name: SettingKey;
  readonly summary: string;
  readonly variable: string | undefined;
  readonly isSecret: boolean;
}

function setting({ name, summary, variable, isSecret }: Declared): PropertySpec {
  return {
    ...(types[name] ?? { type: "string" }),
    description: variable === undefined ? summary : `${summary} Environment variable: \`${variable}\`.`,
    ...(isSecret && { secret: true }),
  };
}

function declared(): Declared[] {
  const file = ts.createSourceFile(source, readFileSync(join(root, source), "utf8"), ts.ScriptTarget.Latest, true);
  const found: Declared[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === "declared") {
      const { initializer } = node;
      if (initializer !== undefined) ts.forEachChild(literalIn(initializer), (one) => void found.push(read(one)));
    } else ts.forEachChild(node, visit);
  };
  visit(file);
  if (found.length === 0) throw new Error(`${source} declares no settings`);
  return found;
}

/** Without `as const satisfies …`. */
function literalIn(node: ts.Expression): ts.Expression {
  return ts.isSatisfiesExpression(node) || ts.isAsExpression(node) ? literalIn(node.expression) : node;
}

function read(node: ts.Node): Declared {
  if (!ts.isPropertyAssignment(node)) throw new Error(`${source}: ${node.getText()} is not a setting`);
  const name = node.name.getText();
  const [comment] = ts.getJSDocCommentsAndTags(node);
  const summary = ts.isJSDoc(comment ?? node) ? ts.getTextOfJSDocComment(comment?.comment) : undefined;
  if (summary === undefined) throw new Error(`${source}: the setting ${name} has no doc comment`);
  const text = node.initializer.getText();
  const [, variable] = /\bvariable: "(\w+)"/.exec(text) ?? [];
  return { name: name as SettingKey, summary, variable, isSecret: text.includes("isSecret: true") };
}
