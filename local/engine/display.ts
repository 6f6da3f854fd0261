// What a run says: a line for each thing that happens, then diagnostics, outputs and a summary, as Pulumi's CLI does.
import { formatDiff, formatObject, shortDiff } from "./format";
import { nameOf } from "./provider";
import type { ResourceState } from "./state";
import type { Props } from "./values";

export type Op =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "read"
  | "read-replacement"
  | "refresh"
  | "discard"
  | "discard-replaced";

export type RunKind = "preview" | "up" | "refresh" | "destroy";
export type Severity = "info" | "warning" | "error";

/** Something that happens to a resource. */
export interface Step {
  readonly op: Op;
  readonly urn: string;
  readonly type: string;
  readonly old?: ResourceState | undefined;
  readonly new?: ResourceState | undefined;
}

/** How many resources met with what; `replace` counts once for all of its steps. */
export type ChangeSummary = Partial<Record<"create" | "update" | "delete" | "replace" | "same", number>>;

const words: Record<Op, readonly [prefix: string, doing: string, done: string, failed: string]> = {
  same: ["  ", "", "", "failed"],
  create: ["+ ", "creating", "created", "creating failed"],
  update: ["~ ", "updating", "updated", "updating failed"],
  delete: ["- ", "deleting", "deleted", "deleting failed"],
  replace: ["+-", "replacing", "replaced", "replacing failed"],
  "create-replacement": ["++", "creating replacement", "created replacement", "creating failed"],
  "delete-replaced": ["--", "deleting original", "deleted original", "deleting failed"],
  read: ["> ", "reading", "read", "reading failed"],
  "read-replacement": [">>", "reading for replacement", "read for replacement", "reading failed"],
  refresh: ["~ ", "refreshing", "refresh", "refreshing failed"],
  discard: ["< ", "discarding", "discarded", "discarding failed"],
  "discard-replaced": ["<<", "discarding original", "discarded original", "discarding failed"],
};
/** What a preview calls it, where that is not the operation's name. */
const foreseen: Partial<Record<Op, string>> = {
  same: "",
  "create-replacement": "create replacement",
  "delete-replaced": "delete original",
};
const counted = ["same", "create", "update", "delete", "replace"] as const;
const summarised = ["create", "update", "delete", "replace"] as const;
const titles: Record<RunKind, string> = {
  preview: "Previewing update",
  up: "Updating",
  refresh: "Refreshing",
  destroy: "Destroying",
};

interface Row {
  step: Step;
  started: number | undefined;
  done: boolean;
  failed: boolean;
  /** What differs between it and its replacement. */
  replaced: string;
  /** What was last written of it. */
  line: string;
  readonly messages: { severity: Severity; text: string }[];
}

export interface DisplayOptions {
  readonly kind: RunKind;
  readonly project: string;
  readonly stack: string;
  /** Shows every property of what changes. */
  readonly diff: boolean;
  /** Texts that are never shown. */
  readonly secrets: readonly string[];
  readonly onOutput: ((text: string, stream: "stdout" | "stderr") => void) | undefined;
}

export class Display {
  stdout = "";
  stderr = "";
  readonly changes: ChangeSummary = {};
  private readonly rows = new Map<string, Row>();
  private readonly began = Date.now();
  private readonly stackUrn: string;

  constructor(private readonly options: DisplayOptions) {
    const { project, stack } = options;
    this.stackUrn = `urn:pulumi:${stack}::${project}::pulumi:pulumi:Stack::${project}-${stack}`;
    this.write(
      "This is the local stand-in of pulumi-zitadel-actions for trying and testing, not the Pulumi CLI.\n",
      "stderr",
    );
    this.write(`${titles[options.kind]} (${stack}):\n${options.diff ? "" : "\n"}`);
  }

  /** A step begins. */
  begin(step: Step): void {
    const row = this.row(step.urn, step);
    row.step = step;
    row.started = Date.now();
    row.done = false;
    if (this.options.diff) this.writeDetails(step);
    else if (this.isShown(step) && (step.op !== "same" || step.urn === this.stackUrn)) this.writeRow(row);
  }

  /** A step has ended as `step` says. */
  end(step: Step): void {
    const row = this.row(step.urn, step);
    row.step = step;
    if (this.options.diff && step.op === "read") this.writeRead(step);
    const kind = counted.find((op) => op === step.op);
    if (kind !== undefined) this.changes[kind] = (this.changes[kind] ?? 0) + 1;
    if (step.urn === this.stackUrn && step.op !== "delete") {
      if (step.op === "refresh") this.writeRow(row); // it ends with the run
      return;
    }
    row.done = true;
    if (!this.options.diff && this.isShown(step)) this.writeRow(row);
  }

  /** The step of this resource that is under way has failed. */
  fail(urn: string): void {
    const row = this.row(urn);
    if (this.options.kind === "preview") return; // it only foresees
    row.failed = true;
    row.done = true;
    if (!this.options.diff) this.writeRow(row);
  }

  /** A message to the user, about a resource or about the whole. */
  say(severity: Severity, text: string, urn = ""): void {
    const row = this.row(urn === "" ? this.stackUrn : urn);
    row.messages.push({ severity, text });
    if (this.options.diff)
      this.write(`${prefixOf(severity)}${text.trimEnd()}\n`, severity === "info" ? "stdout" : "stderr");
    else this.writeRow(row);
  }

  /** Everything is over: what is left to say. */
  finish({ oldOutputs, outputs }: { oldOutputs: Props; outputs: Props | undefined }): void {
    const { kind, diff, stack } = this.options;
    const planning = kind === "preview";
    const failed = this.failedRows();
    if (diff) this.writeOutputs("    --outputs:--\n", oldOutputs, outputs, planning);
    else {
      this.writeRest();
      this.writeDiagnostics();
      this.writeOutputs("Outputs:\n", oldOutputs, outputs, planning);
    }
    this.write(`Resources:\n${this.summary(planning, diff ? 0 : failed.length)}${diff ? "" : "\n"}`);
    if (!planning) this.write(`Duration: ${Math.ceil((Date.now() - this.began) / 1000)}s\n\n`);
    if (kind === "destroy" && failed.length === 0)
      this.write(
        "The resources in the stack have been deleted, but the history and configuration associated with the stack " +
          `are still maintained. \nIf you want to remove the stack completely, run \`pulumi stack rm ${stack}\`.\n`,
      );
  }

  private row(urn: string, step: Step = { op: "same", urn, type: typeOf(urn) }): Row {
    const row = this.rows.get(urn) ?? {
      step,
      started: undefined,
      done: false,
      failed: false,
      line: "",
      replaced: "",
      messages: [],
    };
    this.rows.set(urn, row);
    return row;
  }

  private failedRows(): Row[] {
    return [...this.rows.values()].filter(({ messages }) => messages.some(({ severity }) => severity === "error"));
  }

  private isShown(step: Step): boolean {
    const { op, urn } = step;
    if (op === "same") return (this.rows.get(urn)?.line ?? "") !== "" || diffOf(step) !== "";
    return op !== "read" && op !== "discard";
  }

  /** The line of a resource as it stands; `summed` says how many messages it drew instead of the last one. */
  private writeRow(row: Row, summed = false): void {
    const { step } = row;
    const { severity, text } = row.messages.at(-1) ?? {};
    const counts = (["error", "warning"] as const).flatMap((kind) => {
      const count = row.messages.filter((message) => message.severity === kind).length;
      return count === 0 ? [] : [`${count} ${kind}${count === 1 ? "" : "s"}`];
    });
    const infos = row.messages.filter((message) => message.severity === "info").length;
    if (infos > 0) counts.push(`${infos} message${infos === 1 ? "" : "s"}`);
    const changed = step.op === "delete-replaced" ? row.replaced : diffOf(step);
    if (step.op === "replace") row.replaced = changed;
    const notes = [
      ...(changed === "" ? [] : [`[${changed}]`]),
      ...(summed ? counts : severity === undefined ? [] : [`${prefixOf(severity)}${text?.split("\n")[0] ?? ""}`]),
    ];
    const line = ` ${words[step.op][0]} ${displayType(step.type)} ${nameOf(step.urn)} ${this.status(row)} ${notes.join("; ")}\n`;
    if (line === row.line && !summed && this.options.kind === "preview") return;
    row.line = line;
    this.write(line);
  }

  private status({ step, done, failed, started }: Row): string {
    const { op, urn } = step;
    const [, doing, ended, broken] = words[op];
    const discards = ["delete", "replace", "create-replacement", "delete-replaced"].includes(op);
    const flag = step.old?.retainOnDelete === true && discards ? "[retain]" : "";
    if (op === "same" && urn === this.stackUrn && started !== undefined && !done) return "running";
    if (this.options.kind === "preview") return (foreseen[op] ?? op) + flag;
    if (failed) return `**${broken}**${flag}`;
    if (op === "same") return "";
    const seconds = (Date.now() - (started ?? Date.now())) / 1000;
    if (done) return `${ended}${started === undefined ? "" : ` (${seconds.toFixed(2)}s)`}${flag}`;
    return `${doing} (${Math.floor(seconds)}s)${flag}`;
  }

  /** The lines of what was not over before the end: the stack's, and those of resources that only drew messages. */
  private writeRest(): void {
    const stack = this.row(this.stackUrn);
    if (stack.step.op === "delete") stack.step = { op: "same", urn: this.stackUrn, type: stack.step.type };
    stack.done = false;
    if (this.failedRows().length > 0 && stack.step.op !== "same") stack.started = undefined; // nobody knows when it ended
    for (const row of this.rows.values()) {
      const isStack = row === stack;
      if (row.done || (!isStack && row.messages.length === 0)) continue;
      row.done = true;
      row.failed ||= row.step.op === "same" && row.messages.some(({ severity }) => severity === "error");
      this.writeRow(row, true);
    }
  }

  private writeDiagnostics(): void {
    const told = [...this.rows.values()].filter((row) => row.messages.length > 0);
    if (told.length === 0) return;
    this.write("Diagnostics:\n");
    for (const { step, messages } of told) {
      this.write(`  ${displayType(step.type)} (${nameOf(step.urn)}):\n`);
      for (const { severity, text } of messages) this.write(`${indented(prefixOf(severity) + text.trimEnd())}\n`);
      this.write("\n");
    }
  }

  private writeOutputs(heading: string, olds: Props, news: Props | undefined, planning: boolean): void {
    if (news === undefined) return;
    const text =
      Object.keys(olds).length === 0 && this.rows.get(this.stackUrn)?.step.old === undefined
        ? formatObject(news, 1)
        : formatDiff(olds, news, 1, { hideSame: planning, hideUnknown: planning });
    if (text !== "") this.write(heading + text + (this.options.diff ? "" : "\n"));
  }

  private summary(planning: boolean, errors: number): string {
    const lines = summarised.flatMap((op) => {
      const count = this.changes[op] ?? 0;
      return count === 0 ? [] : [`    ${words[op][0]}${count} ${planning ? `to ${op}` : words[op][2]}\n`];
    });
    const total = summarised.reduce((sum, op) => sum + (this.changes[op] ?? 0), 0);
    const pieces = [
      ...(lines.length >= 2 ? [`${total} changes`] : []),
      ...(this.changes.same === undefined ? [] : [`${this.changes.same} unchanged`]),
    ];
    if (pieces.length > 0) lines.push(`    ${pieces.join(". ")}\n`);
    if (errors > 0) lines.push(`    ${errors} errored\n`);
    return lines.join("");
  }

  /** The step with all of its properties, as `--diff` shows it. */
  private writeDetails(step: Step): void {
    const isStack = step.urn === this.stackUrn;
    const hidden = ["same", "create-replacement", "delete-replaced", "refresh"].includes(step.op);
    if (hidden && !isStack) return;
    const indent = this.depth(step);
    const margin = "    ".repeat(indent);
    const id = step.op === "read" ? "" : (step.old?.id ?? "");
    this.write(`${margin}${words[step.op][0]}${displayType(step.type)}: (${step.op})${lockOf(step)}\n`);
    if (id !== "") this.write(`${margin}    [id=${id}]\n`);
    this.write(`${margin}    [urn=${step.urn}]\n`);
    if (step.op === "same") return;
    const { old, new: now } = step;
    if (old === undefined && now !== undefined) this.write(formatObject(shownOf(now), indent + 1));
    else if (now === undefined && old !== undefined) this.write(formatObject(old.inputs ?? {}, indent + 1));
    else if (old !== undefined && now !== undefined) {
      const whole = Object.keys(now.outputs ?? {}).length > 0;
      const [olds, news] = whole ? [old.outputs ?? {}, now.outputs ?? {}] : [old.inputs ?? {}, now.inputs ?? {}];
      this.write(formatDiff(olds, news, indent + 1));
    }
  }

  /** What a resource that is only read was found to be. */
  private writeRead(step: Step): void {
    const { inputs = {}, outputs = {} } = step.new ?? {};
    if (step.old !== undefined && formatDiff(step.old.outputs ?? {}, outputs, 0, { hideSame: true }) === "") return;
    const news = Object.entries(outputs).filter(([name, value]) => inputs[name] !== value || name.startsWith("__"));
    const indent = this.depth(step) + 1;
    this.write(`${"    ".repeat(indent)}--outputs:--\n${formatObject(Object.fromEntries(news), indent)}`);
  }

  private depth({ old, new: now }: Step): number {
    const parent = (now ?? old)?.parent;
    if (parent === undefined || parent === "") return 0;
    return 1 + this.depth(this.rows.get(parent)?.step ?? { op: "same", urn: parent, type: "" });
  }

  private write(text: string, stream: "stdout" | "stderr" = "stdout"): void {
    const shown = this.options.secrets.reduce((all, hidden) => all.replaceAll(hidden, "[secret]"), text);
    this[stream] += shown;
    this.options.onOutput?.(shown, stream);
  }
}

function shownOf({ inputs = {}, outputs = {} }: ResourceState): Props {
  return Object.keys(outputs).length > 0 ? outputs : inputs;
}

/** What of the inputs differs, if the step is one from an old state to a new one. */
function diffOf({ op, old, new: now }: Step): string {
  if (old === undefined || now === undefined) return "";
  const protection = (state: ResourceState): Props =>
    old.protect === now.protect ? {} : { protect: state.protect ?? false };
  if (op === "same") return shortDiff(protection(old), protection(now));
  return shortDiff({ ...old.inputs, ...protection(old) }, { ...now.inputs, ...protection(now) });
}

function lockOf({ old, new: now }: Step): string {
  if (now?.protect !== true && now !== undefined && old?.protect === true) return " 🔓";
  return now?.protect === true || old?.protect === true ? " 🔒" : "";
}

function prefixOf(severity: Severity): string {
  return severity === "info" ? "" : `${severity}: `;
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : `    ${line}`))
    .join("\n");
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** `pkg:module/type:Type` is shown as `pkg:module:Type`. */
function displayType(type: string): string {
  const [pkg, module = "", name] = type.split(":");
  if (name === undefined) return type;
  const [folder, file] = module.split("/");
  const plainName = name.charAt(0).toLowerCase() + name.slice(1);
  return file === plainName ? `${pkg ?? ""}:${folder ?? ""}:${name}` : type;
}
