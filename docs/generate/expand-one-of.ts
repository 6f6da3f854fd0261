import { type Type, TypeFlags } from "typescript";
import {
  type Application,
  type Context,
  Converter,
  DeclarationReflection,
  ReferenceType,
  ReflectionKind,
  ReflectionType,
  type SomeType,
  UnionType,
} from "typedoc";

const helpers = ["Exactly", "OneOf", "Only", "SomeOf"];

/** A plugin: `OneOf<{ a: string; b: string }>` is shown as the objects that it stands for, also where it is within another. */
export function load({ converter }: Pick<Application, "converter">): void {
  converter.on(
    Converter.EVENT_RESOLVE_BEGIN,
    (context: Context) => {
      const [program] = context.programs;
      if (program !== undefined) context.setActiveProgram(program);
      for (const alias of context.project.getReflectionsByKind(ReflectionKind.TypeAlias)) {
        if (!alias.isDeclaration() || !isHelper(alias.type) || alias.parent === undefined) continue;
        const symbol = context.getSymbolFromReflection(alias);
        if (symbol === undefined) continue;
        const within = context.withScope(alias.parent).withScope(alias);
        alias.type = expand(within, context.checker.getDeclaredTypeOfSymbol(symbol));
      }
    },
    100,
  );
}

function isHelper(type: SomeType | undefined): boolean {
  return type instanceof ReferenceType && helpers.includes(type.name);
}

function expand(context: Context, type: Type): UnionType {
  const types = (type.isUnion() ? type.types : [type]).filter((one) => !isMarker(one));
  return new UnionType(
    types.toSorted((one, other) => placeOf(one) - placeOf(other)).map((one) => object(context, one)),
  );
}

/** The properties that an object has, without those that are ruled out: `service?: never`. */
function object(context: Context, type: Type): SomeType {
  const { checker, converter, project } = context;
  const declaration = new DeclarationReflection("__type", ReflectionKind.TypeLiteral, context.scope);
  project.registerReflection(declaration, undefined, undefined);
  for (const symbol of type.getProperties()) {
    const inner = checker.getTypeOfSymbol(symbol);
    if ((checker.getNonNullableType(inner).flags & TypeFlags.Never) !== 0) continue;
    converter.convertSymbol(context.withScope(declaration), symbol);
    const property = declaration.getChildByName([symbol.name]);
    if (property?.isDeclaration() === true && isHelper(property.type)) property.type = expand(context, inner);
  }
  return new ReflectionType(declaration);
}

/** Whether a type is there for the compiler's messages alone. */
function isMarker(type: Type): boolean {
  return type.getProperties().some(({ name }) => name.startsWith("__@setExactlyOne"));
}

/** Where the one property is declared that an object has: the compiler keeps no order among alternatives. */
function placeOf(type: Type): number {
  const declared = type.getProperties().flatMap(({ declarations = [] }) => declarations);
  return Math.min(...declared.map(({ pos }) => pos));
}
