import * as pulumi from "@pulumi/pulumi";
import { parseJson } from "../api/json";
import { instancesProblem, stackKeys, stackKeysOf } from "../settings/names";
import type * as Misspelt from "./misspelt";

/** The settings that can contain a credential. */
const credentialKeys = ["accessToken", "jwtProfileJson", "clientSecret", "transportHeaders", "instances"] as const;

/** Headers that say where a request goes or who sends it, and never contain a credential. */
const harmlessHeader = /^(x-zitadel-(instance|public)-host|x-forwarded-.+|forwarded|user-agent|accept(-.+)?)$/i;

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
 * @throws if there is a setting that this package does not know, or the instances are not what they should be.
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
    if (unknown !== undefined) throw wrong(unknownSetting(unknown));
    for (const key of strange) {
      const warning = ignoredSetting(key, pulumi.getProject());
      if (warning !== undefined) void pulumi.log.warn(warning);
    }
  }
  for (const key of stackKeysOf("instances")) {
    const problem = instancesProblem(pulumi.runtime.getConfig(key) || "{}", key);
    if (problem !== undefined) throw wrong(`${problem}.`);
  }
  checked.add(run);
  warnOfPlainCredentials();
}

/**
 * Warns of credentials that were set without `--secret`. Pulumi stores the whole stack configuration in the state, with plain values in plain text.
 * Only the program knows which keys are secret; the provider receives all of them in plain text.
 */
function warnOfPlainCredentials(): void {
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  for (const name of credentialKeys) {
    const keys = stackKeysOf(name);
    const [own] = keys;
    for (const key of keys) {
      const value = pulumi.runtime.getConfig(key);
      if (value === undefined || isConfigSecret?.(key) !== false || !holdsCredential(name, value)) continue;
      // The bridged providers reject the keys of their namespace that they do not know.
      const isShared =
        name === "jwtProfileJson" ? " (or set that with --secret too, if the bridged provider uses it)" : "";
      const move = key === own ? "" : `, then run \`pulumi config rm ${key}\`${isShared}`;
      void pulumi.log.warn(
        `${key} contains a credential in plain text, which Pulumi also stores in the state: set a new one with \`pulumi config set --secret ${own}\`${move}, and revoke the old one.`,
      );
    }
  }
}

/** Whether a setting contains a credential. One that cannot be parsed may contain one. */
function holdsCredential(name: (typeof credentialKeys)[number], text: string): boolean {
  if (name !== "transportHeaders" && name !== "instances") return true;
  const value = parseJson(text);
  if (value === undefined) return true;
  if (name === "transportHeaders") return areCredentials(value);
  return Object.values(value ?? {}).some((settings: unknown) =>
    Object.entries(settings ?? {}).some(([key, setting]: [string, unknown]) =>
      key === "transportHeaders"
        ? areCredentials(setting)
        : key !== "instances" && (credentialKeys as readonly string[]).includes(key),
    ),
  );
}

function areCredentials(headers: unknown): boolean {
  // In `zitadel-actions:instances`, headers may be an object or JSON.
  if (typeof headers === "string") return holdsCredential("transportHeaders", headers);
  return Object.keys(headers ?? {}).some((header) => !harmlessHeader.test(header));
}
