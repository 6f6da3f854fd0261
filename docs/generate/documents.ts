import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { format, type Options } from "prettier";
import type { SomeType } from "typedoc";
import { lookupsPage } from "./lookups-page.ts";
import { moreExamples } from "./marked.ts";
import { Model, type Resource } from "./model.ts";
import { makeNative } from "./schema.ts";
import { exported, type Reference, root } from "./reference.ts";
import { resourcePage } from "./resource-page.ts";
import { makeVocabulary, makeWebhookVocabulary, vocabularyFile, webhookVocabularyFile } from "./vocabulary.ts";

const entry = "pulumi-zitadel-actions";
const folder = "docs/resources";

/** Each resource with its page and the files that declare it. */
const resources = {
  ZitadelTarget: { page: "target.md", source: "provider/target/args.ts and provider/dynamic/target.ts" },
  ZitadelExecution: { page: "execution.md", source: "provider/execution/args.ts and provider/dynamic/execution.ts" },
  ZitadelTargetPublicKey: {
    page: "public-key.md",
    source: "provider/public-key/args.ts and provider/dynamic/public-key.ts",
  },
} as const;

const lookups = {
  page: "lookups.md",
  source: "provider/lookup/lookups.ts",
  functions: [
    "getTarget",
    "listTargets",
    "listExecutions",
    "listExecutionFunctions",
    "listExecutionMethods",
    "listExecutionServices",
  ],
  results: ["TargetResult", "ExecutionResult"],
} as const;

export interface Document {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** What the doc comments say of each resource, for tests to hold against the code. */
export function readResources(reference: Reference): Resource[] {
  const model = new Model(reference, entry, places(reference));
  return Object.keys(resources).map((name) => model.resource(name));
}

/** Everything that is generated: documents from doc comments, and the types of the words of conditions. */
export async function makeDocuments(reference: Reference): Promise<Document[]> {
  const model = new Model(reference, entry, places(reference));
  const all = readResources(reference).map((resource) => ({ resource, ...placeOf(resource) }));
  const documents = [
    ...all.map(({ resource, page, source }) => {
      const path = `${folder}/${page}`;
      return { path, text: resourcePage(resource, source, moreExamples(path, pageAt(path))) };
    }),
    {
      path: `${folder}/${lookups.page}`,
      text: lookupsPage(
        {
          functions: lookups.functions.map((name) => model.function(name)),
          results: Object.fromEntries(lookups.results.map((name) => [name, model.fieldsOf(name)])),
        },
        lookups.source,
      ),
    },
  ];
  return [
    ...(await Promise.all(documents.map(pretty))),
    ...(await makeNative(new Model(reference, entry, () => undefined), style())),
    { path: vocabularyFile, text: makeVocabulary() },
    { path: webhookVocabularyFile, text: makeWebhookVocabulary() },
  ];
}

function pageAt(path: string): string | undefined {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Formats as `npm run lint` demands, and also wraps lines. */
async function pretty({ path, text }: Document): Promise<Document> {
  return { path, text: await format(text, { ...style(), proseWrap: "always", parser: "markdown" }) };
}

function style(): Options {
  return JSON.parse(readFileSync(join(root, ".prettierrc.json"), "utf8")) as Options;
}

function placeOf({ name }: Resource): { page: string; source: string } {
  return resources[name as keyof typeof resources];
}

/** Where names in a text lead to: error codes to what to do about them, resources and lookups to their pages. */
function places(reference: Reference): (name: string) => string | undefined {
  const codes = wordsOf(exported(reference, entry, "ErrorCode").type);
  return (name) => {
    if (name in resources) return resources[name as keyof typeof resources].page;
    if ((lookups.functions as readonly string[]).includes(name)) return `${lookups.page}#${name.toLowerCase()}`;
    return codes.includes(name) ? `../troubleshooting.md#${name}` : undefined;
  };
}

function wordsOf(type: SomeType | undefined): string[] {
  if (type?.type !== "union") return [];
  return type.types.flatMap((one) => (one.type === "literal" && typeof one.value === "string" ? [one.value] : []));
}
