import { Projection, type TargetEvent } from "./events";

/** The kind of write whose event is lost. */
export type Write = "create" | "update" | "delete";

const WRITE_OF = { added: "create", changed: "update", removed: "delete" } as const;

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
  /** The next `times` (default 1) events of that kind never reach the read model. */
  loseNext(write: Write, times?: number): void;
}

/** The read side: a projection of the event log that may lag, stand still or miss events. */
export class ReadModel implements ReadModelControl {
  private readonly projection = new Projection();
  private readonly waiting: { event: TargetEvent; writtenAt: number }[] = [];
  private readonly toLose: Record<Write, number> = { create: 0, update: 0, delete: 0 };
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
    this.toLose[write] += times;
  }

  /** Marks an event as lost if that was asked for; to be called before it is logged. */
  mark(event: TargetEvent): void {
    const write = WRITE_OF[event.type];
    if (this.toLose[write] === 0) return;
    this.toLose[write]--;
    event.lost = true;
  }

  append(event: TargetEvent): void {
    if (event.lost) return;
    this.waiting.push({ event, writtenAt: this.clock() });
    this.deliver();
  }

  /** The state that a read is answered from. */
  read(): Projection {
    this.deliver();
    if (this.staleReads > 0 && this.waiting.length > 0) this.staleReads--;
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
