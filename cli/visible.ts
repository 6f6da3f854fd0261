/** Characters that are invisible, end a line or change the direction of the text. */
export const invisible = String.raw`[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}`;

/** A text with invisible characters escaped. */
export function visible(text: string): string {
  return text.replace(new RegExp(invisible, "gu"), escaped);
}

/** Quotes a text from elsewhere, for a sentence. It is cut after so many characters. */
export function quoted(text: string, most = 100): string {
  const short = text.length > most ? Array.from(text).slice(0, most).join("") : text;
  return visible(JSON.stringify(short.length < text.length ? `${short}…` : text));
}

const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The escape of a character, as JavaScript writes it. */
export function escaped(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  if (/["'`\\$]/.test(character)) return `\\${character}`;
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}
