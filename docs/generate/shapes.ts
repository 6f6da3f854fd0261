import { DeclarationReflection, ReferenceType, ReflectionKind, type SomeType } from "typedoc";

/** A property of an object, and whether it is one of several of which exactly one is given. */
export interface Member {
  readonly property: DeclarationReflection;
  readonly choice: boolean;
}

/** Pulumi's wrappers: what is in them is what a program gives or gets. */
const wrappers = new Set(["Input", "Output", "OutputInstance", "Promise", "Readonly"]);
/** What is not worth a name. */
const texts = new Map([
  ["Record", "object"],
  ["Unwrap", "object"],
  ["UnwrappedObject", "object"],
  ["NoOptions", "object"],
  ["Open", "string"],
]);
/** What is there for the compiler's messages alone. */
const markers = new Set(["NotOneOf"]);

/** Without the namespace that it was imported with. */
function nameOf({ name }: ReferenceType): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function isMarker(type: SomeType): boolean {
  return type instanceof ReferenceType && markers.has(nameOf(type));
}

/** What a name of the package stands for; other types are what they are. */
function resolved(type: SomeType | undefined): SomeType | DeclarationReflection | undefined {
  if (!(type instanceof ReferenceType)) return type;
  const [inner] = type.typeArguments ?? [];
  if (wrappers.has(nameOf(type)) && inner !== undefined) return resolved(inner);
  const { reflection } = type;
  if (!(reflection instanceof DeclarationReflection)) return type;
  return reflection.kindOf(ReflectionKind.TypeAlias) ? resolved(reflection.type) : reflection;
}

/** The properties of the objects that a type allows, each once. */
export function fieldsOf(declared: SomeType | DeclarationReflection | undefined): Member[] {
  const what = declared instanceof DeclarationReflection ? declared : resolved(declared);
  if (what instanceof DeclarationReflection) {
    if (what.kindOf(ReflectionKind.TypeAlias)) return fieldsOf(what.type);
    const properties = what.children?.filter((child) => child.kindOf(ReflectionKind.Property)) ?? [];
    return properties.map((property) => ({ property, choice: false }));
  }
  switch (what?.type) {
    case "reflection":
      return fieldsOf(what.declaration);
    case "array":
      return fieldsOf(what.elementType);
    case "intersection":
      return what.types.flatMap(fieldsOf);
    case "union": {
      const members = what.types
        .filter((one) => !isMarker(one))
        .map(fieldsOf)
        .filter((each) => each.length > 0);
      return members.flat().map(({ property }) => ({ property, choice: members.length > 1 }));
    }
    default:
      return [];
  }
}

/** The type as a reader of a page wants it: without Pulumi's wrappers, with the words that it allows. */
export function textOf(type: SomeType | undefined): string {
  const what = resolved(type);
  if (what instanceof DeclarationReflection) return "object";
  switch (what?.type) {
    case "typeOperator":
      return textOf(what.target);
    case "array":
      return `list of ${textOf(what.elementType)}`;
    case "union": {
      const texts = new Set(what.types.map(textOf).filter((text) => text !== "undefined"));
      return [...texts].join(" or ");
    }
    case "reference":
      return texts.get(nameOf(what)) ?? nameOf(what);
    case "reflection":
    case "intersection":
      return "object";
    case "intrinsic":
      return what.name === "unknown" ? "any value" : what.name;
    default:
      return what === undefined ? "" : `\`${what.toString()}\``;
  }
}

/** What kind of value a type is. A program gives or gets the value within Pulumi's wrappers. */
export type Shape =
  | { readonly kind: "any" | "string" | "boolean" | "object" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "list"; readonly of: Shape };

export function shapeOf(type: SomeType | undefined): Shape {
  const what = resolved(type);
  if (what instanceof DeclarationReflection) return { kind: "object" };
  switch (what?.type) {
    case "typeOperator":
      return shapeOf(what.target);
    case "array":
      return { kind: "list", of: shapeOf(what.elementType) };
    case "union":
      return shapeOfUnion(what.types);
    case "literal":
      return typeof what.value === "string" ? { kind: "words", words: [what.value] } : { kind: "boolean" };
    case "reference":
      return { kind: texts.get(nameOf(what)) === "string" ? "string" : "object" };
    case "intrinsic":
      return { kind: what.name === "string" || what.name === "boolean" ? what.name : "any" };
    default:
      return { kind: "object" };
  }
}

/** Of a string or an object, only the string exists in every language. */
function shapeOfUnion(types: readonly SomeType[]): Shape {
  const shapes = types.filter((one) => !isUndefined(one)).map(shapeOf);
  const words = shapes.flatMap((shape) => (shape.kind === "words" ? shape.words : []));
  if (words.length === shapes.length) return { kind: "words", words };
  return shapes.find(({ kind }) => kind === "string") ?? shapes[0] ?? { kind: "any" };
}

function isUndefined(type: SomeType): boolean {
  return type.type === "intrinsic" && type.name === "undefined";
}

/** Whether the value can be missing. */
export function isOptional(type: SomeType | undefined): boolean {
  const what = resolved(type);
  return !(what instanceof DeclarationReflection) && what?.type === "union" && what.types.some(isUndefined);
}
