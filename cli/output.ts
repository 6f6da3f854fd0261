import { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { Terminal } from "./terminal";
import { wrap } from "./wrap";

// How text looks on a terminal: its colours and its width.

type Style = "bold" | "cyan" | "dim" | "green" | "red" | "yellow";

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/**
 * Uses colours if the stream is a terminal that supports them, as Node itself decides from NO_COLOR, FORCE_COLOR and TERM. This
 * function does that itself, because `styleText` checks its stream only since Node 22.13.
 */
export function paintFor({ env, isTerminal }: Terminal, stream: keyof Terminal["isTerminal"]): Paint {
  const wanted = isTerminal[stream] || env["FORCE_COLOR"] !== undefined;
  if (!wanted || WriteStream.prototype.getColorDepth(env) <= 2) return (_, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** Wraps a text for the terminal; in a file or a pipe it stays as it is. */
export function fitted({ columns, isTerminal }: Terminal, stream: keyof Terminal["isTerminal"], text: string): string {
  return isTerminal[stream] && columns !== undefined ? wrap(text, columns) : text;
}

const remarks = { note: "cyan", warning: "yellow" } as const;

/** Writes a note or a warning. */
export function remark(terminal: Terminal, kind: keyof typeof remarks, text: string): void {
  const label = paintFor(terminal, "messages")(remarks[kind], `${kind}:`);
  terminal.tell(fitted(terminal, "messages", `${label} ${text}`));
}

/** Writes an error. */
export function fail(terminal: Terminal, message: string): void {
  terminal.tell(paintFor(terminal, "messages")("red", fitted(terminal, "messages", message)));
}
