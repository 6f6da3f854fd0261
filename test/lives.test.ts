import { life, lifeWithoutRenames, lifeWithoutSwaps } from "./support/lives/arbitrary";
import { liveCalled } from "./support/lives/called-life";
import { all, type Lives, once, shrunk } from "./support/lives/seeds";
import type { CalledCommand, Life } from "./support/lives/steps";
import type { Counts } from "./support/lives/world";

/** `npm run soak` lives more of them, from a seed of its own. */
const count = Number(process.env["RUNS"] ?? 200);
const firstSeed = Number(process.env["SEED"] ?? 20260701);

const counts: Counts = {
  commands: 0,
  failedCommands: 0,
  operations: 0,
  requests: 0,
  faults: 0,
  crashes: 0,
  lostEvents: 0,
  told: {},
};
const live = (one: Life<CalledCommand>) => liveCalled(one, counts);
const lives: Lives<Life<CalledCommand>> = { life, live };

/**
 * What failed once: a dead key brought home by a lagging refresh; an execution that was lost, then not declared; a 503 after
 * the work; a deleted target taken for the new one; a flag that could not be looked at; a rotation of which nothing could be
 * found out; executions that stay in the way for ever; and what the lives themselves held wrongly.
 */
const failedWithoutSwaps = [
  73, 84, 81, 20260747, 1083, 1046, 20260776, 310000146, 620000778, 620000949, 310000510, 310001350, 310000249,
  310002154,
];
test.each(failedWithoutSwaps)("the life of seed %i", (seed) => once({ life: lifeWithoutSwaps, live }, seed));

/**
 * Names that were exchanged while their holder keeps one for life; an update, removals and a deactivation that the read model
 * missed.
 */
test.each([710000270, 710000643, 710000862, 820000261, 820000281, 900004940, 930003788])(
  "the life of seed %i, with exchanges",
  (seed) => once({ life: lifeWithoutRenames, live }, seed),
);

/**
 * Runs with renames, moves and other providers' states that failed. A key that was activated a moment before was taken for a write
 * of the provider's own, which it changed back: the wrong key became active (51060, 51086, 51137, 51350, 51621). The others were
 * wrong expectations: what another server never had is not taken from it (20105); a key that another provider made is declared as it
 * is first (10022, 10162, 20359, 10369, 20258, 20295); a target begins to encrypt in two steps (10310, 20190, 51564, 52517), also one that
 * was deleted without the read model's seeing it (50061, 50103, 50346, 50347, 50363), whose execution stays too (51056).
 */
const failedWithRenames = [
  51060, 51086, 51137, 51350, 51621, 20105, 10022, 10162, 20359, 10369, 20258, 20295, 10310, 20190, 51564, 50061, 50103,
  50346, 50347, 50363, 51056, 52517, 3000432,
];
test.each(failedWithRenames)("the life of seed %i, with renames", (seed) => once(lives, seed));

test(
  `${count} random lives end as declared, from seed ${firstSeed}`,
  async () => {
    const { leftOver, failures } = await all(lives, firstSeed, { count });
    const report = { lives: count, firstSeed, ...counts, leftOver, failures };
    process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
    const seed = failures[0]?.[1][0];
    if (seed !== undefined) throw new Error(await shrunk(lives, seed));
  },
  5_000 * Math.max(40, count),
);
