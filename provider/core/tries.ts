import { mayBeDone } from "../api/errors";
import type { Unfinished } from "./unfinished";

/** The current state of a resource that exists, but not as declared. */
type Half = Pick<Unfinished, "id" | "properties">;

/** Something that must happen only once, even if the engine repeats an operation that failed. */
interface Act {
  /** When it began, on the clock's `now`. */
  readonly began: number;
  readonly result?: unknown;
}

/** What this process has tried for each resource. An error hook can make the engine repeat an operation that failed. */
export class Tries {
  private readonly acts = new Map<string, Act>();
  private readonly halves = new Map<string | undefined, Half | undefined>();

  /** Does something only once: if an error hook repeats it after a failure, returns its result, or says when it began. */
  async once<Result>(
    what: string,
    resource: string | undefined,
    now: number,
    act: (began: number, isRepeated: boolean) => Promise<Result>,
  ): Promise<Result> {
    if (resource === undefined) return act(now, false);
    const key = `${resource}: ${what}`;
    const known = this.acts.get(key);
    if (known !== undefined && "result" in known) return known.result as Result;
    const began = known?.began ?? now;
    this.acts.set(key, { began });
    try {
      const result = await act(began, known !== undefined);
      this.acts.set(key, { began, result });
      return result;
    } catch (error) {
      if (!mayBeDone(error)) this.acts.delete(key);
      throw error;
    }
  }

  /** Records what a try left unfinished, or `undefined` if it succeeded. */
  leave(resource: string | undefined, half: Half | undefined): void {
    if (resource !== undefined) this.halves.set(resource, half);
  }

  leftOf(resource: string | undefined): Half | undefined {
    return this.halves.get(resource);
  }
}
