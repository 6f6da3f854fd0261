import { dirname, join } from "node:path";
import { interrupts } from "./interrupts.ts";
import { serve } from "./service.ts";
import { withPulumi } from "./stacks.ts";
import { tokensIn } from "./tokens.ts";

async function main([, script = "", ...args]: readonly string[]): Promise<number> {
  const projectDir = join(dirname(script), "..");
  const open = withPulumi(projectDir, tokensIn(process.env["TENANT_TOKENS_FILE"] ?? "tokens.json"));
  return serve(args, { screen: process.stdout, open, projectDir, ...interrupts(process) });
}

main(process.argv).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
