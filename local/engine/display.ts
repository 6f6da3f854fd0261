// Prints a run as Pulumi's CLI does: a line for each operation, then diagnostics, outputs and a summary.
import { isDeepStrictEqual } from "node:util";
import { isDefaultProvider } from "../../provider/core/tokens";
import { type Change, nameOf, type ResourceState } from "./resource";
import type { ChangeSummary, RunKind } from "./types";
import { isProps, isSecret, mapSecrets, parsePath, type Props, unknown, type Value } from "./values";

export type Severity = "info" | "warning" | "error";

/** The mark of each operation, and its name when it is planned, done and failed. */
const words = {
  create: ["+ ", "create", "created", "creating"],
  update: ["~ ", "update", "updated", "updating"],
  delete: ["- ", "delete", "deleted", "deleting"],
  replace: ["+-", "replace", "replaced", "replacing"],
  same: ["  ", "", "", ""],
  "create-replacement": ["++", "create replacement", "created replacement", "creating"],
  "delete-replaced": ["--", "delete original", "deleted original", "deleting"],
  read: ["> ", "read", "read", "reading"],
  import: ["= ", "import", "imported", "importing"],
  "import-replacement": ["=>", "import replacement", "imported replacement", "importing"],
  refresh: ["~ ", "refresh", "refresh", "refreshing"],
  discard: ["< ", "discard", "discarded", "discarding"],
  "discard-replaced": ["<<", "discard original", "discarded original", "discarding"],
} as const;
export type Op = keyof typeof words;

/** A violation of a policy, by a resource or by the stack. */
export interface Violation {
  /** The policy pack's name and version. */
  readonly pack: string;
  readonly policy: string;
  readonly mandatory: boolean;
  readonly urn: string;
  readonly message: string;
}

const counted = ["create", "update", "delete", "replace", "import", "same"] as const;
const titles = { preview: "Previewing update", up: "Updating", refresh: "Refreshing", destroy: "Destroying" };

/** What is displayed: a run of this kind on this stack. */
interface DisplayOptions {
  readonly kind: RunKind;
  readonly stack: string;
  readonly stackUrn: string;
  readonly onOutput: ((text: string, stream: "stdout" | "stderr") => void) | undefined;
}

export class Display {
  stdout = "";
  stderr = "";
  readonly changes: ChangeSummary = {};
  /** The policy packs that ran, and their violations. */
  policyPacks: readonly string[] = [];
  readonly violations: Violation[] = [];
  private readonly messages = new Map<string, { severity: Severity; text: string }[]>();
  private readonly began = Date.now();

  /** `secrets` are strings that are never shown. */
  constructor(
    private readonly options: DisplayOptions,
    private readonly secrets: readonly string[],
  ) {
    const notice =
      "This is the small engine of pulumi-zitadel-actions, for trying and testing. It is not the Pulumi CLI.\n";
    this.write(notice, "stderr");
    this.write(`${titles[options.kind]} (${options.stack}):\n\n`);
  }

  /** Reports an operation on a resource that was done, or in a preview would be. `details` are the changes as the provider says them. */
  done(
    op: Op,
    before: ResourceState | undefined,
    after: ResourceState | undefined,
    details?: ReadonlyMap<string, Change>,
  ): void {
    const about = after ?? before;
    if (about === undefined || isDefaultProvider(about.urn)) return;
    const kind = counted.find((one) => one === op);
    if (kind !== undefined) this.changes[kind] = (this.changes[kind] ?? 0) + 1;
    const changed = before && after ? shortDiff(details ?? changesOf(before.inputs ?? {}, after.inputs ?? {})) : "";
    const word = words[op][this.options.kind === "preview" ? 1 : 2];
    if (op !== "same") this.writeLine(op, about.urn, changed === "" ? word : `${word} [${changed}]`);
  }

  /** Prints a message to the user, about a resource or about the whole run. An error also has its operation. */
  say(severity: Severity, text: string, urn = "", op: Op = "same"): void {
    const about = urn === "" ? this.options.stackUrn : urn;
    this.messages.set(about, [...(this.messages.get(about) ?? []), { severity, text }]);
    const failed = op === "same" ? "" : `**${words[op][3]} failed** `;
    this.writeLine(op, about, failed + prefixOf(severity) + (text.split("\n")[0] ?? ""));
  }

  /** Prints the end of the output, when the run is over. */
  finish(outputs: Props): void {
    this.writePolicies();
    if (this.messages.size > 0) this.write("\nDiagnostics:\n");
    for (const [urn, messages] of this.messages) {
      const texts = messages.map(({ severity, text }) =>
        `${prefixOf(severity)}${text.trimEnd()}\n`.replace(/^(?=.)/gm, "    "),
      );
      this.write(`  ${typeOf(urn)} (${nameOf(urn)}):\n${texts.join("")}\n`);
    }
    if (Object.keys(outputs).length > 0) this.write(`Outputs:\n${linesOf(Object.entries(outputs).sort(), "    ")}\n`);
    if (this.violations.some(({ mandatory }) => mandatory)) return;
    this.write(`Resources:\n${this.summary()}\n`);
    this.write(`Duration: ${Math.ceil((Date.now() - this.began) / 1000)}s\n`);
  }

  private writePolicies(): void {
    if (this.policyPacks.length > 0) this.write("\nPolicies:\n");
    for (const title of this.policyPacks) {
      const found = this.violations.filter(({ pack }) => pack === title);
      found.sort((one, other) => placeOf(one).localeCompare(placeOf(other), "en"));
      const mark = found.length === 0 ? "✅" : found.some(({ mandatory }) => mandatory) ? "❌" : "⚠️";
      this.write(`    ${mark} ${title}\n`);
      for (const { policy, mandatory, urn, message } of found) {
        const level = mandatory ? "mandatory" : "advisory";
        const lines = message.trimEnd().replace(/^/gm, "          ");
        this.write(`        - [${level}]  ${policy}  (${typeOf(urn)}: ${nameOf(urn)})\n${lines}\n`);
      }
    }
  }

  private summary(): string {
    const { same = 0, ...changes } = this.changes;
    const kinds = counted.filter((kind) => kind !== "same" && changes[kind] !== undefined);
    const isPreview = this.options.kind === "preview";
    const lines = kinds.map(
      (kind) => `${words[kind][0]}${this.changes[kind] ?? 0} ${isPreview ? `to ${kind}` : words[kind][2]}`,
    );
    const total = Object.values(changes).reduce((sum, count) => sum + count, 0);
    const rest = [...(kinds.length > 1 ? [`${total} changes`] : []), ...(same > 0 ? [`${same} unchanged`] : [])];
    if (rest.length > 0) lines.push(rest.join(". "));
    const isError = ({ severity }: { severity: Severity }): boolean => severity === "error";
    const errored = [...this.messages.values()].filter((messages) => messages.some(isError)).length;
    if (errored > 0) lines.push(`${errored} errored`);
    return lines.map((line) => `    ${line}\n`).join("");
  }

  private writeLine(op: Op, urn: string, text: string): void {
    this.write(` ${words[op][0]} ${typeOf(urn)} ${nameOf(urn)} ${text}\n`);
  }

  private write(text: string, stream: "stdout" | "stderr" = "stdout"): void {
    const shown = this.secrets.reduce((all, hidden) => all.replaceAll(hidden, "[secret]"), text);
    this[stream] += shown;
    this.options.onOutput?.(shown, stream);
  }
}

/** Sorts mandatory violations first. */
const placeOf = ({ mandatory, policy, urn }: Violation): string => `${mandatory ? 0 : 1} ${policy} ${urn}`;
const prefixOf = (severity: Severity): string => (severity === "info" ? "" : `${severity}: `);
const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

/** Returns which properties differ. It does not even show that a secret has changed. */
function changesOf(olds: Props, news: Props): ReadonlyMap<string, Change> {
  const hidden = (value: Value | undefined): Value => mapSecrets(value ?? null, () => "");
  const changes = new Map<string, Change>();
  for (const name of Object.keys({ ...olds, ...news })) {
    const [before, after] = [hidden(olds[name]), hidden(news[name])];
    if (name.startsWith("__") || isDeepStrictEqual(before, after)) continue;
    changes.set(name, after === null ? "-" : before === null ? "+" : "~");
  }
  return changes;
}

/** Returns `diff: +added-removed~changed`, or nothing if nothing differs. A property in which something differs has changed. */
function shortDiff(changes: ReadonlyMap<string, Change>): string {
  const names: Record<Change, Set<string>> = { "+": new Set(), "-": new Set(), "~": new Set() };
  for (const [path, change] of changes) {
    const [name = "", ...inner] = parsePath(path);
    names[inner.length > 0 ? "~" : change].add(name);
  }
  const text = Object.entries(names).flatMap(([mark, all]) => (all.size > 0 ? [mark + [...all].sort().join(",")] : []));
  return text.length > 0 ? `diff: ${text.join("")}` : "";
}

/** Formats named values, one on each line, as Pulumi's CLI does. */
function linesOf(entries: readonly (readonly [string, Value])[], margin: string): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${margin}${name.padEnd(width)}: ${shown(value, margin)}\n`).join("");
}

function shown(value: Value, margin: string): string {
  if (value === unknown) return "[unknown]";
  if (isSecret(value)) return "[secret]";
  if (Array.isArray(value) && value.length > 0)
    return `[\n${linesOf(
      value.map((item, i) => [`[${i}]`, item]),
      `${margin}    `,
    )}${margin}]`;
  if (!isProps(value) || Object.keys(value).length === 0) return JSON.stringify(value);
  return `{\n${linesOf(Object.entries(value).sort(), `${margin}    `)}${margin}}`;
}
