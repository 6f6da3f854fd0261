import type { Comment, DeclarationReflection, ParameterReflection } from "typedoc";
import { fenced, type Linked, markdown, tags } from "./comments.ts";
import { exported, type Reference } from "./reference.ts";
import { fieldsOf, isOptional, type Member, type Shape, shapeOf, textOf } from "./shapes.ts";

/** One property, as its doc comment has it; all texts are Markdown. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly shape: Shape;
  readonly optional: boolean;
  /** Whether it is one of several of which exactly one is given. */
  readonly choice: boolean;
  readonly summary: string;
  readonly default: string | undefined;
  readonly change: string | undefined;
  readonly fails: readonly string[];
  readonly secret: boolean;
  /** The properties of its value, where that is an object. */
  readonly fields: readonly Field[];
}

export interface Example {
  readonly title: string;
  /** The fence and what is in it. */
  readonly fence: string;
}

/** A function or method that programs call. */
export interface Callable {
  readonly name: string;
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly summary: string;
    readonly fields: readonly Field[];
  }[];
  readonly throws: readonly string[];
  readonly examples: readonly Example[];
}

export interface Resource {
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly Example[];
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  readonly get: Callable;
  readonly source: readonly string[];
}

/** Where the properties are declared that all resources have. */
const shared = /^(ZitadelResource|InstanceArgs)\./;

/** Reads what pages are made of. */
export class Model {
  private readonly reference: Reference;
  private readonly entry: string;
  private readonly linked: Linked;

  constructor(reference: Reference, entry: string, linked: Linked) {
    this.reference = reference;
    this.entry = entry;
    this.linked = linked;
  }

  resource(name: string): Resource {
    const declared = this.named(name);
    const { comment, children = [] } = declared;
    const method = children.find((child) => child.name === "get");
    if (method === undefined) throw new Error(`${name} has no get`);
    return {
      name,
      summary: this.summary(comment),
      examples: this.examples(comment),
      inputs: ordered(this.fields(this.named(`${name}Args`))),
      outputs: this.fields(declared),
      get: this.callable(method),
      source: this.texts(comment, "@see"),
    };
  }

  function(name: string): Callable {
    return this.callable(this.named(name));
  }

  /** The properties of an interface, or of the objects of a type. */
  fieldsOf(name: string): readonly Field[] {
    return this.fields(this.named(name));
  }

  private named(name: string): DeclarationReflection {
    return exported(this.reference, this.entry, name);
  }

  private fields(declared: DeclarationReflection): Field[] {
    // What all resources share comes last.
    const isShared = ({ property }: Member) => Number(shared.test(property.inheritedFrom?.name ?? ""));
    return fieldsOf(declared)
      .toSorted((one, other) => isShared(one) - isShared(other))
      .map(({ property, choice }) => this.field(property, choice));
  }

  private field(property: DeclarationReflection, choice: boolean): Field {
    const { name, comment, type } = property;
    return {
      name,
      type: textOf(type),
      shape: shapeOf(type),
      optional: property.flags.isOptional || isOptional(type),
      choice,
      summary: this.summary(comment),
      default: this.texts(comment, "@default")[0],
      change: this.texts(comment, "@change")[0],
      fails: this.texts(comment, "@fails"),
      secret: comment?.hasModifier("@secret") ?? false,
      fields: fieldsOf(type).map((inner) => this.field(inner.property, inner.choice)),
    };
  }

  private callable({ name, signatures = [] }: DeclarationReflection): Callable {
    const [{ comment, parameters = [] } = {}] = signatures;
    return {
      name,
      summary: this.summary(comment),
      parameters: parameters.map((parameter) => this.parameter(parameter)),
      throws: this.texts(comment, "@throws"),
      examples: this.examples(comment),
    };
  }

  private parameter({ name, comment, type }: ParameterReflection): Callable["parameters"][number] {
    const fields = fieldsOf(type).map(({ property, choice }) => this.field(property, choice));
    return { name, summary: this.summary(comment), fields };
  }

  private summary(comment: Comment | undefined): string {
    return markdown(comment?.summary ?? [], this.linked);
  }

  private texts(comment: Comment | undefined, tag: `@${string}`): string[] {
    return tags(comment, tag).map(({ content }) => markdown(content, this.linked));
  }

  private examples(comment: Comment | undefined): Example[] {
    return tags(comment, "@example").map(({ name: title = "", content }) => {
      const fence = fenced(content);
      if (fence === undefined) throw new Error(`the example ${JSON.stringify(title)} has no code between fences`);
      return { title, fence };
    });
  }
}

/** Those that must be given first, then those of which one must. */
function ordered(fields: readonly Field[]): Field[] {
  const rank = ({ optional, choice }: Field): number => (choice ? 1 : optional ? 2 : 0);
  return [...fields].sort((one, other) => rank(one) - rank(other));
}
