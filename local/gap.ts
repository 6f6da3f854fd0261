/**
 * `npm run gap`: measures what the rotation of a signing key costs. It deploys examples/rotation to a mock ZITADEL server. A client
 * triggers the execution a hundred times a second while `pulumi up` rotates the key. The receiver checks every signature, and needs a
 * second to learn a new key. It measures a rotation with a new target first, and one in place. With `--svg FILE`, it also draws when
 * calls failed.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDeployment } from "./deployment";
import { plotOf, type Trigger } from "./gap-plot";
import { openReceiver, type Receiver } from "./gap-receiver";
import type { RunResult } from "./engine";
import { leadingTo } from "./settings";
import { startZitadel } from "./zitadel";

export type Strategy = "replace" | "inPlace";

export interface RotationOptions {
  /** The folder of examples/rotation. */
  readonly projectDir: string;
  readonly strategy: Strategy;
  /** How long the receiver takes to learn a new key, in milliseconds. */
  readonly learning: number;
  readonly signal?: AbortSignal;
}

/** The results of the triggers that were sent during the rotations. */
export interface GapResult {
  readonly strategy: Strategy;
  readonly rotations: number;
  readonly triggers: readonly Trigger[];
  /** Calls that failed because their delivery was rejected. */
  readonly failed: number;
  /** Deliveries whose signature the receiver did not accept. */
  readonly refused: number;
  /** Triggers whose delivery never reached the receiver. */
  readonly missing: number;
  /** The different keys with which accepted deliveries were signed. */
  readonly keys: number;
}

const method = "/zitadel.session.v2.SessionService/ListSessions";
const pause = 10;

/** The example, with a mock ZITADEL server to deploy to and a receiver that the server calls. */
export interface Rotation {
  readonly receiver: Receiver;
  /** Deploys the example with this value of its rotation triggers. If that fails, returns a result with an exit code. */
  readonly up: (rotation: string) => Promise<RunResult>;
  /** Triggers the execution once. Returns the status that the caller of ZITADEL's API would get. */
  readonly trigger: (number: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

export async function openRotation({ projectDir, strategy, learning, signal }: RotationOptions): Promise<Rotation> {
  const zitadel = await startZitadel({ allowLoopback: true });
  const receiver = await openReceiver(learning);
  const deployment = await openDeployment({ projectDir });
  return {
    receiver,
    async up(rotation) {
      await deployment.configure({
        ...leadingTo(zitadel),
        "zitadel-actions-rotation:receiver": receiver.url,
        "zitadel-actions-rotation:strategy": strategy,
        "zitadel-actions-rotation:rotation": rotation,
      });
      return deployment.up(signal === undefined ? {} : { signal });
    },
    async trigger(number) {
      const call = { method, request: { query: { offset: number } }, response: {} };
      const response = await fetch(`${zitadel.url}/local/trigger`, {
        method: "POST",
        headers: { authorization: `Bearer ${zitadel.accessToken}` },
        body: JSON.stringify({ call }),
      });
      await response.arrayBuffer();
      return response.status;
    },
    async close() {
      await deployment.close();
      await receiver.close();
      await zitadel.stop();
    },
  };
}

/** Rotates the key several times while a client triggers the execution a hundred times a second. Counts the results. */
export async function measureRotation({
  rotations,
  ...options
}: RotationOptions & { rotations: number }): Promise<GapResult> {
  const rotation = await openRotation(options);
  try {
    const up = async (value: number) => {
      const { exitCode, stdout, stderr } = await rotation.up(String(value));
      if (exitCode !== 0) throw new Error(`the example could not be deployed:\n${stdout}\n${stderr}`);
    };
    await up(0);
    const client = startClient(rotation);
    try {
      for (let value = 1; value <= rotations; value++) await up(value);
      // Also trigger once after the last rotation, before counting.
      await client.once();
    } finally {
      await client.stop();
    }
    const { triggers } = client;
    const failed = triggers.filter((trigger) => trigger.failed).length;
    return { strategy: options.strategy, rotations, triggers, failed, ...rotation.receiver.counts(triggers.length) };
  } finally {
    await rotation.close();
  }
}

/** Triggers the execution every 10 ms, without waiting for the previous answer. */
function startClient({ trigger, receiver }: Rotation) {
  const began = performance.now();
  let sent = 0;
  const triggers: Trigger[] = [];
  const underWay = new Set<Promise<void>>();
  const fire = () => {
    const at = performance.now() - began;
    const one = trigger(sent++)
      .then((status) => void triggers.push({ at, failed: status !== 200 }))
      .finally(() => underWay.delete(one));
    underWay.add(one);
    one.catch(() => undefined); // stop() reports it
    return one;
  };
  const timer = setInterval(() => void fire(), pause);
  return {
    once: fire,
    triggers,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      await receiver.idle();
    },
  };
}

const labels = { replace: "A new target first (rotationStrategy: replace)", inPlace: "In place (the default)" };

async function main(): Promise<void> {
  const stop = new AbortController();
  process.on("SIGINT", () => stop.abort());
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { svg: { type: "string" } } });
  const rotations = Number(positionals[0] ?? 3);
  if (!Number.isInteger(rotations) || rotations < 1 || rotations > 100)
    throw new Error("the number of rotations must be from 1 to 100");
  console.log(`A trigger every ${pause} ms during ${rotations} rotations; the receiver needs 1 s to learn a key.\n`);
  console.log("| strategy | triggers | calls failed | deliveries rejected | deliveries missing | keys seen |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  const strips = [];
  for (const strategy of ["replace", "inPlace"] as const) {
    const projectDir = join(__dirname, "..", "..", "examples", "rotation");
    const result = await measureRotation({ projectDir, strategy, rotations, learning: 1_000, signal: stop.signal });
    const { triggers, failed, refused, missing, keys } = result;
    console.log(`| ${strategy} | ${triggers.length} | ${failed} | ${refused} | ${missing} | ${keys} |`);
    strips.push({ label: labels[strategy], triggers });
  }
  if (values.svg !== undefined) await writeFile(values.svg, plotOf(strips));
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
