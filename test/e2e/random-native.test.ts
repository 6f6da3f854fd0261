import { life } from "../support/random/arbitrary";
import { liveCalled } from "../support/random/called-life";
import { native } from "../support/random/native";
import { soak } from "../support/random/seeds";
import { noCounts } from "../support/random/world";

// The same random tests as in random.test.ts, but with the native provider. A preview comes before each `up`, as with Pulumi, and what
// it says of the outputs must come true.

/** `npm run soak` runs more of them, from another seed. */
const count = Number(process.env["NATIVE_RUNS"] ?? 80);
const firstSeed = Number(process.env["SEED"] ?? 20260701);

test(
  `${count} random tests of the native provider end as declared, from seed ${firstSeed}`,
  () => {
    const counts = noCounts();
    return soak({ life, live: (one) => liveCalled(one, counts, native) }, counts, { firstSeed, count });
  },
  5_000 * Math.max(40, count),
);
