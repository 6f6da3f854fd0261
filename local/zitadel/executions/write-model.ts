import { NEVER, type Event } from "../events";

/** An execution as commands see it. */
export interface WrittenExecution {
  /** The targets as they were set last, including those that have been removed since. */
  targets: readonly string[];
  setDate: string;
}

/** The list that was set last for each condition. Removing a target does not change it. */
export class WrittenExecutions {
  private readonly byId = new Map<string, WrittenExecution>();

  get(id: string): WrittenExecution {
    return this.byId.get(id) ?? { targets: [], setDate: NEVER };
  }

  apply(event: Event): void {
    if (event.type === "execution.set") this.byId.set(event.id, { targets: event.targets, setDate: event.date });
  }
}
