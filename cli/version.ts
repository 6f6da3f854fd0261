import { createRequire } from "node:module";

/** The version of this package, which Node can find by its own name. */
export function version(): string {
  const manifest = createRequire(__filename)("pulumi-zitadel-actions/package.json") as { version: string };
  return manifest.version;
}
