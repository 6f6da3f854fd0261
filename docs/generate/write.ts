// Writes what is generated: the types of the words of conditions, and the documents that are made from doc comments: `npm run docs`.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeDocuments } from "./documents.ts";
import { readReference, root } from "./reference.ts";

for (const { path, text } of await makeDocuments(await readReference())) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
