import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** The documents of the repository as tests read them: what stands between fences, what is linked to, what can be linked to. */

export const root = join(__dirname, "..", "..");

/** A document, with its path from the root. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** What stands between two fences. */
export interface Snippet {
  /** Path and line, for messages. */
  readonly place: string;
  /** The first word behind the fence: `ts`. */
  readonly language: string;
  /** The other words: what the tests do with it. */
  readonly marks: readonly string[];
  readonly code: string;
}

/** The pages of docs/ and its folders. */
export function pages(): Document[] {
  return readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => read(posix.join("docs", name.replaceAll("\\", "/"))))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** The pages of examples/, one for each. */
export function examplePages(): Document[] {
  const names = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith("README.md")).map((name) => read(posix.join("examples", name)));
}

export function read(path: string, folder = root): Document {
  return { path, text: readFileSync(join(folder, path), "utf8") };
}

/** What a link of a document in that folder leads to. */
export function find(path: string, folder = root): Document | "folder" | undefined {
  const file = join(folder, path);
  if (path.startsWith("..") || !existsSync(file)) return undefined;
  return statSync(file).isDirectory() ? "folder" : read(path, folder);
}

/** All snippets, in order. A fence may stand inside a list: its indentation is taken off. */
export function snippets({ path, text }: Document): Snippet[] {
  const fences = text.matchAll(/^( *)```(\w+)([^\n]*)\n([\s\S]*?)^\1```$/gm);
  return [...fences].map(({ index, 1: indent = "", 2: language = "", 3: rest = "", 4: code = "" }) => ({
    place: `${path}:${text.slice(0, index).split("\n").length}`,
    language,
    marks: rest.split(" ").filter((mark) => mark !== ""),
    code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

/** The text without what stands between fences. */
export function prose({ text }: Document): string {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "");
}

/** The links to something inside the repository that lead nowhere, each with the document that has it. */
export function deadLinks(documents: readonly Document[], find: (path: string) => Document | "folder" | undefined) {
  return documents.flatMap((document) =>
    [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(document, link, find))
      .map((link) => `${document.path}: ${link}`),
  );
}

function leadsSomewhere(
  document: Document,
  link: string,
  find: (path: string) => Document | "folder" | undefined,
): boolean {
  const [file = "", anchor] = link.split("#");
  const found = file === "" ? document : find(posix.join(dirname(document.path), file));
  if (found === undefined || anchor === undefined) return found !== undefined;
  return found !== "folder" && anchors(found).includes(anchor);
}

/** What GitHub makes of the headings, for links to them. */
export function anchors(document: Document): string[] {
  const headings = [...prose(document).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => slug(heading));
  return headings.map((one, index) => {
    const before = headings.slice(0, index).filter((other) => other === one).length;
    return before === 0 ? one : `${one}-${before}`;
  });
}

function slug(heading: string): string {
  const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
  return words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
}
