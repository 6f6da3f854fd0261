import type { Snippet } from "./documents";

/** What there is to be named in a command line. */
export interface Known {
  /** The scripts of package.json. */
  readonly scripts: readonly string[];
  /** The commands of `npx pulumi-zitadel-actions`, each with what its `--help` prints. */
  readonly commands: Readonly<Record<string, string>>;
}

/** The commands of Pulumi's CLI that the documents use, each with the options that it takes. */
const pulumi: Readonly<Record<string, readonly string[]>> = {
  "config rm": ["--path", "--stack"],
  "config set": ["--path", "--secret", "--stack"],
  import: ["--file", "--out"],
  "package add": [],
  preview: ["--policy-pack", "--policy-pack-config", "--refresh", "--stack"],
  up: [
    "--policy-pack",
    "--policy-pack-config",
    "--refresh",
    "--replace",
    "--stack",
    "--target",
    "--target-dependents",
    "--yes",
  ],
  refresh: ["--run-program", "--stack", "--yes"],
  "stack init": [],
  "stack export": ["--file", "--show-secrets"],
  "stack output": ["--show-secrets"],
  "state delete": [],
  "policy analyze": ["--file", "--policy-pack", "--policy-pack-config", "--stack"],
};

/** Programs that need no more than to be spelt right. */
const others = new Set([
  "cat",
  "cd",
  "cp",
  "curl",
  "date",
  "export",
  "git",
  "node",
  "openssl",
  "rm",
  "terraform",
  "umask",
]);

/** What is named in the command lines of a snippet and does not exist. */
export function unknownCommands({ place, code }: Pick<Snippet, "place" | "code">, known: Known): string[] {
  const inner = [...code.matchAll(/"\$\(([^)]*)\)"/g)].map(([, command = ""]) => command);
  const lines = [code.replaceAll(/"\$\([^)]*\)"/g, "…"), ...inner]
    .join("\n")
    .replaceAll("\\\n", " ")
    .replaceAll(/(^|\s)#.*$/gm, "")
    .split(/\n|&&|\|\|?|;|[()]/);
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .flatMap((line) => problemsOf(line, known).map((problem) => `${place}: ${problem}`));
}

function problemsOf(line: string, { scripts, commands }: Known): string[] {
  const [program = "", first = "", second = "", ...rest] = line.split(/\s+/);
  switch (program) {
    case "npm":
      if (first === "run") return scripts.includes(second) ? [] : [`there is no script ${second}`];
      return ["ci", "init", "install", "test"].includes(first) ? [] : [`npm ${first}`];
    case "npx": {
      const help = first === "pulumi-zitadel-actions" ? commands[second] : undefined;
      if (help === undefined) return [`there is no command ${first} ${second}`];
      return optionsIn(rest).filter((option) => !help.includes(option));
    }
    case "pulumi": {
      const name = first in pulumi ? first : `${first} ${second}`;
      const taken = pulumi[name];
      return taken === undefined
        ? [`pulumi ${name}`]
        : optionsIn([second, ...rest]).filter((option) => !taken.includes(option));
    }
    default:
      return others.has(program) ? [] : [`there is no ${program}`];
  }
}

function optionsIn(words: readonly string[]): string[] {
  return words.filter((word) => word.startsWith("--"));
}
