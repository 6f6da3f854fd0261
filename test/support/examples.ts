import { readdirSync } from "node:fs";
import { join } from "node:path";
import { read, root, snippets } from "./documents";

/** The examples that are Pulumi projects of the dynamic provider, by name. */
export const examples: readonly string[] = readdirSync(join(root, "examples"))
  .filter((name) => !["native", "pipelines"].includes(name) && !name.includes("."))
  .sort();

/** What an example's README tells its reader to run first. */
export interface Instructions {
  /** The packages that its `npm install` names. */
  readonly packages: readonly string[];
  /** What its `pulumi config set` lines set, by full key, without what leads to ZITADEL. */
  readonly config: Readonly<Record<string, string>>;
}

export function instructionsOf(example: string): Instructions {
  const [block] = snippets(read(`examples/${example}/README.md`));
  const lines = (block?.code ?? "").split("\n").map((line) => line.split(" "));
  const after = (...start: string[]) =>
    lines
      .filter((words) => start.every((word, index) => words[index] === word))
      .map((words) => words.slice(start.length));
  const set = after("pulumi", "config", "set").filter(([key = ""]) => !/^(-|zitadel-actions:)/.test(key));
  const fullKey = (key: string) => (key.includes(":") ? key : `zitadel-actions-${example}:${key}`);
  return {
    packages: after("npm", "install").flat(),
    config: Object.fromEntries(set.map(([key = "", value = ""]) => [fullKey(key), value])),
  };
}
