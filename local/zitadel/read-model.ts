import type { Event } from "./events";
import type { Write } from "./operations";
import { Projection } from "./projection";

const WRITE_OF: Record<Event["type"], Write> = {
  "target.added": "create",
  "target.changed": "update",
  "target.removed": "delete",
  "execution.set": "setExecution",
  "key.added": "addKey",
  "key.activated": "activateKey",
  "key.deactivated": "deactivateKey",
  "key.removed": "deleteKey",
};

/** Lets a test make the read model lag, or lose events. */
export interface ReadModelControl {
  /** How many milliseconds after its write an event becomes visible, by the server's clock. Default: 0. */
  lag(ms: number): void;
  /** Withholds new events until {@link ReadModelControl.resume | resume} is called. */
  pause(): void;
  /** Ends {@link ReadModelControl.pause | pause} and `lagReads`, and makes the events visible that they withheld. */
  resume(): void;
  /**
   * Withholds new events until `reads` reads (get or search) were answered without them. Reads do not count while no event is
   * withheld.
   */
  lagReads(reads: number): void;
  /**
   * Loses the next `times` (default 1) events of this kind: they never reach any table of the read model. For example, if a
   * `delete` is lost, the target stays in its executions there, and keeps its keys.
   */
  loseNext(write: Write, times?: number): void;
  /** Cancels every {@link ReadModelControl.loseNext | loseNext} that has not taken effect yet. */
  loseNothing(): void;
}

/** The read model: a projection of the event log that can lag, stop or miss events. */
export class ReadModel implements ReadModelControl {
  private readonly projection = new Projection();
  private readonly waiting: { event: Event; writtenAt: number }[] = [];
  private readonly toLose = new Map<Write, number>();
  private lagMs = 0;
  private paused = false;
  private staleReads = 0;

  constructor(private readonly clock: () => number) {}

  lag(ms: number): void {
    this.lagMs = ms;
  }

  pause(): void {
    this.deliver();
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.staleReads = 0;
  }

  lagReads(reads: number): void {
    this.deliver();
    this.staleReads = reads;
  }

  loseNext(write: Write, times = 1): void {
    this.toLose.set(write, (this.toLose.get(write) ?? 0) + times);
  }

  loseNothing(): void {
    this.toLose.clear();
  }

  /** Marks an event as lost if `loseNext` asked for it. Call it before the event is logged. */
  mark(event: Event): void {
    const write = WRITE_OF[event.type];
    const left = this.toLose.get(write) ?? 0;
    if (left === 0) return;
    this.toLose.set(write, left - 1);
    event.lost = true;
  }

  append(event: Event): void {
    if (event.lost) return;
    this.waiting.push({ event, writtenAt: this.clock() });
    this.deliver();
  }

  /** Returns the state from which a read is answered. */
  read(): Projection {
    const projection = this.peek();
    if (this.staleReads > 0 && this.waiting.length > 0) this.staleReads--;
    return projection;
  }

  /** Returns the same state for the server's own use, which does not count as a read. */
  peek(): Projection {
    this.deliver();
    return this.projection;
  }

  private deliver(): void {
    if (this.paused || this.staleReads > 0) return;
    const now = this.clock();
    let due = 0;
    for (const { event, writtenAt } of this.waiting) {
      if (writtenAt + this.lagMs > now) break;
      this.projection.apply(event);
      due++;
    }
    this.waiting.splice(0, due);
  }
}
