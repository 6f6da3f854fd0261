import { readFileSync } from "node:fs";

/** Reads the tenants' tokens from a file that a secret store mounts: a JSON object, name → token. */
export function tokensIn(file: string): (tenant: string) => string {
  const tokens = read(file);
  return (tenant) => {
    const token = tokens.get(tenant);
    if (token === undefined) throw new Error(`${file} has no token for ${tenant}`);
    return token;
  };
}

function read(file: string): Map<string, string> {
  const text = readFileSync(file, "utf8");
  try {
    return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
  } catch {
    // Do not show the error of JSON.parse: it repeats part of the file.
    throw new Error(`${file} must be a JSON object of tokens by name`);
  }
}
