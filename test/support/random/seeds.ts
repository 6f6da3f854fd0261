import fc from "fast-check";
import type { Orphan } from "./settled";

/** How one kind of random tests is drawn and run. */
export interface RandomTests<Life> {
  readonly life: fc.Arbitrary<Life>;
  /** Runs a test and returns what was left over. Rejects if a check fails. */
  readonly live: (life: Life) => Promise<readonly Orphan[]>;
}

/** Which random tests to run, and how many of them at once. */
interface Range {
  readonly firstSeed: number;
  readonly count: number;
  readonly atOnce?: number;
}

interface Outcome {
  readonly leftOver: Record<string, number>;
  /** The checks that failed, each with the seeds of the tests in which it failed. */
  readonly failures: [why: string, seeds: number[]][];
}

/** Runs the random test of a seed, shrinks it, and returns the report of its failure. */
async function shrunk<Life>(tests: RandomTests<Life>, seed: number, parameters: fc.Parameters<[Life]> = {}) {
  return fc.defaultReportMessage(await check(tests, seed, parameters));
}

/** Runs the random test of a seed, and throws if it fails. */
export async function once<Life>(tests: RandomTests<Life>, seed: number): Promise<void> {
  const result = await check(tests, seed, { endOnFailure: true });
  if (result.failed) throw new Error(fc.defaultReportMessage(result));
}

/** Runs the random tests of `count` seeds, prints what happened, and throws the report of the first failure. */
export async function soak<Life>(
  tests: RandomTests<Life>,
  counts: object,
  { firstSeed, ...options }: Range,
  shrinking: fc.Parameters<[Life]> = {},
): Promise<void> {
  const { leftOver, failures } = await all(tests, firstSeed, options);
  const report = { tests: options.count, firstSeed, ...counts, leftOver, failures };
  process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
  const seed = failures[0]?.[1][0];
  if (seed !== undefined) throw new Error(await shrunk(tests, seed, shrinking));
}

/** Runs the random tests of `count` seeds, some of them at once. */
async function all<Life>(
  { life, live }: RandomTests<Life>,
  firstSeed: number,
  { count, atOnce = 1 }: Omit<Range, "firstSeed">,
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
