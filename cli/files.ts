import { open } from "node:fs/promises";
import { oneLine, sentence, ZitadelError } from "../provider/api/errors";
import { looksLikePath } from "../provider/api/redact";
import type { Terminal } from "./terminal";

/** A file that a command reads. */
export interface Input {
  /** Its name in messages. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Whether others on this machine can read it. */
  readonly isOpen: boolean;
}

/**
 * Reads a file; `-` means standard input.
 *
 * @param isSecret Whether it is a file of keys. Then no message repeats the name of a file that is not there: it may be a key.
 * @throws {ZitadelError} if it cannot be read.
 */
export async function readInput(
  name: string,
  terminal: Pick<Terminal, "read">,
  { isSecret = false } = {},
): Promise<Input> {
  if (name === "-") return { name: "standard input", bytes: await terminal.read(), isOpen: false };
  try {
    const file = await open(name);
    try {
      const stat = await file.stat();
      const isOpen = stat.isFile() && process.platform !== "win32" && (stat.mode & 0o077) !== 0;
      return { name, bytes: await file.readFile(), isOpen };
    } finally {
      await file.close();
    }
  } catch (error) {
    const said = `it cannot be read (${(error as NodeJS.ErrnoException).code ?? "for an unknown reason"})`;
    if (isSecret)
      throw unreadable("the key file", said, "Give the name of a file that contains the key, not the key itself.");
    if (!looksLikePath(name)) throw unreadable("the given file", said, "Give the name of a file, not its content.");
    throw unreadable(name, said);
  }
}

/** The error for an unusable file, without a part of its content: that may contain secrets. */
export function unreadable(name: string, said: string, hint = ""): ZitadelError {
  return new ZitadelError("settings", sentence(`reading ${oneLine(name)}`, said, hint), { operation: "read file" });
}
