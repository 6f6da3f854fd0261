// Prints, for tests, what TypeDoc has against the public surface, what doc comments say of resources, and what is made of it; or,
// where another file of TypeDoc's options is given, what it has against that.
import { type Document, makeDocuments, readResources } from "./documents.ts";
import { type Code, readExamples } from "./examples.ts";
import type { Resource } from "./model.ts";
import { readReference } from "./reference.ts";

export interface Printed {
  readonly warnings: readonly string[];
  readonly examples: readonly Code[];
  readonly resources: readonly Resource[];
  readonly documents: readonly Document[];
}

const [options] = process.argv.slice(2);
const reference = await readReference(options);
const { warnings } = reference;
const examples = readExamples(reference);
const printed: Printed =
  options === undefined
    ? { warnings, examples, resources: readResources(reference), documents: await makeDocuments(reference) }
    : { warnings, examples, resources: [], documents: [] };
process.stdout.write(JSON.stringify(printed));
