import { readFileSync } from "node:fs";
import { join } from "node:path";

// Which folder may import which is written in docs/architecture.md: a row of the table may import what its last cell names, and only
// rows below it. Imports of types count.

/** A folder, or several that are one layer, and what it may import. */
const rows = readFileSync(join(import.meta.dirname, "docs/architecture.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => {
    const [, folders = "", , imports = ""] = line.split("|");
    return { folders: namesIn(folders), imports: namesIn(imports) };
  });

function namesIn(cell) {
  return [...cell.matchAll(/`([\w./-]+)`/g)].map(([, name]) => name);
}

const isIn = (name) => (folder) => name === folder || (folder.endsWith("/") && name.startsWith(folder));

for (const [index, { folders, imports }] of rows.entries()) {
  const below = rows.slice(index).flatMap((row) => row.folders);
  const above = imports.find((name) => !below.some(isIn(name)));
  if (above !== undefined)
    throw new Error(`docs/architecture.md: ${folders.join(", ")} cannot import ${above}, which has no row below it.`);
}

const all = rows.flatMap(({ folders }) => folders);
const escaped = (name) => name.replaceAll(".", "\\.");
const inside = (names) => names.map((name) => `^${escaped(name)}${name.endsWith("/") ? "" : "$"}`);

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circles",
      comment: "Files import each other in a circle: move what both of them need into a third one.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...rows.flatMap(({ folders, imports }) =>
      folders.map((folder) => ({
        name: `imports-of-${folder}`,
        comment: "docs/architecture.md says what this folder may import.",
        severity: "error",
        from: { path: inside([folder]) },
        to: { path: inside(all), pathNot: inside([folder, ...imports]) },
      })),
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
  },
};
