import { ApiError } from "./errors";
import { Projection, type TargetEvent, type TargetFields } from "./events";
import { DateSource, IdSource, randomText } from "./ids";
import { ReadModel } from "./read-model";
import { WriteModel, type WrittenTarget } from "./write-model";

/** What an update wants; what is not in it stays as it is. */
export type TargetChange = Partial<Omit<TargetFields, "signingKey">> & { rotateSigningKey?: boolean };

/**
 * The event log of one instance and what follows from it: the write model that commands decide by, the read model that
 * GET and search answer from, and `truth`, the projection of everything that was ever logged.
 */
export class Store {
  readonly truth = new Projection();
  readonly readModel: ReadModel;
  readonly ids = new IdSource();
  private readonly events: TargetEvent[] = [];
  private readonly writeModel = new WriteModel();
  private readonly dates: DateSource;

  constructor(
    now: () => Date,
    private readonly onWrite: () => void,
  ) {
    this.readModel = new ReadModel(() => now().getTime());
    this.dates = new DateSource(now);
  }

  create(fields: Omit<TargetFields, "signingKey">): { id: string; creationDate: string; signingKey: string } {
    this.checkName(fields.name);
    const id = this.ids.next();
    const signingKey = randomText(36);
    const creationDate = this.push({ type: "added", id, fields: { ...fields, signingKey } });
    return { id, creationDate, signingKey };
  }

  update(id: string, wanted: TargetChange): { changeDate: string; signingKey?: string } {
    const target = this.writeModel.get(id);
    if (!target?.exists) throw ApiError.domain(5, "COMMAND-xj14f2cccn", "Target not found");
    const changes = changesTo(target, wanted);
    if (Object.keys(changes).length === 0) return { changeDate: target.changeDate };
    if (changes.name !== undefined) this.checkName(changes.name, id);
    const changeDate = this.push({ type: "changed", id, changes });
    return changes.signingKey === undefined ? { changeDate } : { changeDate, signingKey: changes.signingKey };
  }

  remove(id: string): { deletionDate?: string } {
    const target = this.writeModel.get(id);
    if (target === undefined) return {};
    return { deletionDate: target.exists ? this.push({ type: "removed", id }) : target.changeDate };
  }

  /** The whole log, for storing it. */
  log(): readonly TargetEvent[] {
    return this.events;
  }

  /** Takes up a stored log; lost events stay lost. */
  load(events: readonly TargetEvent[]): void {
    for (const event of events) {
      this.ids.skipTo(event.id);
      this.dates.skipTo(event.date);
      this.append(event);
    }
  }

  private push(event: WithoutDate<TargetEvent>): string {
    const dated: TargetEvent = { ...event, date: this.dates.next() };
    this.readModel.mark(dated);
    this.append(dated);
    this.onWrite();
    return dated.date;
  }

  private append(event: TargetEvent): void {
    this.events.push(event);
    this.writeModel.apply(event);
    this.truth.apply(event);
    this.readModel.append(event);
  }

  private checkName(name: string, byOtherThan?: string): void {
    if (name.includes("\0")) {
      const database = "ERROR: unsupported Unicode escape sequence (SQLSTATE 22P05)";
      throw ApiError.domain(2, "", `unknown database error: ${database}`);
    }
    if (this.writeModel.isTaken(name, byOtherThan)) {
      throw ApiError.domain(6, "V3-DKcYh", "Errors.Target.AlreadyExists");
    }
  }
}

type WithoutDate<E> = E extends unknown ? Omit<E, "date" | "lost"> : never;

/** The fields in which the write model differs from what is wanted. UNSPECIFIED never counts as wanted. */
function changesTo(target: WrittenTarget, wanted: TargetChange): Partial<TargetFields> {
  const { rotateSigningKey, ...fields } = wanted;
  const differing = Object.entries(fields).filter(([key, value]) => {
    if (key === "payloadType" && value === "PAYLOAD_TYPE_UNSPECIFIED") return false;
    return target.fields[key as keyof TargetFields] !== value;
  });
  const changes = Object.fromEntries(differing) as Partial<TargetFields>;
  return rotateSigningKey ? { ...changes, signingKey: randomText(36) } : changes;
}
