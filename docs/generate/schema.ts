import { format, type Options } from "prettier";
import type { Document } from "./documents.ts";
import type { Model } from "./model.ts";
import { inEveryLanguage, stack } from "./schema/examples.ts";
import { makeSchema } from "./schema/package.ts";

/** The native provider's schema, and the programs in examples/native: the same stack in every language. */
export async function makeNative(model: Model, style: Options): Promise<Document[]> {
  const { schema, typeOf } = await makeSchema(model, style);
  const programs = await inEveryLanguage(stack, typeOf, style);
  const folder = "examples/native";
  return [
    { path: "native/schema.json", text: await format(JSON.stringify(schema), { ...style, parser: "json" }) },
    { path: `${folder}/go/main.go`, text: programs.go },
    { path: `${folder}/python/__main__.py`, text: programs.python },
    { path: `${folder}/typescript/index.ts`, text: programs.typescript },
    { path: `${folder}/yaml/Pulumi.yaml`, text: `${yamlProject}\n${programs.yaml}` },
  ];
}

const yamlProject = `name: zitadel-actions-native-yaml
description: A target and an execution of ZITADEL Actions v2, in YAML
runtime: yaml
plugins:
  providers:
    - name: zitadel-actions
      path: node_modules/pulumi-zitadel-actions/plugin
`;
