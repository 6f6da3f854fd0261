import { NEVER, type Event } from "../events";

/** An execution as commands see it. */
export interface WrittenExecution {
  /** As they were set last, also those that have been removed since. */
  targets: readonly string[];
  setDate: string;
}

/** What was set last for each condition. Removals of targets pass it by. */
export class WrittenExecutions {
  private readonly byId = new Map<string, WrittenExecution>();

  get(id: string): WrittenExecution {
    return this.byId.get(id) ?? { targets: [], setDate: NEVER };
  }

  apply(event: Event): void {
    if (event.type === "execution.set") this.byId.set(event.id, { targets: event.targets, setDate: event.date });
  }
}
