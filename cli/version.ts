import { createRequire } from "node:module";

/** The version of this package, of whose own name Node knows where it is. */
export function version(): string {
  const manifest = createRequire(__filename)("pulumi-zitadel-actions/package.json") as { version: string };
  return manifest.version;
}
