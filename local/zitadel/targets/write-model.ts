import type { Event } from "../events";
import { toLower } from "../text";
import type { TargetFields } from "./events";

/** A target as commands see it, deleted ones included. */
export interface WrittenTarget {
  exists: boolean;
  changeDate: string;
  fields: TargetFields;
}

/** The state of each target, and which names are taken. */
export class WrittenTargets {
  private readonly byId = new Map<string, WrittenTarget>();
  private readonly idsByName = new Map<string, string>();

  get(id: string): WrittenTarget | undefined {
    return this.byId.get(id);
  }

  /** Whether these are as many targets as they are ids: one that is there twice does not count twice. */
  areAll(ids: readonly string[]): boolean {
    return new Set(ids).size === ids.length && ids.every((id) => this.byId.get(id)?.exists);
  }

  /** Whether another target has the name (case-insensitive). */
  isTaken(name: string, byOtherThan?: string): boolean {
    const holder = this.idsByName.get(toLower(name));
    return holder !== undefined && holder !== byOtherThan;
  }

  apply(event: Event): void {
    switch (event.type) {
      case "target.added": {
        // ZITADEL's write model ignores the flag of a create: it assumes `false` until an update writes the flag. So the first
        // update to `false` finds no change, and the target keeps `true`.
        const fields = { ...event.fields, interruptOnError: false };
        this.byId.set(event.id, { exists: true, changeDate: event.date, fields });
        this.idsByName.set(toLower(event.fields.name), event.id);
        break;
      }
      case "target.changed": {
        const target = this.touch(event);
        target.fields = { ...target.fields, ...event.changes };
        this.idsByName.set(toLower(target.fields.name), event.id);
        break;
      }
      case "target.removed":
        this.touch(event).exists = false;
    }
  }

  /** The target that an event is about, its date moved and its name free. */
  private touch({ type, id, date }: Event): WrittenTarget {
    const target = this.byId.get(id);
    if (target === undefined) throw new Error(`event ${type} for target ${id}, which was never added`);
    this.idsByName.delete(toLower(target.fields.name));
    target.changeDate = date;
    return target;
  }
}
