import { parseDuration } from "../provider/api/duration";
import { interrupts, kinds } from "../provider/target/schema";
import { resourcePolicy } from "./rule";

const nanoseconds = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));

/**
 * Rejects timeouts above `seconds`, and timeouts of interrupting targets above `interruptingSeconds`.
 *
 * Default level: mandatory.
 */
export const timeouts = resourcePolicy<{ interruptingSeconds: number; seconds: number }>({
  type: "Target",
  name: "zitadel-timeouts",
  description: "Targets that can stop a call have a short timeout, and no timeout is longer than the server waits.",
  enforcementLevel: "mandatory",
  settings: {
    interruptingSeconds: {
      description: "The longest timeout of a target with interruptOnError, in seconds.",
      type: "number",
      exclusiveMinimum: 0,
      default: 10,
    },
    seconds: {
      description:
        "The longest timeout of any target, in seconds. A server stops waiting after 30 s unless its HTTPClient.Timeout is different.",
      type: "number",
      exclusiveMinimum: 0,
      default: 30,
    },
  },
  problemOf({ inputs }, { interruptingSeconds, seconds }) {
    const timeout = String(inputs["timeout"]);
    const value = parseDuration(timeout);
    if (value === undefined) return undefined; // not known yet, or rejected by the provider
    if (value > nanoseconds(interruptingSeconds) && kinds.some((kind) => interrupts(inputs[kind]) === true))
      return `has interruptOnError and a timeout of ${timeout}, more than ${interruptingSeconds} s: it can delay every call that triggers it by that long. Shorten the timeout, or leave interruptOnError out`;
    if (value > nanoseconds(seconds))
      return `has a timeout of ${timeout}, more than the ${seconds} s after which the server silently stops waiting: shorten it, or raise seconds if your server's HTTPClient.Timeout is longer`;
    return undefined;
  },
});
