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

/** How far the read side may fall behind, for tests to switch. */
export interface ReadModelControl {
  /** Every event becomes visible this many milliseconds after it was written, by the stand-in's clock. Default: 0. */
  lag(ms: number): void;
  /** From now on events are withheld until {@link ReadModelControl.resume | resume}. */
  pause(): void;
  /** Makes visible what {@link ReadModelControl.pause | pause} and `lagReads` withheld, and ends both. */
  resume(): void;
  /**
   * Withholds events that are written from now on, until `reads` answers (get or search) were given without them.
   * Reads that come while nothing is withheld do not count.
   */
  lagReads(reads: number): void;
  /**
   * The next `times` (default 1) events of that kind never reach the read model, none of its tables: a target whose
   * `delete` is lost stays in its executions and keeps its keys there.
   */
  loseNext(write: Write, times?: number): void;
  /** Ends what {@link ReadModelControl.loseNext | loseNext} asked for and has not come yet. */
  loseNothing(): void;
}

/** The read side: a projection of the event log that may lag, stand still or miss events. */
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

  /** Marks an event as lost if that was asked for; to be called before it is logged. */
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

  /** The state that a read is answered from. */
  read(): Projection {
    const projection = this.peek();
    if (this.staleReads > 0 && this.waiting.length > 0) this.staleReads--;
    return projection;
  }

  /** The same for the server's own use, which counts as no read. */
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
