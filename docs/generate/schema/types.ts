import type { Field } from "../model.ts";
import type { Shape } from "../shapes.ts";

/** A type in Pulumi's package schema. */
export type TypeSpec =
  | { readonly type: "string" | "boolean" | "integer" }
  | { readonly type: "array"; readonly items: TypeSpec }
  | { readonly type: "object"; readonly additionalProperties: TypeSpec }
  | { readonly $ref: string };

export type PropertySpec = TypeSpec & {
  readonly description: string;
  readonly default?: string | boolean;
  readonly secret?: true;
};

export interface ObjectSpec {
  readonly description?: string;
  readonly type: "object";
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly required?: readonly string[];
}

export interface EnumSpec {
  readonly description: string;
  readonly type: "string";
  readonly enum: readonly { readonly name: string; readonly value: string }[];
}

export const packageName = "zitadel-actions";

export function tokenOf(name: string): string {
  return `${packageName}:index:${name}`;
}

/** The object and enum types of the package. The type of a nested property is called by its path: `TargetRestWebhook`. */
export class Types {
  readonly all: Record<string, ObjectSpec | EnumSpec> = {};
  /** The types of the resources' own properties. A function's property of the same name has the same type. */
  private readonly shared = new Map<string, string>();

  /** The properties of a resource: the inputs, which say the most of each type, must come first. */
  ofResource(name: string, fields: readonly Field[]): Pick<ObjectSpec, "properties" | "required"> {
    const object = this.object(name, fields);
    for (const field of fields) {
      const token = tokenOf(name + capitalized(field.name));
      if (token in this.all) this.shared.set(field.name, token);
    }
    return object;
  }

  /** The properties of an object, and which of them are always there. */
  object(owner: string, fields: readonly Field[]): Pick<ObjectSpec, "properties" | "required"> {
    const required = fields.filter(({ choice, optional }) => !choice && !optional).map(({ name }) => name);
    return {
      properties: Object.fromEntries(fields.map((field) => [field.name, this.property(owner, field)])),
      ...(required.length > 0 && { required }),
    };
  }

  /** A named object type. */
  define(name: string, description: string, fields: readonly Field[]): TypeSpec {
    this.all[tokenOf(name)] = { description, type: "object", ...this.object(name, fields) };
    return reference(tokenOf(name));
  }

  private property(owner: string, field: Field): PropertySpec {
    return {
      ...this.type(owner, field, field.shape),
      description: describe(field),
      ...(field.secret && { secret: true }),
    };
  }

  private type(owner: string, field: Field, shape: Shape): TypeSpec {
    switch (shape.kind) {
      case "string":
      case "boolean":
        return { type: shape.kind };
      case "any":
        return { $ref: "pulumi.json#/Any" };
      case "list":
        return { type: "array", items: this.type(owner, { ...field, name: field.name.replace(/s$/, "") }, shape.of) };
      default:
        return this.named(owner, field, shape);
    }
  }

  private named(owner: string, field: Field, shape: Shape): TypeSpec {
    const token = this.shared.get(field.name) ?? tokenOf(owner + capitalized(field.name));
    if (token in this.all) return reference(token);
    const description = native(field.summary);
    if (shape.kind === "words") this.all[token] = { description, type: "string", enum: enumOf(shape.words) };
    else
      this.all[token] = { description, type: "object", ...this.object(token.slice(tokenOf("").length), field.fields) };
    return reference(token);
  }
}

export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A text of the doc comments, with the names that resources have in this package. */
export function native(text: string): string {
  return text
    .replaceAll("Each is a `ZitadelTarget` or an id.", "Each is the id of a target.")
    .replaceAll("a ZitadelExecution", "an execution")
    .replaceAll(/\bZitadel(Target|Execution|TargetPublicKey)\b/g, "$1");
}

/** Everything that a doc comment says of a property. */
function describe({ summary, change, fails, default: otherwise }: Field): string {
  const facts = [
    ...(otherwise === undefined ? [] : [`Default: ${otherwise}.`]),
    ...(change === undefined ? [] : [`A change ${change}.`]),
    ...fails.map((when) => `Fails ${when}.`),
  ];
  return native([summary, ...facts].join("\n\n"));
}

function reference(token: string): TypeSpec {
  return { $ref: `#/types/${token}` };
}

/** `PAYLOAD_TYPE_JSON` is called `Json` if all words begin with `PAYLOAD_TYPE_`. */
function enumOf(words: readonly string[]): EnumSpec["enum"] {
  const [first = ""] = words;
  const prefixes = first.split("_").map((_, index, parts) => parts.slice(0, index).join("_") + (index > 0 ? "_" : ""));
  const prefix = prefixes.findLast((one) => words.every((word) => word.startsWith(one))) ?? "";
  return words.map((value) => ({ name: nameOf(value.slice(prefix.length)), value }));
}

function nameOf(word: string): string {
  if (!/^[A-Z_]+$/.test(word)) return capitalized(word);
  return word
    .split("_")
    .map((part) => part.charAt(0) + part.slice(1).toLowerCase())
    .join("");
}
