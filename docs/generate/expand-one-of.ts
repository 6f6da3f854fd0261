import type { Type } from "typescript";
import { type Application, type Context, Converter, ReferenceType, ReflectionKind, UnionType } from "typedoc";

const helpers = ["OneOf", "SomeOf"];

/** A plugin: `OneOf<{ a: string; b: string }>` is shown as the objects that it stands for. */
export function load({ converter }: Pick<Application, "converter">): void {
  converter.on(
    Converter.EVENT_RESOLVE_BEGIN,
    (context: Context) => {
      const [program] = context.programs;
      if (program !== undefined) context.setActiveProgram(program);
      for (const alias of context.project.getReflectionsByKind(ReflectionKind.TypeAlias)) {
        if (!alias.isDeclaration() || !(alias.type instanceof ReferenceType) || alias.parent === undefined) continue;
        const symbol = context.getSymbolFromReflection(alias);
        if (!helpers.includes(alias.type.name) || symbol === undefined) continue;
        const type = context.checker.getDeclaredTypeOfSymbol(symbol);
        const types = type.isUnion() ? type.types.toSorted((one, other) => placeOf(one) - placeOf(other)) : [type];
        const within = context.withScope(alias.parent).withScope(alias);
        alias.type = new UnionType(types.map((one) => converter.convertType(within, one)));
      }
    },
    100,
  );
}

/** Where the one property is declared that an object has: the compiler keeps no order among alternatives. */
function placeOf(type: Type): number {
  const declared = type.getProperties().flatMap(({ declarations = [] }) => declarations);
  return Math.min(...declared.map(({ pos }) => pos));
}
