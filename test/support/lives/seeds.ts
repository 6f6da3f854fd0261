import fc from "fast-check";
import type { Orphan } from "./settled";

/** How lives of one kind are drawn and lived. */
export interface Lives<Life> {
  readonly life: fc.Arbitrary<Life>;
  /** Gives what was left over; rejects where something does not hold. */
  readonly live: (life: Life) => Promise<readonly Orphan[]>;
}

interface Outcome {
  readonly leftOver: Record<string, number>;
  /** What did not hold, with the seeds of the lives in which it did not. */
  readonly failures: [why: string, seeds: number[]][];
}

/** Lives the life of a seed; says, as short as it can be made, why it failed. */
export async function shrunk<Life>(lives: Lives<Life>, seed: number, parameters: fc.Parameters<[Life]> = {}) {
  return fc.defaultReportMessage(await check(lives, seed, parameters));
}

/** Lives the life of a seed, and throws what failed in it. */
export async function once<Life>(lives: Lives<Life>, seed: number): Promise<void> {
  const result = await check(lives, seed, { endOnFailure: true });
  if (result.failed) throw new Error(fc.defaultReportMessage(result));
}

/** Lives the lives of so many seeds, some at once. */
export async function all<Life>(
  { life, live }: Lives<Life>,
  firstSeed: number,
  { count, atOnce = 1 }: { count: number; atOnce?: number },
): Promise<Outcome> {
  const leftOver: Record<string, number> = {};
  const failures = new Map<string, number[]>();
  const noting: Lives<Life> = {
    life,
    live: async (one) => {
      const left = await live(one);
      for (const { type, reason } of left) {
        const what = `${type} after ${reason}`;
        leftOver[what] = (leftOver[what] ?? 0) + 1;
      }
      return left;
    },
  };
  let next = firstSeed;
  const worker = async (): Promise<void> => {
    while (next < firstSeed + count) {
      const seed = next++;
      const result = await check(noting, seed, { endOnFailure: true });
      if (!result.failed) continue;
      const why = String(result.errorInstance).replace(/\d{18}/g, "…");
      failures.set(why, [...(failures.get(why) ?? []), seed]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { leftOver, failures: [...failures] };
}

function check<Life>({ life, live }: Lives<Life>, seed: number, parameters: fc.Parameters<[Life]>) {
  const property = fc.asyncProperty(life, async (one) => {
    await live(one);
  });
  return fc.check(property, { seed, numRuns: 1, unbiased: true, ...parameters });
}
