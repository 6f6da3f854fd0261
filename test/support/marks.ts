import { createPrivateKey, createPublicKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";

// Every secret that is in play in a test file is a mark, and whatever is written anywhere is searched for all of them.

/** For how many secrets how much was searched, by where it was written. */
export interface Tally {
  marks: number;
  readonly places: Record<string, { texts: number; bytes: number }>;
}

/** So many characters in a row are found; fewer are found by chance. */
const width = 12;
/** Base64 loses some at both ends. */
export const shortest = 16;

/** The secrets that are known, and what was written. */
export class Marks {
  readonly tally: Tally = { marks: 0, places: {} };
  private readonly known = new Set<string>();
  /** Those whose parts are still to be made → what they are. */
  private readonly fresh = new Map<string, string>();
  /** Each part of each guise of each secret → what it is. */
  private readonly parts = new Map<string, string>();
  /** Lines that were written and not searched yet → where. */
  private pending = new Map<string, string>();
  private readonly searched = new Set<string>();

  /** Says that a text is a secret, and what it is. Of a private key all but the public half. */
  add(secret: string, what: string): void {
    if (secret.includes("PRIVATE KEY")) {
      for (const part of privateParts(secret)) this.add(part, what);
    } else if (secret.length < shortest) {
      throw new Error(`${what} is too short to be looked for: a mark has at least ${shortest} characters`);
    } else if (!this.known.has(secret)) {
      this.known.add(secret);
      this.fresh.set(secret, what);
      this.tally.marks++;
    }
  }

  /** Takes up what was written there, to be searched. A line that was searched before is not searched again. */
  write(where: string, text: string): void {
    const place = (this.tally.places[where] ??= { texts: 0, bytes: 0 });
    place.texts++;
    place.bytes += Buffer.byteLength(text);
    for (const line of text.split("\n")) {
      if (line.length < width || this.searched.has(line) || this.pending.has(line)) continue;
      this.pending.set(line, where);
    }
  }

  /** Takes up the names and the content of all files below a folder. */
  writeFolder(where: string, folder: string): void {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      this.write(where, `${path}\n${entry.isFile() ? readFileSync(path, "latin1") : ""}`);
    }
  }

  /** Takes up an error with all that anybody could print of it. */
  writeError(where: string, error: unknown): void {
    this.write(where, everythingIn(error).join("\n"));
  }

  /** Searches what was written since the last time; says what was found and where, without repeating it. */
  leaks(): string[] {
    if (this.pending.size === 0) return [];
    for (const [secret, what] of this.fresh) {
      for (const [guise, text] of guises(secret)) {
        for (const part of partsOf(text)) this.parts.set(part, `${what}, ${guise}`);
      }
    }
    this.fresh.clear();
    const leaks = new Set<string>();
    for (const [line, where] of this.pending) {
      const at = this.find(line);
      if (at >= 0) {
        const what = this.parts.get(line.slice(at, at + width)) ?? "";
        leaks.add(`${what}, in ${where}, after: ${JSON.stringify(line.slice(Math.max(0, at - 60), at))}`);
      }
      this.searched.add(line);
    }
    this.pending = new Map();
    return [...leaks];
  }

  private find(line: string): number {
    for (let at = 0; at + width <= line.length; at++) if (this.parts.has(line.slice(at, at + width))) return at;
    return -1;
  }
}

/** All parts of a text that the search can find. */
function partsOf(text: string): string[] {
  return Array.from({ length: text.length - width + 1 }, (_, at) => text.slice(at, at + width));
}

/** How a secret may show. Within `Authorization: Basic` it stands in base64, anywhere after the user's name. */
function guises(secret: string): [guise: string, text: string][] {
  const escaped: [string, string][] = [
    ["JSON-escaped", JSON.stringify(secret).slice(1, -1)],
    ["form-encoded", new URLSearchParams({ "": secret }).toString().slice(1)],
    ["URL-encoded", encodeURIComponent(secret)],
    ["raw", secret],
  ];
  return [...new Map(escaped.map(([guise, text]) => [text, guise]))].flatMap(([text, guise]) => [
    [guise, text],
    [`${guise}, in hexadecimal digits`, Buffer.from(text).toString("hex")],
    [`${guise}, in hexadecimal digits`, Buffer.from(text).toString("hex").toUpperCase()],
    ...[0, 1, 2].flatMap((shift): [string, string][] => {
      const bytes = Buffer.from("x".repeat(shift) + text);
      return [
        [`${guise}, in base64url`, bytes.toString("base64url").slice(4, -4)],
        [`${guise}, in base64`, bytes.toString("base64").slice(4, -4)],
      ];
    }),
  ]);
}

/** What of a private key in PEM its public key does not have too: lines, and the numbers of its JSON form. */
function privateParts(pem: string): string[] {
  const { n, e, x, y, ...numbers } = createPrivateKey(pem).export({ format: "jwk" });
  const open = createPublicKey(pem).export({ type: "spki", format: "pem" }).toString().replaceAll("\n", "");
  const lines = pem
    .split("\n")
    .filter((line) => !line.startsWith("-----") && !partsOf(line).some((part) => open.includes(part)));
  return [...lines, ...Object.values(numbers).map(String)].filter((text) => text.length >= shortest);
}

/**
 * Every text in a value: in fields of its own and inherited ones, enumerable or not, of all that it refers to, and in what is
 * printed of it. Getters count as fields where they are the value's own, and not where they are its class': those give away what
 * they hide only to who asks for it by name.
 */
function everythingIn(value: unknown): string[] {
  const texts = [inspect(value, { showHidden: true, depth: Infinity, maxStringLength: Infinity })];
  const seen = new Set<unknown>();
  const walk = (part: unknown): void => {
    if (typeof part === "string") texts.push(part);
    if (typeof part !== "object" || part === null || seen.has(part)) return;
    seen.add(part);
    if (ArrayBuffer.isView(part)) {
      texts.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1"));
      return;
    }
    if (part instanceof Map || part instanceof Set) walk([...part]);
    if ("toJSON" in part && typeof part.toJSON === "function") walk((part as { toJSON: () => unknown }).toJSON());
    for (let owner: object | null = part; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
      for (const [key, field] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
        texts.push(key);
        walk(
          owner === part && field.get !== undefined
            ? (field.get as (this: unknown) => unknown).call(part)
            : field.value,
        );
      }
    }
  };
  walk(value);
  return texts;
}

/** Those of the test file that runs. */
export const marks = new Marks();
