import { Server } from "../api/server";
import type { Claim, Claimant, Neighbour, Neighbours, Stage } from "./neighbours";
import type { Properties } from "./properties";
import { Tries } from "./tries";

/** The owner of an object; `resource` is undefined if the caller did not know it. */
interface Owner {
  readonly resource: string | undefined;
  /** Whether the object existed before. */
  readonly isAdopted: boolean;
  /** The dates at which the object was created and changed, as far as they are known. */
  readonly dates: readonly unknown[];
  /** What the state has, and what the program declares. An object that is new to the stack has none. */
  declaration?: Declaration;
}

/** What the state has of an object, and what the program declares. */
interface Declaration {
  readonly state: Properties;
  readonly inputs: Properties;
}

/** The objects that a resource's object uses. */
interface Use {
  readonly resource: string;
  readonly objects: readonly string[];
  /** Whether this process wrote that. */
  readonly isWritten: boolean;
}

/** The fact that a resource of the program has an object that replaced another one, whose entry may still be in the state. */
export const hasReplaced = "a resource's object replaced another one";

/** The engine announces the program's resources one by one: how long to wait for the next one, in milliseconds. */
export const longestSilence = 1_000;

/** The name of an owner that the caller did not know. */
const another = "another resource";

/**
 * Everything that this process knows of one server, whatever names it has in `zitadel-actions:instances`: which resource of the program
 * owns each object and claims which name, what was deleted, what the lists showed, and how far its clock is from ours.
 * Objects have names such as `ZitadelTarget 400661751630138406`, resources such as `ZitadelTarget "audit"`; a resource is
 * `undefined` if the caller does not know it.
 */
export class Ledger extends Server {
  private readonly declared = new Map<string, boolean>();
  private readonly replacements = new Set<string>();
  /** By the name. */
  private readonly claims = new Map<string, readonly Claim[]>();
  private readonly owners = new Map<string, Owner>();
  /** The objects that are being deleted, and for whom. */
  private readonly seized = new Map<string, string>();
  private readonly replaced = new Map<string, string>();
  private readonly uses = new Map<string, Use>();
  private readonly deletions = new Map<string, string>();
  private readonly released = new Set<string>();
  private readonly notes = new Set<string>();
  private readonly failed = new Set<string>();
  /** The last list of targets that this process set, and when ZITADEL saved it. */
  lastSet: { readonly id: string; readonly setDate: string } | undefined;
  private readonly handedOver = new Map<string, string>();
  readonly tries = new Tries();

  private readonly all: Set<Ledger>;
  private readonly server: string;
  private readonly askNeighbours: () => Neighbours | undefined;

  /**
   * @param known.all the ledgers of the process, to which it adds itself: two of them may be the same server at two addresses.
   * @param known.began when the process first used the server, on the clock's `now`.
   * @param known.server what identifies the server.
   * @param known.neighbours the other provider processes of this run.
   */
  constructor({
    all = new Set(),
    began,
    server = "",
    neighbours = () => undefined,
  }: {
    readonly all?: Set<Ledger>;
    readonly began?: number;
    readonly server?: string;
    readonly neighbours?: (() => Neighbours | undefined) | undefined;
  } = {}) {
    super(began);
    all.add(this);
    this.all = all;
    this.server = server;
    this.askNeighbours = neighbours;
  }

  private get neighbours(): Neighbours | undefined {
    return this.askNeighbours();
  }

  /** Records that the program declares the resource. `isNew`: it gets a new object, even if it had one before. */
  declare(resource: string | undefined, isNew: boolean): void {
    if (resource === undefined) return;
    if (isNew && this.declared.get(resource) === false) this.replacements.add(resource);
    this.declared.set(resource, isNew);
    if (!isNew) return;
    for (const [object, owner] of this.owners) if (owner.resource === resource) this.disown(object);
    for (const [name, claims] of this.claims) {
      const others = claims.filter((claim) => claim.resource !== resource);
      if (others.length === claims.length) continue;
      this.claims.set(name, others);
      this.neighbours?.claims(this.server, name, resource, undefined);
    }
  }

  /** Whether the program declares any resource of this package. */
  get isUp(): boolean {
    return [...this.all].some(({ declared }) => declared.size > 0);
  }

  /** Whether the resource had an object before the new one that it gets: Pulumi checks it a second time then, as a new one. */
  isReplacement(resource: string | undefined): boolean {
    return resource !== undefined && this.replacements.has(resource);
  }

  isDeclared(resource: string | undefined): boolean {
    return resource !== undefined && this.declared.has(resource);
  }

  /** Claims a name, condition or key. Returns the resource that claimed it first, in this process or in another one, if any. */
  claim(name: string, resource: string | undefined, adopts = false): string | undefined {
    if (resource === undefined) return undefined;
    const others = (this.claims.get(name) ?? []).filter((one) => one.resource !== resource);
    const isNew = this.declared.get(resource) !== false;
    const record = (first: string | undefined) => {
      const claim = { resource, adopts, isNew, isSecond: first !== undefined };
      this.claims.set(name, [...others, claim]);
      this.neighbours?.claims(this.server, name, resource, claim);
      return first;
    };
    const isFirst = (one: Claim) => !one.isSecond && one.resource !== resource;
    const here = record(others.find(isFirst)?.resource);
    // First say it, then ask: of two processes that do this at once, one at least sees the other.
    const there = this.neighbours?.claimants(name).find((one) => this.isHere(one) && isFirst(one))?.resource;
    return here ?? (there === undefined ? undefined : record(there));
  }

  private readonly isHere = ({ server }: { readonly server: string }) => server === this.server;

  /** The resource that claimed a name first: whether it is new and, if not, its object, once that is known. */
  firstClaim(name: string): { readonly isNew: boolean; readonly object: string | undefined } | undefined {
    const resource = this.claims.get(name)?.find(({ isSecond }) => !isSecond)?.resource;
    if (resource === undefined) return undefined;
    return { isNew: this.declared.get(resource) === true, object: this.objectOf(resource) };
  }

  /** All who claim a name: in any process, on any server of the settings. */
  private claimants(name: string): readonly Claimant[] {
    const ours = [...this.all].flatMap(({ server, claims, objectOf }) =>
      (claims.get(name) ?? []).map((claim) => ({ ...claim, server, object: objectOf(claim.resource) })),
    );
    return [...ours, ...(this.neighbours?.claimants(name) ?? [])];
  }

  /** The object that a resource of the program has now. */
  readonly objectOf = (resource: string | undefined): string | undefined => {
    if (resource === undefined) return undefined;
    return [...this.owners].find(([, owner]) => owner.resource === resource)?.[0];
  };

  /** Makes the resource the object's owner. If another resource owns the object, in any process, returns that one instead. */
  own(
    object: string,
    resource: string | undefined,
    isAdopted = false,
    dates: readonly unknown[] = [],
    stage: Stage = "taking",
  ): string | undefined {
    const isOwn = this.owns(resource, object);
    const other = isOwn ? undefined : this.ownerOf(object);
    if (this.seized.has(object) || other !== undefined) return this.seized.get(object) ?? other;
    if (resource !== undefined && this.neighbours !== undefined) {
      // First say it, then ask: of two processes that do this at once, one at least sees the other.
      this.neighbours.has(this.server, object, { resource, dates, stage });
      const elsewhere = isOwn ? undefined : this.neighboursOf(object)[0]?.resource;
      if (elsewhere !== undefined && elsewhere !== resource) {
        this.neighbours.has(this.server, object, undefined);
        return elsewhere;
      }
    }
    const { declaration } = this.owners.get(object) ?? {};
    this.owners.set(object, { resource, isAdopted, dates, ...(declaration && { declaration }) });
    return undefined;
  }

  /** Notes what the state has of an object that was there before, and what the program declares. */
  expect(object: string, declaration: Declaration): void {
    const owner = this.owners.get(object);
    if (owner !== undefined) owner.declaration = declaration;
  }

  /** What the state has of an object, with what this process wrote, and what the program declares. */
  expected(object: string): Declaration | undefined {
    return this.owners.get(object)?.declaration;
  }

  /** Another resource with the same object in the state, which this deployment replaces. */
  replacedBy(object: string, resource: string): string | undefined {
    const other = this.replaced.get(object);
    return other === resource ? undefined : other;
  }

  /** Records that this deployment replaces the resource's object. */
  replaces(object: string, resource: string): void {
    this.replaced.set(object, resource);
  }

  /** Records that a resource's object uses these other objects, and whether this process wrote that. */
  use(object: string, resource: string | undefined, objects: readonly string[], isWritten = false): void {
    if (resource === undefined) return;
    this.uses.set(object, { resource, objects, isWritten });
    this.neighbours?.uses(this.server, object, { resource, objects });
  }

  /** Whether this process has deleted an object of a type that used this one. */
  wasReleased(object: string, type: string): boolean {
    return this.released.has(`${type} ${object}`);
  }

  /** Whether an object may use another one: not if this process wrote it without. */
  mayUse(user: string, object: string): boolean {
    const use = this.uses.get(user);
    return use?.isWritten !== true || use.objects.includes(object);
  }

  /**
   * A resource of the program, in any process, whose object uses this one. It may be on another server of the settings: that may be
   * another address of this server, unless it has an object with that id itself.
   *
   * @param type only resources of this type.
   */
  userOf(object: string, type = ""): string | undefined {
    const ours = [...this.all]
      .filter((ledger) => ledger === this || !ledger.owners.has(object))
      .flatMap((ledger) => [...ledger.uses].map(([user, use]) => ({ user, ...use })))
      .filter(({ objects }) => objects.includes(object));
    const theirs = this.neighbours?.usersOf(this.server, object) ?? [];
    return [...ours, ...theirs].find(({ user }) => user.startsWith(type))?.resource;
  }

  /** Undoes `own`: taking over an object failed, or the resource gets another one. */
  disown(object: string): void {
    this.owners.delete(object);
    this.neighbours?.has(this.server, object, undefined);
  }

  /**
   * Makes sure that no resource takes over an object that is about to be deleted. If another one than `before` has it, in any process,
   * returns that one instead.
   */
  seize(object: string, deleting: string | undefined, before: string | undefined): string | undefined {
    const by = `the deletion of ${deleting ?? "an entry"}`;
    this.seized.set(object, by);
    this.neighbours?.has(this.server, object, { resource: by, dates: [], stage: "deleting" });
    const owner = this.ownerOf(object);
    return owner === undefined || owner === before ? this.neighbour(object)?.resource : owner;
  }

  /** Undoes `seize`: the object stays, or an object with its id may be created again. */
  letGo(object: string): void {
    if (!this.seized.delete(object)) return;
    const { resource, dates = [] } = this.owners.get(object) ?? {};
    const owner = resource === undefined ? undefined : { resource, dates, stage: "taking" as const };
    this.neighbours?.has(this.server, object, owner);
  }

  /** Who has the object: a resource of the program, in any process, or the deletion of one. */
  holderOf(object: string): string | undefined {
    return this.seized.get(object) ?? this.ownerOf(object) ?? this.neighboursOf(object)[0]?.resource;
  }

  /** The resource that has the object in another process, or is about to take it over there. */
  neighbour(object: string): Neighbour | undefined {
    return this.neighboursOf(object).find(({ stage }) => stage !== "deleting");
  }

  private neighboursOf(object: string): readonly Neighbour[] {
    return this.neighbours?.ownersOf(object).filter(this.isHere) ?? [];
  }

  /** Why what other processes have is not known. */
  get blindness(): string | undefined {
    return this.neighbours?.problem;
  }

  /** Whether the object was there before, and the resource that takes it over has not done so yet. */
  isTakingOver(object: string): boolean {
    return this.owners.get(object)?.isAdopted === true;
  }

  owns(resource: string | undefined, object: string): boolean {
    return resource !== undefined && this.owners.get(object)?.resource === resource;
  }

  ownerOf(object: string): string | undefined {
    const owner = this.owners.get(object);
    return owner && (owner.resource ?? another);
  }

  /** Whether another server of the settings has an object with this id, which a resource of the program owns. */
  isElsewhere(object: string): boolean {
    return this.ownersElsewhere(object).length > 0;
  }

  /** A resource that has an object with this id, and one of these dates, at another server of the settings. */
  twinOf(object: string, dates: readonly unknown[]): string | undefined {
    return this.ownersElsewhere(object).find((owner) => owner.dates.some((date) => dates.includes(date)))?.resource;
  }

  private ownersElsewhere(object: string): readonly Pick<Owner, "resource" | "dates">[] {
    const ours = [...this.all].flatMap((ledger) => (ledger === this ? [] : (ledger.owners.get(object) ?? [])));
    const others = this.neighbours?.ownersOf(object).filter((owner) => !this.isHere(owner)) ?? [];
    return [...ours, ...others];
  }

  /**
   * Why an object must not be deleted: a resource owns it; or another one will take it over under that name, but has not done so yet;
   * or another one has an object with that name in the state, which was not compared yet.
   *
   * @param deleting the resource whose entry is deleted; `replacing` if that gets another object.
   */
  keeper(
    object: string,
    name: string | undefined,
    { deleting, replacing }: { readonly deleting?: string | undefined; readonly replacing?: string | undefined } = {},
  ): { readonly resource: string; readonly is: "owner" | "adopter" | "namesake" } | undefined {
    const owner = this.owners.get(object);
    if (owner?.resource !== undefined || owner?.isAdopted === true)
      return { resource: owner.resource ?? another, is: "owner" };
    const waiting = name === undefined ? [] : this.claimants(name).filter((one) => one.object === undefined);
    const other = waiting.find(
      ({ adopts, isNew, resource }) => resource !== replacing && (adopts || (!isNew && resource !== deleting)),
    );
    return other && { resource: other.resource, is: other.isNew ? "adopter" : "namesake" };
  }

  /** A new resource that would have taken over the object with that name, but did not find it and has another one. */
  passedOver(object: string, name: string | undefined, deleting: string | undefined): string | undefined {
    if (name === undefined) return undefined;
    return this.claimants(name).find(
      (one) =>
        this.isHere(one) &&
        one.adopts &&
        one.isNew &&
        one.resource !== deleting &&
        one.object !== undefined &&
        one.object !== object,
    )?.resource;
  }

  /** Records a deletion, with its date if the object can be created again: ZITADEL may still show the deleted one. */
  deleted(object: string, used: readonly string[], date = ""): void {
    for (const one of used) this.released.add(`${object.split(" ")[0] ?? ""} ${one}`);
    this.disown(object);
    if (this.uses.delete(object)) this.neighbours?.uses(this.server, object, undefined);
    this.deletions.set(object, date);
  }

  deletedAt(object: string): string | undefined {
    return this.deletions.get(object);
  }

  /** Records that an operation on a resource of the program failed, or that its repetition succeeded. */
  settle(resource: string | undefined, isFailed: boolean): void {
    if (resource === undefined) return;
    if (isFailed) this.failed.add(resource);
    else this.failed.delete(resource);
    this.neighbours?.settled(resource, isFailed);
  }

  /** A resource of the program that failed, in any process and on any server. With `--continue-on-error`, Pulumi leaves out what depends on it. */
  get failure(): string | undefined {
    return [...this.all].flatMap((ledger) => [...ledger.failed])[0] ?? this.neighbours?.failed;
  }

  /** Records when a key was activated, to make the one before it inactive, ahead of its own update. */
  handOver(keyId: string, changeDate: string): void {
    this.handedOver.set(keyId, changeDate);
  }

  /** When a key was activated that way. Its update asks once. */
  takeHandOver(keyId: string): string | undefined {
    const changeDate = this.handedOver.get(keyId);
    this.handedOver.delete(keyId);
    return changeDate;
  }

  /** Records a fact about an object for the resources that refer to it, or that the fact is no longer true. */
  note(fact: string, holds = true): void {
    if (holds) this.notes.add(fact);
    else this.notes.delete(fact);
  }

  noted(fact: string): boolean {
    return this.notes.has(fact);
  }
}

/** The id in an object's name. */
export function idIn(object: string | undefined): string | undefined {
  return object?.split(" ").at(-1);
}
