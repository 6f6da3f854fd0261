import { parseArgs } from "node:util";
import { perhaps } from "../provider/closest";
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
