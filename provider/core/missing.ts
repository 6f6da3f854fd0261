/** An optional peer dependency of this package. */
export type Peer = "@pulumi/pulumi" | "@pulumi/policy";

/** How to install a peer dependency, as a sentence. */
export function howToInstall(name: Peer, where: string, flags = ""): string {
  const by = (command: string, flag = flags) => `\`${[command, flag, name].filter((part) => part !== "").join(" ")}\``;
  return `Run ${by("npm install")} ${where} (with pnpm: ${by("pnpm add")}; with Yarn: ${by("yarn add", flags.replace("save-", ""))}).`;
}

/**
 * The error to throw if a peer dependency does not load: one with `message` if it is not installed, otherwise the error as it is.
 */
export function errorFor(thrown: unknown, name: Peer, message: string): unknown {
  const { code, message: said = "" } = (thrown ?? {}) as { code?: unknown; message?: string };
  const [line = ""] = said.split("\n");
  // Node, Bun and Jest quote the name; Yarn's Plug'n'Play does not.
  const isMissing = /MODULE_NOT_FOUND$/.test(String(code)) && new RegExp(`['" ]${name}['" ]`).test(line);
  if (!isMissing) return thrown;
  return new Error(message);
}
