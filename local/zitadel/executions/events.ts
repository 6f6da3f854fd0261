import type { Event } from "../events";

/** What may happen to an execution; its id is that of its condition. An empty list takes it away. */
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

/** The table of executions. A target that is removed leaves them all, and no date moves. */
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

  /** All executions that have a target, those that were set first coming first. */
  rows(): ExecutionRow[] {
    return [...this.byId.values()].filter(({ targets }) => targets.length > 0);
  }
}
