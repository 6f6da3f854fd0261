import type { TargetEvent, TargetFields } from "./events";

/** A target as commands see it, deleted ones included. */
export interface WrittenTarget {
  exists: boolean;
  changeDate: string;
  fields: TargetFields;
}

/** What commands decide by: the state of each target, and which names are taken. Never behind the event log. */
export class WriteModel {
  private readonly targets = new Map<string, WrittenTarget>();
  private readonly idsByName = new Map<string, string>();

  get(id: string): WrittenTarget | undefined {
    return this.targets.get(id);
  }

  /** Whether another target has the name; letter case makes no difference. */
  isTaken(name: string, byOtherThan?: string): boolean {
    const holder = this.idsByName.get(name.toLowerCase());
    return holder !== undefined && holder !== byOtherThan;
  }

  apply(event: TargetEvent): void {
    if (event.type === "added") {
      // ZITADEL's write model forgets the flag that a target is created with: it believes `false` until an update
      // writes it. So the first update to `false` finds nothing to change, and the target keeps `true`.
      const fields = { ...event.fields, interruptOnError: false };
      this.targets.set(event.id, { exists: true, changeDate: event.date, fields });
      this.idsByName.set(event.fields.name.toLowerCase(), event.id);
      return;
    }
    const target = this.targets.get(event.id);
    if (target === undefined) throw new Error(`event ${event.type} for target ${event.id}, which was never added`);
    this.idsByName.delete(target.fields.name.toLowerCase());
    target.changeDate = event.date;
    if (event.type === "removed") {
      target.exists = false;
    } else {
      target.fields = { ...target.fields, ...event.changes };
      this.idsByName.set(target.fields.name.toLowerCase(), event.id);
    }
  }
}
