import { readFileSync } from "node:fs";

/** The tenants' tokens from a file that a secret store has mounted: a JSON object, name → token. */
export function tokensIn(file: string): (tenant: string) => string {
  const tokens = read(file);
  return (tenant) => {
    const token = tokens.get(tenant);
    if (token === undefined) throw new Error(`${file} has no token of ${tenant}`);
    return token;
  };
}

function read(file: string): Map<string, string> {
  const text = readFileSync(file, "utf8");
  try {
    return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
  } catch {
    // What JSON.parse says repeats some of the text.
    throw new Error(`${file} is no JSON object of tokens by name`);
  }
}
