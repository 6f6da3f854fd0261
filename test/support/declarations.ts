import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** What a compiler reads for the sake of one declaration file: those of the package, and the packages that they name. */
export interface Declarations {
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

/** Follows the imports of a declaration file; what stands in comments is none. */
export function declarations(entry: string): Declarations {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
      if (fileName.startsWith(".")) {
        const path = join(file, "..", fileName.replace(/\.[jt]s$/, ""));
        visit(existsSync(`${path}.d.ts`) ? `${path}.d.ts` : join(path, "index.d.ts"));
      } else packages.add(fileName);
    }
  };
  visit(entry);
  return { files: [...files], packages: [...packages].sort() };
}
