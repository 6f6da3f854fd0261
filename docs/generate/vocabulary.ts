import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./reference.ts";

/** The file with the types of the words that a real server knows. */
export const vocabularyFile = "provider/execution/vocabulary.ts";

const source = "local/zitadel/executions";

/** Its text, from the words that the mock server knows too. */
export function makeVocabulary(): string {
  const methods = read("methods.json") as Record<string, string[]>;
  const services = Object.entries(methods).map(([service, names]) => `  "${service}":\n${union(names)};`);
  return `// Made by \`npm run docs\` from ${source}/methods.json and event-types.json: change it there.

/** The services of ZITADEL's API that can trigger executions, each with its methods. */
interface Methods {
${services.join("\n")}
}

/** A service of ZITADEL's API. */
export type Service = keyof Methods;

/** A full method of ZITADEL's API. */
export type Method = { [Name in Service]: \`/\${Name}/\${Methods[Name]}\` }[Service];

/** A function of ZITADEL that can trigger an execution. */
export type FunctionName = "preuserinfo" | "preaccesstoken" | "presamlresponse";

/** The type of an event. */
export type EventType =
${union(read("event-types.json") as string[])};

/** The beginning of the types of events. */
export type EventGroup = GroupOf<EventType>;

type GroupOf<Type> = Type extends \`\${infer First}.\${infer Rest}\` ? First | \`\${First}.\${GroupOf<Rest>}\` : never;
`;
}

/** The file with the same words for receivers, which load nothing of the provider. */
export const webhookVocabularyFile = "webhook/vocabulary.ts";

/** Its text. */
export function makeWebhookVocabulary(): string {
  const methods = Object.entries(read("methods.json") as Record<string, string[]>);
  return `// Made by \`npm run docs\` from ${source}/methods.json and event-types.json: change it there.

/** The methods of each service of ZITADEL's API. */
export const methods: Readonly<Record<string, string>> = {
${methods.map(([service, names]) => `  "${service}":\n    "${names.join(" ")}",`).join("\n")}
};

/** The types of events. */
export const eventTypes =
  "${(read("event-types.json") as string[]).join(" ")}";
`;
}

/** A union of words, in lines that are not too long: one word for each line would be 1,500 lines. */
function union(words: readonly string[]): string {
  const lines: string[] = [];
  let line = "   ";
  for (const word of words) {
    const next = ` | "${word}"`;
    if (line.length + next.length > 128) {
      lines.push(line);
      line = "   ";
    }
    line += next;
  }
  return [...lines, line].join("\n");
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(root, source, name), "utf8"));
}
