import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { marks } from "../marks";

/** How a process ended. */
export interface Logged {
  readonly code: number | null;
  /** Both streams, in the order in which they came. */
  readonly log: string;
}

/** Waits for the end of a process; what it writes is searched for secrets. */
export async function logged(child: ChildProcessByStdio<null, Readable, Readable>, what: string): Promise<Logged> {
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (log += data.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  marks.write(what, log);
  return { code, log };
}
