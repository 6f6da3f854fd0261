// Property values and their differences as Pulumi's CLI writes them.
import { isDeepStrictEqual } from "node:util";
import { isNull, isProps, isSecret, mapValue, type Props, secret, unknown, type Value } from "./values";

/** `same` shows a value with no mark, `none` one that has nothing to compare with. */
type Mark = "+ " | "- " | "~ " | "none";

const isShown = (key: string): boolean => !key.startsWith("__");

function looksSame(a: Value | undefined, b: Value | undefined): boolean {
  // Not even that a secret has changed is told.
  const shown = (value: Value | undefined): Value =>
    mapValue(value ?? null, (part) => (isSecret(part) ? secret("") : part));
  return isDeepStrictEqual(shown(a), shown(b));
}

/** The names of all properties that one of the two has, those of the SDK's own excepted. */
function namesIn(olds: Props, news: Props): string[] {
  const names = Object.keys({ ...olds, ...news }).filter(isShown);
  return names.filter((name) => !isNull(olds[name]) || !isNull(news[name])).sort();
}

/** `diff: +added-removed~changed`, or nothing if both are the same. */
export function shortDiff(olds: Props, news: Props): string {
  const marks = { "+": [] as string[], "-": [] as string[], "~": [] as string[] };
  for (const name of namesIn(olds, news)) {
    if (isNull(news[name])) marks["-"].push(name);
    else if (isNull(olds[name])) marks["+"].push(name);
    else if (!looksSame(olds[name], news[name])) marks["~"].push(name);
  }
  const text = Object.entries(marks).flatMap(([mark, names]) => (names.length > 0 ? [mark + names.join(",")] : []));
  return text.length > 0 ? `diff: ${text.join("")}` : "";
}

/** All of an object's properties, one a line. */
export function formatObject(props: Props, indent: number, mark: Mark = "none"): string {
  const names = Object.keys(props).filter(isShown).sort();
  const width = Math.max(0, ...Object.keys(props).map((name) => name.length)); // hidden ones too, as in the CLI
  return names
    .map((name) => title(name, width, indent, mark) + formatValue(props[name] ?? null, indent, mark))
    .join("");
}

function title(name: string, width: number, indent: number, mark: Mark): string {
  return `${margin(indent, mark)}${name.padEnd(width)}: `;
}

function margin(indent: number, mark: Mark): string {
  const blank = "    ".repeat(indent);
  return mark === "none" ? blank : blank.slice(0, -2) + mark;
}

function formatValue(value: Value, indent: number, mark: Mark): string {
  if (Array.isArray(value) && value.length > 0) {
    const item = (part: Value, i: number): string =>
      `${margin(indent + 1, mark)}[${i}]: ${formatValue(part, indent + 1, mark)}`;
    return `[\n${value.map(item).join("")}${margin(indent, "none")}]\n`;
  }
  if (isProps(value) && !isSecret(value) && Object.keys(value).length > 0)
    return `{\n${formatObject(value, indent + 1, mark)}${margin(indent, "none")}}\n`;
  return `${formatPrimitive(value)}\n`;
}

function formatPrimitive(value: Value): string {
  if (value === unknown) return "[unknown]";
  if (isSecret(value)) return "[secret]";
  return value === null ? "<null>" : JSON.stringify(value);
}

/** Whether a value says anything: empty ones only clutter a comparison. */
function saysSomething(value: Value | undefined): value is Value {
  if (isNull(value) || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

export interface DiffOptions {
  /** Leaves out what is the same. */
  readonly hideSame?: boolean;
  /** Leaves out what will only be known later. */
  readonly hideUnknown?: boolean;
}

/** What became of each property; nothing if there is nothing to show. */
export function formatDiff(olds: Props, news: Props, indent: number, options: DiffOptions = {}): string {
  const names = namesIn(olds, news);
  const width = Math.max(0, ...names.map((name) => name.length));
  return names
    .map((name) => formatChange(olds[name], news[name], indent, options, (mark) => title(name, width, indent, mark)))
    .join("");
}

function formatChange(
  before: Value | undefined,
  after: Value | undefined,
  indent: number,
  options: DiffOptions,
  head: (mark: Mark) => string,
): string {
  if (looksSame(before, after)) {
    if (options.hideSame === true || !saysSomething(after)) return "";
    return head("none") + formatValue(after, indent, "none");
  }
  if (!isNull(before) && after === unknown && options.hideUnknown === true) return "";
  if (isProps(before) && isProps(after) && !isSecret(before) && !isSecret(after))
    return `${head("~ ")}{\n${formatDiff(before, after, indent + 1, { ...options, hideSame: false })}${margin(indent, "none")}}\n`;
  if (Array.isArray(before) && Array.isArray(after)) {
    const rows = Array.from({ length: Math.max(before.length, after.length) }, (_, i) =>
      formatChange(before[i], after[i], indent + 2, options, (mark) => `${margin(indent + 1, mark)}[${i}]: `),
    );
    return `${head("~ ")}[\n${rows.join("")}${margin(indent, "none")}]\n`;
  }
  if (saysSomething(before) && saysSomething(after) && !isTree(before) && !isTree(after))
    return `${head("~ ")}${formatPrimitive(before)} => ${formatPrimitive(after)}\n`;
  const [removed, added] = [isNull(before) ? undefined : before, isNull(after) ? undefined : after];
  return (
    (removed === undefined ? "" : head("- ") + formatValue(removed, indent, "- ")) +
    (added === undefined ? "" : head("+ ") + formatValue(added, indent, "+ "))
  );
}

function isTree(value: Value): boolean {
  return typeof value === "object" && value !== null && !isSecret(value);
}
