import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./documents";

/** The packages of package-lock.json, and what comes with each. */

/** A package as the lock file has it. */
export interface Locked {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly hasInstallScript?: boolean;
}

/** By place: `node_modules/got`; this package is at `""`. */
export const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  readonly packages: Readonly<Record<string, Locked>>;
};

/** Where a package of that name is found from another one, as Node looks for it. */
export function placeOf(name: string, from: string): string {
  const place = `${from === "" ? "" : `${from}/`}node_modules/${name}`;
  if (place in packages) return place;
  if (from === "") throw new Error(`package-lock.json has no ${name}`);
  return placeOf(name, from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/"))));
}

/** All that comes with a package, by place: what it depends on, and what that depends on. */
export function tree(from = "", found = new Map<string, Locked>()): Map<string, Locked> {
  const { dependencies = {}, optionalDependencies = {} } = packages[from] ?? {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) visit(placeOf(name, from), found);
  return found;
}

/** All that npm installs for packages of these names: what comes with each, and the peers that they need. */
export function installed(names: readonly string[]): Map<string, Locked> {
  const found = new Map<string, Locked>();
  for (const name of names) visit(placeOf(name, ""), found);
  for (const [place, { peerDependencies = {}, peerDependenciesMeta = {} }] of found)
    for (const peer of Object.keys(peerDependencies))
      if (peerDependenciesMeta[peer]?.optional !== true) visit(placeOf(peer, place), found);
  return found;
}

function visit(place: string, found: Map<string, Locked>): void {
  const locked = packages[place];
  if (locked !== undefined && !found.has(place)) tree(place, found.set(place, locked));
}
