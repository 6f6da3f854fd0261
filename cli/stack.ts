import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ConfigReader, readSettings } from "../provider/settings/sources";
import type { Instance } from "../provider/api/instance";
import { quoted } from "../provider/settings/key-files";
import { hasCode, oneLine, sentence, ZitadelError } from "../provider/api/errors";
import { attempt, isRecord, parseJson } from "../provider/api/json";
import { remark } from "./output";
import { engine } from "./stand-ins";
import type { Terminal } from "./terminal";

// What `doctor` and `export` read of a stack, with the Pulumi CLI and without files.

/** The part of a command's `--help` about `--stack`. */
export const stackHelp = `With --stack, the instance and its credential are those of the stack, as in a
deployment: from its configuration and, for the default instance, also from the
environment. Run the command in the project's folder, with \`pulumi\` on the PATH.`;

/** The configuration of a stack; of the selected one if no name is given. */
export async function configOfStack(stack: string | undefined, terminal: Terminal): Promise<ConfigReader> {
  const config = parseJson(await pulumi(["config", "--json", "--show-secrets"], stack, terminal));
  const entries = isRecord(config) ? config : {};
  return (key) => {
    const { [key]: entry } = entries;
    return isRecord(entry) && typeof entry["value"] === "string" ? entry["value"] : undefined;
  };
}

/** The state of a stack, with its secrets. */
export function exportOfStack(stack: string, terminal: Terminal): Promise<string> {
  return pulumi(["stack", "export", "--show-secrets"], stack, terminal);
}

/** An instance of a stack's configuration; `from` says in messages where the configuration was read. */
export function instanceIn(config: ConfigReader, from: string, name: string | undefined, terminal: Terminal): Instance {
  try {
    // As in the provider, the environment does not affect a named instance, except for proxies.
    const settings = readSettings(config, terminal.env, { select: byOption, folder: programFolder });
    const instance = settings.instance(name);
    for (const warning of settings.warnings) remark(terminal, "warning", warning);
    return instance;
  } catch (error) {
    if (!hasCode(error, "settings")) throw error;
    throw wrong(`Reading ${naming(name)} from ${oneLine(from)} failed: ${error.message}.`);
  }
}

/** The folder in which the program of the nearest project runs, if there is one. */
function programFolder(folder = process.cwd()): string | undefined {
  if (existsSync(join(folder, "Pulumi.yaml"))) return attempt(() => engine().readProgramDir(folder));
  return dirname(folder) === folder ? undefined : programFolder(dirname(folder));
}

/** The option that selects a named instance. */
export function byOption(name: string): string {
  return `--instance ${quoted(oneLine(name))}`;
}

/** An instance in a message: by its name in `zitadel-actions:instances`. */
export function naming(name: string | undefined): string {
  return name === undefined ? "the default instance" : `instance ${oneLine(JSON.stringify(name))}`;
}

/** The instance that a command looked at, for its report. */
export interface Where {
  readonly instance: string;
  /** Its external domain, if that is not its address. */
  readonly externalDomain: string | undefined;
  /** Its name in `zitadel-actions:instances`; `undefined` for the default instance. */
  readonly instanceName: string | undefined;
}

export function whereOf({ origin, issuer }: Instance, instanceName: string | undefined): Where {
  return { instance: origin, externalDomain: issuer === origin ? undefined : new URL(issuer).host, instanceName };
}

/** The same in words. */
export function whereabouts({ instance, externalDomain, instanceName }: Where): string {
  const more = [
    ...(externalDomain === undefined ? [] : [`external domain ${externalDomain}`]),
    ...(instanceName === undefined ? [] : [naming(instanceName)]),
  ];
  return more.length === 0 ? instance : `${instance} (${more.join(", ")})`;
}

export function wrong(message: string): ZitadelError {
  return new ZitadelError("settings", message, { operation: "read settings" });
}

/** Runs the Pulumi CLI. Its output contains secrets: no message repeats a part of it. */
async function pulumi(args: readonly string[], stack: string | undefined, terminal: Terminal): Promise<string> {
  const what = stack === undefined ? "the selected stack" : `stack ${oneLine(stack)}`;
  const all = [...args, ...(stack === undefined ? [] : ["--stack", stack]), "--non-interactive"];
  return new Promise((resolve, reject) => {
    execFile("pulumi", all, { env: terminal.env, maxBuffer: Infinity }, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
        return;
      }
      const missing = error.code === "ENOENT";
      const [, said = "it gave no reason"] = /^error: (.*)$/m.exec(stderr) ?? [];
      const why = missing ? "there is no pulumi on the PATH" : `pulumi said: ${oneLine(said)}`;
      const hint = missing
        ? `Install the Pulumi CLI, or leave ${stack === undefined ? "--instance" : "--stack"} out.`
        : "Run this in the folder of the Pulumi.yaml, logged in to the stack's backend.";
      reject(wrong(sentence(`reading ${what}`, why, hint)));
    });
  });
}
