import type { Event } from "../events";

/** The events of an execution. Its id is that of its condition. An empty list removes it. */
export interface ExecutionChange {
  type: "execution.set";
  id: string;
  targets: readonly string[];
}

/** An execution as a projection of events shows it. */
export interface ExecutionRow {
  id: string;
  targets: readonly string[];
  creationDate: string;
  changeDate: string;
}

/** The table of executions. If a target is removed, it is removed from all of them, and no date changes. */
export class ExecutionTable {
  private readonly byId = new Map<string, ExecutionRow>();

  apply(event: Event): void {
    if (event.type === "execution.set") {
      const { id, targets, date } = event;
      const creationDate = this.byId.get(id)?.creationDate ?? date;
      this.byId.set(id, { id, targets, creationDate, changeDate: date });
    }
    if (event.type === "target.removed") {
      for (const [id, row] of this.byId) {
        this.byId.set(id, { ...row, targets: row.targets.filter((target) => target !== event.id) });
      }
    }
  }

  /** Returns all executions that have a target, in the order in which they were first set. */
  rows(): ExecutionRow[] {
    return [...this.byId.values()].filter(({ targets }) => targets.length > 0);
  }
}
