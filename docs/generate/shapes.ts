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
