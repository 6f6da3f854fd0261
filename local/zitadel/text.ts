import { isUtf8 } from "node:buffer";

/** Decodes UTF-8. A surrogate on its own stands for what is not UTF-8, which must not become a valid character. */
export function decodeUtf8(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return isUtf8(bytes) ? text : text.replaceAll("\ufffd", "\ud800");
}

/**
 * Lower case as Go's `strings.ToLower` makes it: letter by letter. A letter never becomes two, and the letters around it do not
 * matter, so `İ` becomes `i`, and `Σ` is `σ` also at the end of a word.
 */
export function toLower(text: string): string {
  return Array.from(text, (letter) => (letter === "İ" ? "i" : letter.toLowerCase())).join("");
}

/** The order of texts by their bytes in UTF-8, in which a database without a locale sorts them. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
