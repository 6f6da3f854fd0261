import { open } from "node:fs/promises";
import { oneLine, sentence, ZitadelError } from "../provider/errors";
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
 * @throws {ZitadelError} if it cannot be read.
 */
export async function readInput(name: string, terminal: Pick<Terminal, "read">): Promise<Input> {
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
    throw unreadable(name, `it cannot be read (${(error as NodeJS.ErrnoException).code ?? "for an unknown reason"})`);
  }
}

/** The error for an unusable file, without a part of its content: that may contain secrets. */
export function unreadable(name: string, said: string, hint = ""): ZitadelError {
  return new ZitadelError("settings", sentence(`reading ${oneLine(name)}`, said, hint), { operation: "read file" });
}
