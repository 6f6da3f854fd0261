import * as pulumi from "@pulumi/pulumi";
import { conflictsIn, credentialKeys, instancesProblem, stackKeys, stackKeysOf } from "../settings/names";
import type * as Misspelt from "./misspelt";
import type * as PlainCredentials from "./plain-credentials";

/** Pulumi's own runner, which starts a program in a process of its own. */
export const isRunner = /@pulumi[\\/]pulumi[\\/]cmd[\\/]run/;

/**
 * `Stack NAME: ` at the beginning of a message in an inline program (Automation API), otherwise nothing. The programs of several
 * stacks can run in one process, and Pulumi can report the error of one of them to the others too.
 */
export function stackPrefix(runner = require.main?.filename ?? ""): string {
  const monitor = pulumi.runtime.getMonitor() as { mocks?: unknown } | undefined;
  if (isRunner.test(runner) || monitor === undefined || monitor.mocks !== undefined) return "";
  return `Stack ${pulumi.getStack()}: `;
}

/** An error about the program or its stack configuration. */
export function wrong(message: string): Error {
  return new Error(`${stackPrefix()}${message}`);
}

/** The stacks whose settings were checked. Without a stack, as in tests with mocks, `checked` itself represents it. */
const checked = new WeakSet<object>();

/**
 * Checks the settings of the stack, once for each run of a program: one process can run the programs of several stacks
 * (Automation API).
 *
 * @throws if there is a setting that this package does not know, one that differs in both
 * namespaces, or the instances are not what they should be.
 */
export function checkSettings(): void {
  const { getStackResource } = pulumi.runtime as { getStackResource?: () => object | undefined };
  const run = getStackResource?.() ?? checked;
  if (checked.has(run)) return;
  const strange = Object.keys(pulumi.runtime.allConfig()).filter(
    (key) => /zitadel|actions?:/i.test(key) && !stackKeys.includes(key),
  );
  if (strange.length > 0) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- most programs do not need it
    const { ignoredSetting, unknownSetting } = require("./misspelt") as typeof Misspelt;
    const unknown = strange.find((key) => key.startsWith("zitadel-actions:"));
    if (unknown !== undefined) throw wrong(unknownSetting(unknown, pulumi.getProject()));
    for (const key of strange) {
      const warning = ignoredSetting(key, pulumi.getProject());
      if (warning !== undefined) void pulumi.log.warn(warning);
    }
  }
  const [conflict] = conflictsIn((key) => pulumi.runtime.getConfig(key));
  if (conflict !== undefined) throw wrong(`${conflict}.`);
  for (const key of stackKeysOf("instances")) {
    const problem = instancesProblem(pulumi.runtime.getConfig(key) || "{}", key);
    if (problem !== undefined) throw wrong(`${problem}.`);
  }
  checked.add(run);
  warnOfPlainCredentials();
}

/** Warns of credentials that were set without `--secret`. The provider cannot: it receives all settings in plain text. */
function warnOfPlainCredentials(): void {
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  const text = (key: string) => pulumi.runtime.getConfig(key);
  if (isConfigSecret === undefined || !credentialKeys.flatMap(stackKeysOf).some((key) => text(key) !== undefined))
    return;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- most programs do not need it
  const { stackFile, warningsOfPlain } = require("./plain-credentials") as typeof PlainCredentials;
  const file = stackFile(pulumi.getStack());
  for (const warning of warningsOfPlain({ text, isSecret: isConfigSecret, file })) void pulumi.log.warn(warning);
}
