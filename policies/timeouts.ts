import { parseDuration } from "../provider/duration";
import { interrupts, kinds } from "../provider/target/schema";
import { resourcePolicy } from "./rule";

const nanoseconds = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));

/**
 * Refuses time-outs above `seconds`, and those of interrupting targets above `interruptingSeconds`.
 *
 * Default level: mandatory.
 */
export const timeouts = resourcePolicy<{ interruptingSeconds: number; seconds: number }>({
  type: "Target",
  name: "zitadel-timeouts",
  description: "Targets that can stop a call are waited for briefly, and none longer than the server waits.",
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
        "The longest timeout of any target, in seconds. A server gives up after 30 s unless its HTTPClient.Timeout says otherwise.",
      type: "number",
      exclusiveMinimum: 0,
      default: 30,
    },
  },
  problemOf({ inputs }, { interruptingSeconds, seconds }) {
    const timeout = String(inputs["timeout"]);
    const value = parseDuration(timeout);
    if (value === undefined) return undefined; // not known yet, or refused by the provider
    if (value > nanoseconds(interruptingSeconds) && kinds.some((kind) => interrupts(inputs[kind]) === true))
      return `has interruptOnError and a timeout of ${timeout}, more than ${interruptingSeconds} s: for so long it can hold up every call that triggers it. Shorten its timeout, or leave interruptOnError out`;
    if (value > nanoseconds(seconds))
      return `has a timeout of ${timeout}, more than the ${seconds} s after which the server gives up without saying so: shorten it, or raise seconds if your server's HTTPClient.Timeout is longer`;
    return undefined;
  },
});
