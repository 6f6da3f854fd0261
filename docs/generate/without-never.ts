import { type Application, type Context, Converter, IntrinsicType, ReflectionKind } from "typedoc";

const nothing = ["never", "undefined"];

/** A plugin: in `{ method: string; service?: never }` only `method` is something to be told of. */
export function load({ converter }: Pick<Application, "converter">): void {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      if (!property.isDeclaration() || !(property.type instanceof IntrinsicType)) continue;
      if (property.flags.isOptional && nothing.includes(property.type.name)) project.removeReflection(property);
    }
  });
}
