import { base64, newKey } from "./keys";

/** How protobuf's errors begin: which kind of blank follows depends on the build of the server. */
export const PROTO = /^proto:\s+/;

/**
 * Stands symbols in for what differs from run to run, the way it was done for the recording: ids, keys, dates and PEMs, the
 * same value always getting the same symbol. A kind is numbered in the order in which its values are first seen, unless
 * the conversation has it without numbers.
 */
export class Symbols {
  private readonly symbols = new Map<string, string>();
  private readonly recorded: string;

  constructor(
    private readonly prefix: string,
    conversation: unknown,
  ) {
    this.recorded = JSON.stringify(conversation);
  }

  /** A recorded request with this run's values in it. */
  resolve<T>(recorded: T): T {
    return mapTexts(recorded, (text) => {
      let resolved = text.replaceAll("<u>", this.prefix).replaceAll("<U>", this.prefix.toUpperCase());
      for (const [value, symbol] of this.symbols) resolved = resolved.replaceAll(symbol, value);
      return resolved;
    });
  }

  /** This run's answer in symbols. */
  stand(answer: unknown): unknown {
    return mapTexts(answer, (text) => {
      const kind = kindOf(text);
      if (kind !== undefined) return this.recorded.includes(`<${kind}>`) ? `<${kind}>` : this.symbol(kind, text);
      return text
        .replaceAll(this.prefix, "<u>")
        .replaceAll(this.prefix.toUpperCase(), "<U>")
        .replace(/\(line \d+:\d+\)/, "(line)")
        .replace(/^SHA256:.{43}$/, "SHA256:")
        .replace(PROTO, "proto: ");
    });
  }

  private symbol(kind: string, value: string): string {
    const known = this.symbols.get(value);
    if (known !== undefined) return known;
    const ofKind = [...this.symbols.values()].filter((symbol) => symbol.startsWith(`<${kind}`)).length;
    const symbol = `<${kind}${ofKind + 1}>`;
    this.symbols.set(value, symbol);
    return symbol;
  }
}

const KEY = base64(newKey.p256());
const NO_KEY = base64("not a key");

/** A recorded body with values for symbols that have no number: what they stood for follows from what came of it. */
export function withUnnumbered(body: unknown, recordedAnswer: unknown): unknown {
  const { message = "", details = [] } = (recordedAnswer ?? {}) as { message?: string; details?: { id?: string }[] };
  const refusedKey = message.includes("value length") ? "" : NO_KEY;
  const isRefused = refusedKey === "" || details[0]?.id === "ErrPublicKeyFormat";
  const values: Record<string, string> = { "<pem>": isRefused ? refusedKey : KEY };
  if (details[0]?.id === "ErrExpirationDateBeforeNow") values["<date>"] = "2020-01-01T00:00:00Z";
  return mapTexts(body, (text) => values[text] ?? text);
}

/** Applies a function to every text in a JSON value, going through objects by sorted keys, as the recording did. */
export function mapTexts<T>(value: T, map: (text: string) => string): T {
  const visit = (node: unknown): unknown => {
    if (typeof node === "string") return map(node);
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== "object" || node === null) return node;
    const keys = Object.keys(node).sort();
    return Object.fromEntries(keys.map((key) => [key, visit((node as Record<string, unknown>)[key])]));
  };
  return visit(value) as T;
}

function kindOf(text: string): "id" | "key" | "date" | "pem" | undefined {
  if (/^\d{18}$/.test(text)) return "id";
  if (/^[0-9A-Za-z]{36}$/.test(text)) return "key";
  if (Buffer.from(text, "base64").toString("latin1").startsWith("-----BEGIN ")) return "pem";
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) ? "date" : undefined;
}
