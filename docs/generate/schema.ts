import { format, type Options } from "prettier";
import type { Document } from "./documents.ts";
import type { Model } from "./model.ts";
import { makeSchema } from "./schema/package.ts";

/** The native provider's schema, and the same example in every language. */
export async function makeNative(model: Model, style: Options): Promise<Document[]> {
  const { schema } = await makeSchema(model, style);
  const text = await format(JSON.stringify(schema), { ...style, parser: "json" });
  return [{ path: "native/schema.json", text }];
}
