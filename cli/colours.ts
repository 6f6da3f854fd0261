import { WriteStream } from "node:tty";
import { styleText } from "node:util";

type Style = "bold" | "cyan" | "dim" | "green" | "red" | "yellow";

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/**
 * Uses colours if the stream is a terminal that supports them, as Node itself decides from NO_COLOR, FORCE_COLOR and TERM. This
 * function does that itself, because `styleText` checks its stream only since Node 22.13.
 */
export function paintFor<Stream extends string>(
  { env, isTerminal }: { readonly env: NodeJS.ProcessEnv; readonly isTerminal: Readonly<Record<Stream, boolean>> },
  stream: Stream,
): Paint {
  const wanted = isTerminal[stream] || env["FORCE_COLOR"] !== undefined;
  if (!wanted || WriteStream.prototype.getColorDepth(env) <= 2) return (_, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}
