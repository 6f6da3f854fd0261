import type { Event } from "./events";
import type { ExecutionRow } from "./executions/events";
import type { KeyRow } from "./public-keys/events";
import type { TargetRow } from "./targets/events";

/** The table of targets. A change or removal of a row that is not there does nothing. */
class TargetTable {
  private readonly byId = new Map<string, TargetRow>();

  apply(event: Event): void {
    const { id, date } = event;
    const row = this.byId.get(id);
    switch (event.type) {
      case "target.added":
        this.byId.set(id, { id, creationDate: date, changeDate: date, ...event.fields });
        break;
      case "target.changed":
        if (row) this.byId.set(id, { ...row, ...event.changes, changeDate: date });
        break;
      case "target.removed":
        this.byId.delete(id);
    }
  }

  get(id: string): TargetRow | undefined {
    return this.byId.get(id);
  }

  /** All rows, oldest first. */
  rows(): TargetRow[] {
    return [...this.byId.values()];
  }
}

/** The table of executions. If a target is removed, it is removed from all of them, and no date changes. */
class ExecutionTable {
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

/** The table of public keys. */
class KeyTable {
  private readonly byId = new Map<string, KeyRow>();

  apply(event: Event): void {
    const { id, date } = event;
    switch (event.type) {
      case "key.added": {
        const { targetId, fields } = event;
        this.byId.set(id, { id, targetId, active: false, creationDate: date, changeDate: date, ...fields });
        break;
      }
      case "key.activated":
        for (const row of this.of(event.targetId)) if (row.active) this.switch(row.id, false, date);
        this.switch(id, true, date);
        break;
      case "key.deactivated":
        this.switch(id, false, date);
        break;
      case "key.removed":
        this.byId.delete(id);
        break;
      case "target.removed":
        for (const row of this.of(id)) this.byId.delete(row.id);
    }
  }

  /** The keys of a target, oldest first. */
  of(targetId: string): KeyRow[] {
    return [...this.byId.values()].filter((row) => row.targetId === targetId);
  }

  private switch(id: string, active: boolean, changeDate: string): void {
    const row = this.byId.get(id);
    if (row) this.byId.set(id, { ...row, active, changeDate });
  }
}

/** The tables into which events are projected: what reads can show. */
export class Projection {
  readonly targets = new TargetTable();
  readonly executions = new ExecutionTable();
  readonly keys = new KeyTable();

  apply(event: Event): void {
    this.targets.apply(event);
    this.executions.apply(event);
    this.keys.apply(event);
  }
}
