import { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { Terminal } from "./terminal";

type Style = "bold" | "cyan" | "dim" | "green" | "red" | "yellow";

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/**
 * Colours where somebody looks at the stream and its terminal has any: as Node itself decides, from NO_COLOR, FORCE_COLOR and
 * TERM. That is done here since `styleText` knows its stream from Node 22.13 on only.
 */
export function paintFor({ env, isTerminal }: Terminal, stream: keyof Terminal["isTerminal"]): Paint {
  const wanted = isTerminal[stream] || env["FORCE_COLOR"] !== undefined;
  if (!wanted || WriteStream.prototype.getColorDepth(env) <= 2) return (_, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}
