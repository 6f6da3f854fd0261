import { NEVER, type Event } from "../events";

/** A public key as commands see it, one that was removed or never added included. */
export interface WrittenKey {
  exists: boolean;
  active: boolean;
  expirationDate?: string;
  /** When something last happened that concerns it: to itself, to its target, or any key's activation. */
  changeDate: string;
}

interface WrittenOwner {
  exists: boolean;
  changeDate: string;
  keys: Map<string, WrittenKey>;
}

/** The state of each key by its target, and which targets there are for keys. */
export class WrittenKeys {
  private readonly owners = new Map<string, WrittenOwner>();

  hasTarget(targetId: string): boolean {
    return this.owners.get(targetId)?.exists ?? false;
  }

  get(targetId: string, keyId: string): WrittenKey {
    const owner = this.owners.get(targetId);
    const unknown = { exists: false, active: false, changeDate: owner?.changeDate ?? NEVER };
    const key = owner?.keys.get(keyId) ?? unknown;
    return owner?.exists ? key : { ...key, exists: false };
  }

  apply(event: Event): void {
    switch (event.type) {
      case "target.added":
        this.owners.set(event.id, { exists: true, changeDate: event.date, keys: new Map() });
        break;
      case "target.removed":
        this.touch(event.id, event.date).exists = false;
        break;
      case "key.added": {
        const { fields, date } = event;
        const expiration = fields.expirationDate === undefined ? {} : { expirationDate: fields.expirationDate };
        const key = { exists: true, active: false, changeDate: date, ...expiration };
        this.owner(event.targetId).keys.set(event.id, key);
        break;
      }
      case "key.activated":
        for (const [id, key] of this.touch(event.targetId, event.date).keys) key.active = id === event.id;
        break;
      case "key.deactivated":
        Object.assign(this.key(event), { active: false, changeDate: event.date });
        break;
      case "key.removed":
        Object.assign(this.key(event), { exists: false, changeDate: event.date });
    }
  }

  /** A target to which something happens that concerns all of its keys. */
  private touch(targetId: string, changeDate: string): WrittenOwner {
    const owner = this.owner(targetId);
    owner.changeDate = changeDate;
    for (const key of owner.keys.values()) key.changeDate = changeDate;
    return owner;
  }

  private owner(targetId: string): WrittenOwner {
    const owner = this.owners.get(targetId);
    if (owner === undefined) throw new Error(`an event for target ${targetId}, which was never added`);
    return owner;
  }

  private key({ type, id, targetId }: { type: string; id: string; targetId: string }): WrittenKey {
    const key = this.owner(targetId).keys.get(id);
    if (key === undefined) throw new Error(`event ${type} for key ${id}, which was never added`);
    return key;
  }
}
