import { join } from "node:path";
import { read, root } from "./documents";

/** What a condition of package.json's exports leads to: a file, or further conditions. */
export type Target = string | { readonly [condition: string]: Target };

/** An entry point that programs import, by the name that they import it by, and its declaration files. */
export interface Entry {
  readonly name: string;
  readonly declarations: readonly string[];
}

/** Not for programs: what the provider process loads, and the manifest. */
const others = ["./runtime", "./package.json"];

/** The entry points of the package, as package.json has them. */
export function entries(): Entry[] {
  const { name, exports } = JSON.parse(read("package.json").text) as { name: string; exports: Record<string, Target> };
  return Object.entries(exports)
    .filter(([path]) => !others.includes(path))
    .map(([path, target]) => ({
      name: `${name}${path.slice(1)}`,
      declarations: filesOf(target)
        .filter((file) => file.endsWith(".d.ts"))
        .map((file) => join(root, file)),
    }));
}

export function filesOf(target: Target): string[] {
  return typeof target === "string" ? [target] : Object.values(target).flatMap(filesOf);
}
