import { setTimeout as wait } from "node:timers/promises";
import { hasCode, ZitadelError } from "./errors";
import { type HttpAnswer, NoAnswer } from "./http";

/** Time and random numbers, so that tests can control both. */
export interface Clock {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Milliseconds since 1970, for values that are sent to others. */
  date(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, signal === undefined ? {} : { signal }),
  random: Math.random,
};

/** A clock whose pauses end with an error once `stop` is aborted. */
export function stoppable(clock: Clock, stop: AbortSignal): Clock {
  // Often a part of another message, which says what to do: after a create, for example, to look for the object first.
  const cancelled = () =>
    new ZitadelError("cancelled", "Pulumi cancelled the operation, so the provider stopped waiting.");
  return {
    now: () => clock.now(),
    date: () => clock.date(),
    random: () => clock.random(),
    sleep: async (milliseconds, signal) => {
      const ends = signal === undefined ? stop : AbortSignal.any([signal, stop]);
      const isOver = () => stop.aborted;
      if (isOver()) throw cancelled();
      try {
        await clock.sleep(milliseconds, ends);
      } catch (error) {
        throw isOver() ? cancelled() : error;
      }
    },
  };
}

/** An answer, and whether an earlier, unanswered try of the same request may have taken effect too. */
export interface Persisted {
  readonly answer: HttpAnswer;
  readonly doubtful: boolean;
}

const mostTries = 6;
/** Each try with an answer that is too large costs as much as the first. */
const mostOversized = 2;
const mostTime = 60_000;
const firstPause = 250;
const longestPause = 8_000;

/** Statuses after which any request can be repeated: the server did not begin with it. */
const notBegun = new Set([429, 503]);
/** Statuses of a proxy whose server may or may not have done the work. */
const undecided = new Set([502, 503, 504]);

/** Whether the work may have been done. A proxy also answers 503 if its server broke off; with `Retry-After` it is a refusal. */
export function isUndecided({ status, headers }: Pick<HttpAnswer, "status" | "headers">): boolean {
  return undecided.has(status) && !(status === 503 && headers["retry-after"] !== undefined);
}

/**
 * Sends a request until there is a final answer, with growing random pauses, at most six times and within a minute.
 * A request that is not `repeatable` is sent again only if the server certainly did not begin with it. After an answer that is
 * too large, it is sent once more: the second answer to a completed request may be smaller.
 *
 * @throws {NoAnswer} if the last try got none.
 */
export async function persist(
  send: () => Promise<HttpAnswer>,
  { repeatable, clock, signal }: { repeatable: boolean; clock: Clock; signal?: AbortSignal | undefined },
): Promise<Persisted> {
  const deadline = clock.now() + mostTime;
  let doubtful = false;
  let oversized = 0;
  for (let tries = 1; ; tries++) {
    const outcome = await send().catch((error: unknown) => {
      if (error instanceof NoAnswer) return error;
      throw error;
    });
    const failure = outcome instanceof NoAnswer ? outcome.kind : undefined;
    const answer = outcome instanceof NoAnswer ? undefined : outcome;
    if (failure === "oversized") oversized++;
    const unheard = failure === "unanswered" || failure === "oversized";
    const open = unheard || (answer !== undefined && isUndecided(answer));
    const again = failure === "unsent" || (answer !== undefined && notBegun.has(answer.status)) || open;
    const longest = Math.min(longestPause, firstPause * 2 ** (tries - 1));
    const pause = Math.max(askedPause(answer, clock), (longest * (1 + clock.random())) / 2);
    const enough = tries >= mostTries || oversized >= mostOversized || clock.now() + pause > deadline;
    if (!again || (open && !repeatable) || enough) {
      if (!(outcome instanceof NoAnswer)) return { answer: outcome, doubtful };
      // If nothing was sent in the last try, an earlier one may still have taken effect.
      throw doubtful && (failure === "unsent" || failure === "untrusted")
        ? new NoAnswer("unanswered", outcome.code)
        : outcome;
    }
    doubtful ||= open;
    try {
      await clock.sleep(pause, signal);
    } catch (error) {
      if (signal?.aborted === true) throw new NoAnswer("cancelled", "ABORTED");
      throw doubtful && hasCode(error, "cancelled") ? new NoAnswer("unanswered", "ABORTED") : error;
    }
  }
}

/** `Retry-After`: seconds or a date. */
function askedPause(answer: HttpAnswer | undefined, clock: Clock): number {
  const text = answer?.headers["retry-after"];
  if (text === undefined) return 0;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // A date refers to the clock of the server that wrote it.
  const pause = Date.parse(text) - (Date.parse(answer?.headers["date"] ?? "") || clock.date());
  return Number.isNaN(pause) ? 0 : Math.max(0, pause);
}

/**
 * Calls `ask` until it returns something.
 *
 * @param most how long, in milliseconds.
 * @returns the result, or `undefined` if the time was not enough.
 */
export async function poll<T>(clock: Clock, ask: () => Promise<T | undefined>, most: number): Promise<T | undefined> {
  const deadline = clock.now() + most;
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const pause = Math.min(2_000, 50 * 2 ** tries);
    if (clock.now() + pause > deadline) return undefined;
    await clock.sleep(pause);
  }
}
