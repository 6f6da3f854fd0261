import type { Change, Event } from "./events";
import { DateSource, IdSource } from "./ids";
import { Projection } from "./projection";
import { ReadModel } from "./read-model";
import { WriteModel } from "./write-model";

/**
 * The event log of one instance, and what is computed from it: the write model, from which commands decide; the read model, from
 * which GET and search are answered; and `truth`, the projection of everything that was ever logged.
 */
export class Store {
  readonly written = new WriteModel();
  readonly truth = new Projection();
  readonly readModel: ReadModel;
  readonly ids = new IdSource();
  private readonly events: Event[] = [];
  private readonly dates: DateSource;

  constructor(
    readonly now: () => Date,
    private readonly onWrite: () => void,
  ) {
    this.readModel = new ReadModel(() => now().getTime());
    this.dates = new DateSource(now);
  }

  /** Logs a change, and returns its date. */
  push(change: Change): string {
    const event: Event = { ...change, date: this.dates.next() };
    this.readModel.mark(event);
    this.append(event);
    this.onWrite();
    return event.date;
  }

  /** The whole log, for storing it. */
  log(): readonly Event[] {
    return this.events;
  }

  /** Restores a stored log. Lost events stay lost. */
  load(events: readonly Event[]): void {
    for (const event of events) {
      this.ids.skipTo(event.id);
      this.dates.skipTo(event.date);
      this.append(event);
    }
  }

  private append(event: Event): void {
    this.events.push(event);
    this.written.apply(event);
    this.truth.apply(event);
    this.readModel.append(event);
  }
}
