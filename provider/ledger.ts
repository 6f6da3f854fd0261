import { mayBeDone } from "./errors";
import { Gate } from "./gate";
import type { Properties, Unfinished } from "./lifecycle";

/** A name of which a server has one only, and the resource that is to have it. */
interface Claim {
  readonly resource: string;
  /** Whether the resource takes over the object that has the name already. */
  readonly adopts: boolean;
}

/** Whose an object is; `resource` is left out where the caller did not know it. */
interface Owner {
  readonly resource: string | undefined;
  /** Whether the object was there before. */
  readonly isAdopted: boolean;
  /** The object's creation date, where it is known. */
  readonly created: unknown;
  /** What the state and the program say of it, as long as this process has not written it for the resource. */
  unwritten?: Declaration | undefined;
}

/** What the state says of an object, and what the program declares. */
interface Declaration {
  readonly state: Properties;
  readonly inputs: Properties;
}

/** How an owner is called that the caller did not know. */
const another = "another resource";

/** What holds of a resource that exists, but not as declared. */
type Half = Pick<Unfinished, "id" | "properties">;

/** Something that must happen once, also where the engine repeats an operation that failed. */
interface Act {
  /** When it was begun, on the clock's `now`. */
  readonly began: number;
  readonly result?: unknown;
}

/**
 * Everything that this process knows of one server, whatever name of `zitadel:instances` it has: which resource of the program
 * each object belongs to, who wants which name, what was deleted, what the lists showed, and how far its clock is from ours.
 * Objects and resources are named as in `ZitadelTarget 400661751630138406` and `ZitadelTarget "audit"`; a resource is `undefined`
 * where the caller does not know it.
 */
export class Ledger {
  private readonly declared = new Map<string, boolean>();
  private readonly claims = new Map<string, Claim>();
  private readonly owners = new Map<string, Owner>();
  private readonly replaced = new Map<string, string>();
  private readonly uses = new Map<string, { readonly resource: string; readonly objects: readonly string[] }>();
  private readonly deletions = new Map<string, string>();
  private readonly acts = new Map<string, Act>();
  private readonly halves = new Map<string | undefined, Half | undefined>();
  private readonly notes = new Set<string>();
  private readonly listings = new Map<string, unknown>();
  /** Bounds the writes in flight. */
  readonly writes = new Gate();
  /** The server's clock less ours, as of its last answer; `-Infinity` where that did not say. */
  ahead = -Infinity;

  /** @param all the ledgers of the process, to which it adds itself: two of them may be of one server with two addresses. */
  constructor(private readonly all: Set<Ledger> = new Set()) {
    all.add(this);
  }

  /** The program declares the resource. `isNew`: with another object than the one that it may have had so far. */
  declare(resource: string | undefined, isNew: boolean): void {
    if (resource === undefined) return;
    this.declared.set(resource, isNew);
    if (!isNew) return;
    for (const [object, owner] of this.owners) if (owner.resource === resource) this.owners.delete(object);
    for (const [name, claim] of this.claims) if (claim.resource === resource) this.claims.delete(name);
  }

  isDeclared(resource: string | undefined): boolean {
    return resource !== undefined && this.declared.has(resource);
  }

  /** "Who else wants this name, condition or active key?" The first resource that claims it gets it. */
  claim(name: string, resource: string | undefined, adopts = false): string | undefined {
    if (resource === undefined) return undefined;
    const owner = this.claims.get(name)?.resource ?? resource;
    if (owner === resource) this.claims.set(name, { resource, adopts });
    return owner === resource ? undefined : owner;
  }

  /** The resource that claimed a name, whether it is a new one, and the object that it has otherwise, once that is known. */
  claimant(name: string): { readonly isNew: boolean; readonly object: string | undefined } | undefined {
    const resource = this.claims.get(name)?.resource;
    if (resource === undefined) return undefined;
    return { isNew: this.declared.get(resource) === true, object: this.objectOf(resource) };
  }

  /** The object that a resource of the program has now. */
  objectOf(resource: string | undefined): string | undefined {
    if (resource === undefined) return undefined;
    return [...this.owners].find(([, owner]) => owner.resource === resource)?.[0];
  }

  /** "May I take this?" Makes the object the resource's; returns its owner where that is another resource. */
  own(object: string, resource: string | undefined, isAdopted = false, created?: unknown): string | undefined {
    if (this.owners.has(object) && !this.owns(resource, object)) return this.ownerOf(object);
    this.owners.set(object, { resource, isAdopted, created });
    return undefined;
  }

  /** The program declares the object so; left out once this process has written it. */
  expect(object: string, unwritten?: Declaration): void {
    const owner = this.owners.get(object);
    if (owner !== undefined) owner.unwritten = unwritten;
  }

  /** What an object is to be that this process has not written for its owner. */
  expected(object: string): Declaration | undefined {
    return this.owners.get(object)?.unwritten;
  }

  /** Another resource that the program replaces, and that has the object in the state too. */
  replacedBy(object: string, resource: string): string | undefined {
    const other = this.replaced.get(object);
    return other === resource ? undefined : other;
  }

  /** The program declares the resource with another object than this one of the state. */
  replaces(object: string, resource: string): void {
    this.replaced.set(object, resource);
  }

  /** The object, which a resource of the program has, uses these others. */
  use(object: string, resource: string | undefined, objects: readonly string[]): void {
    if (resource !== undefined) this.uses.set(object, { resource, objects });
  }

  /**
   * A resource of the program whose object, of this type if one is given, uses this one. Also at other servers of the settings: they may be addresses of this
   * one, unless they have an object of that id themselves.
   */
  userOf(object: string, type = ""): string | undefined {
    return [...this.all]
      .filter((ledger) => ledger === this || !ledger.owners.has(object))
      .flatMap((ledger) => [...ledger.uses])
      .find(([user, { objects }]) => user.startsWith(type) && objects.includes(object))?.[1].resource;
  }

  /** What was to be taken over was not. */
  disown(object: string): void {
    this.owners.delete(object);
  }

  owns(resource: string | undefined, object: string): boolean {
    return resource !== undefined && this.owners.get(object)?.resource === resource;
  }

  ownerOf(object: string): string | undefined {
    const owner = this.owners.get(object);
    return owner && (owner.resource ?? another);
  }

  /**
   * A resource that has an object with this id and creation date at another server of the settings. That may be another address of
   * this server, or a copy of it, such as a staging instance that was restored from a backup.
   */
  twinOf(object: string, created: unknown): string | undefined {
    const others = [...this.all].filter((ledger) => ledger !== this).map((ledger) => ledger.owners.get(object));
    return others.find((owner) => owner?.created !== undefined && owner.created === created)?.resource;
  }

  /**
   * "May I delete this?" Not what a resource owns (`has`), nor what another resource is to take over under that name and has not
   * yet.
   *
   * @param deleting the resource whose entry goes.
   */
  keeper(
    object: string,
    name: string | undefined,
    deleting?: string,
  ): { readonly resource: string; readonly has: boolean } | undefined {
    const owner = this.owners.get(object);
    if (owner?.resource !== undefined || owner?.isAdopted === true)
      return { resource: owner.resource ?? another, has: true };
    const adopters = [...this.all].map((ledger) => ledger.adopter(name));
    const resource = adopters.find((adopter) => adopter !== undefined && adopter !== deleting);
    return resource === undefined ? undefined : { resource, has: false };
  }

  /** The resource that is to take over the object of that name, and has none yet. */
  private adopter(name: string | undefined): string | undefined {
    const claim = name === undefined ? undefined : this.claims.get(name);
    if (claim?.adopts !== true) return undefined;
    return this.objectOf(claim.resource) === undefined ? claim.resource : undefined;
  }

  /** Notes a deletion, with its date where the object can come back: ZITADEL may still show what is deleted. */
  deleted(object: string, date = ""): void {
    this.owners.delete(object);
    this.uses.delete(object);
    this.deletions.set(object, date);
  }

  deletedAt(object: string): string | undefined {
    return this.deletions.get(object);
  }

  /** Does something once: an error hook may repeat it after a failure, and then gets its result, or learns when it was begun. */
  async once<Result>(
    what: string,
    resource: string | undefined,
    now: number,
    act: (began: number, isRepeated: boolean) => Promise<Result>,
  ): Promise<Result> {
    if (resource === undefined) return act(now, false);
    const key = `${resource}: ${what}`;
    const known = this.acts.get(key);
    if (known !== undefined && "result" in known) return known.result as Result;
    const began = known?.began ?? now;
    this.acts.set(key, { began });
    try {
      const result = await act(began, known !== undefined);
      this.acts.set(key, { began, result });
      return result;
    } catch (error) {
      if (!mayBeDone(error)) this.acts.delete(key);
      throw error;
    }
  }

  /** Notes what a try of a resource left unfinished, or `undefined` where it ended well. */
  leave(resource: string | undefined, half: Half | undefined): void {
    if (resource !== undefined) this.halves.set(resource, half);
  }

  leftOf(resource: string | undefined): Half | undefined {
    return this.halves.get(resource);
  }

  /** Takes down a fact about an object that concerns what refers to it, or that it holds no longer. */
  note(fact: string, holds = true): void {
    if (holds) this.notes.add(fact);
    else this.notes.delete(fact);
  }

  noted(fact: string): boolean {
    return this.notes.has(fact);
  }

  /** A list of the server's objects, made when it is first asked for. */
  listing<Listing>(name: string, make: () => Listing): Listing {
    const listing = (this.listings.get(name) ?? make()) as Listing;
    this.listings.set(name, listing);
    return listing;
  }
}
