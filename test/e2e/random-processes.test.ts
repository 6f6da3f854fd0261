import { realLife } from "../support/random/arbitrary";
import { liveReal, type RealCounts } from "../support/random/real-life";
import { once, type RandomTests, soak } from "../support/random/seeds";
import type { RealLife } from "../support/random/steps";

// The same random tests as in random.test.ts, but with real processes, each of which can be killed at any moment.

/** `npm run soak` runs more of them, from another seed. */
const count = Number(process.env["PROCESS_RUNS"] ?? 10);
const firstSeed = Number(process.env["SEED"] ?? 21010);
/** The processes mostly wait, so several tests run at once. */
const atOnce = 4;

const counts: RealCounts = {
  commands: 0,
  failedCommands: 0,
  operations: 0,
  requests: 0,
  faults: 0,
  lostEvents: 0,
  kills: {},
};
const tests: RandomTests<RealLife> = { life: realLife, live: (one) => liveReal(one, counts) };

/**
 * Random tests that failed in the past. They wrongly expected that the doctor knows which create made which of two equal keys, and that it
 * sees everything; and a message had changed.
 */
test.each([24033, 24079, 25012, 20490113])("random test with seed %i", (seed) => once(tests, seed), 300_000);

test(
  `${count} random tests with killed processes end as declared, from seed ${firstSeed}`,
  () => soak(tests, counts, { firstSeed, count, atOnce }, { interruptAfterTimeLimit: 600_000 }),
  30_000 * Math.max(40, count),
);
