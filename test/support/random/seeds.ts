import fc from "fast-check";
import type { Orphan } from "./settled";

/** How one kind of random tests is drawn and run. */
export interface RandomTests<Life> {
  readonly life: fc.Arbitrary<Life>;
  /** Runs a test and returns what was left over. Rejects if a check fails. */
  readonly live: (life: Life) => Promise<readonly Orphan[]>;
}

interface Outcome {
  readonly leftOver: Record<string, number>;
  /** The checks that failed, each with the seeds of the tests in which it failed. */
  readonly failures: [why: string, seeds: number[]][];
}

/** Runs the random test of a seed, shrinks it, and returns the report of its failure. */
export async function shrunk<Life>(tests: RandomTests<Life>, seed: number, parameters: fc.Parameters<[Life]> = {}) {
  return fc.defaultReportMessage(await check(tests, seed, parameters));
}

/** Runs the random test of a seed, and throws if it fails. */
export async function once<Life>(tests: RandomTests<Life>, seed: number): Promise<void> {
  const result = await check(tests, seed, { endOnFailure: true });
  if (result.failed) throw new Error(fc.defaultReportMessage(result));
}

/** Runs the random tests of `count` seeds, some of them at once. */
export async function all<Life>(
  { life, live }: RandomTests<Life>,
  firstSeed: number,
  { count, atOnce = 1 }: { count: number; atOnce?: number },
): Promise<Outcome> {
  const leftOver: Record<string, number> = {};
  const failures = new Map<string, number[]>();
  const noting: RandomTests<Life> = {
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

function check<Life>({ life, live }: RandomTests<Life>, seed: number, parameters: fc.Parameters<[Life]>) {
  const property = fc.asyncProperty(life, async (one) => {
    await live(one);
  });
  return fc.check(property, { seed, numRuns: 1, unbiased: true, ...parameters });
}
