import type { JsonNode } from "./json";

/** Returns a scalar's value, or `null` if the JSON value has the wrong type. */
export function scalar(type: "string" | "bytes" | "bool" | "uint32" | "uint64", node: JsonNode): unknown {
  switch (type) {
    case "string":
      return node.kind === "string" ? node.text : null;
    case "bytes":
      return node.kind === "string" ? bytes(node.text) : null;
    case "bool":
      return node.kind === "bool" ? node.text === "true" : null;
    case "uint32": {
      const value = integer(node);
      return value !== null && value >= 0n && value < 2n ** 32n ? Number(value) : null;
    }
    case "uint64": {
      const value = integer(node);
      return value !== null && value >= 0n && value < 2n ** 64n ? value : null;
    }
  }
}

/** What base64 stands for, in either alphabet, with its padding or without; line ends in it are passed over. */
function bytes(text: string): Buffer | null {
  const alphabet = /[-_]/.test(text) ? "[A-Za-z0-9_-]" : "[A-Za-z0-9+/]";
  const padding = text.length % 4 === 0 ? `(?:${alphabet}{2}==|${alphabet}{3}=)?` : `${alphabet}{0,3}`;
  const digits = text.replace(/[\r\n]/g, "");
  const isBase64 = new RegExp(`^(?:${alphabet}{4})*${padding}$`).test(digits) && digits.length % 4 !== 1;
  return isBase64 ? Buffer.from(digits, "base64") : null;
}

/** An integer written as a number or as a string with a number in it. */
function integer(node: JsonNode): bigint | null {
  if (node.kind !== "number" && node.kind !== "string") return null;
  if (/^-?(?:0|[1-9][0-9]*)$/.test(node.text)) return BigInt(node.text);
  // 1e2 and 1.0 are integers too; nothing here needs one of them beyond 2^53.
  const value = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(node.text) ? Number(node.text) : NaN;
  return Number.isSafeInteger(value) ? BigInt(value) : null;
}

/** An enum's number; `undefined` for a name that does not exist, which is dropped; `null` for another type. */
export function enumNumber(names: readonly string[], node: JsonNode): number | null | undefined {
  if (node.kind === "string") {
    const number = names.indexOf(node.text);
    return number < 0 ? undefined : number;
  }
  const number = node.kind === "number" ? integer(node) : null;
  return number !== null && number >= -(2n ** 31n) && number < 2n ** 31n ? Number(number) : null;
}
