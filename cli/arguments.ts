import { parseArgs } from "node:util";
import { perhaps } from "../provider/api/closest";
import { type Command, NotUnderstood, type OptionValues } from "./command";

export interface Parsed {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
}

/** @throws {NotUnderstood} for unknown options and arguments. The message never repeats an option's value. */
export function parse(command: Command, args: readonly string[]): Parsed {
  const options = { ...command.options, help: { type: "boolean", short: "h" } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: command.takesArguments ?? false });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("ERR_PARSE_ARGS_") !== true) throw error;
    // An argument may be a key.
    if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL")
      throw new NotUnderstood("This command takes options, and no other arguments.");
    if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw new NotUnderstood(message.replace(/\.?$/, "."));
    throw new NotUnderstood(unknownOption(args, options));
  }
}

function unknownOption(args: readonly string[], options: NonNullable<Command["options"]>): string {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const unknown = tokens.find((token) => token.kind === "option" && !Object.hasOwn(options, token.name));
  const { name, rawName } = unknown?.kind === "option" ? unknown : { name: "", rawName: "" };
  // A private key in PEM begins with dashes, too.
  if (!/^--?[\w-]{1,30}$/.test(rawName)) return "Unknown option.";
  return `Unknown option '${rawName}'.${perhaps(name, Object.keys(options), (option) => `--${option}`)}`;
}

/** @throws {NotUnderstood} if two of the files are standard input, or a name is empty. `undefined` stands for a file that is not given. */
export function checkFiles(files: readonly (string | undefined)[]): void {
  if (files.filter((file) => file === "-").length > 1)
    throw new NotUnderstood("Only one of the files can be standard input.");
  if (files.includes("")) throw new NotUnderstood("The name of a file is empty.");
}

/** @throws {NotUnderstood} if `--at` is not a time. */
export function timeOf(text: string): Date {
  const seconds = /^\d{1,12}$/.test(text);
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(text);
  const time = new Date(seconds ? Number(text) * 1_000 : rfc3339 ? text : NaN);
  if (Number.isNaN(time.getTime()))
    throw new NotUnderstood("--at needs a time: 2026-11-22T01:00:47Z, or whole seconds since 1970.");
  return time;
}
