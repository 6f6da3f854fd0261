import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./documents";

/** The modules that files contain, by their paths from the root: those of a bundle are in its source map. */
export function modulesOf(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    if (!existsSync(`${file}.map`)) return [relative(root, file)];
    const { sources } = JSON.parse(readFileSync(`${file}.map`, "utf8")) as { readonly sources: readonly string[] };
    return sources.map((source) => relative(root, join(dirname(file), source)));
  });
}
