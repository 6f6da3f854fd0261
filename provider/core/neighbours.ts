// What the provider processes of one run of Pulumi tell each other. Pulumi starts one for the classes, and one for each provider resource of
// the native provider, and each has ledgers of its own: without this, one could delete what a resource of another one has taken over.
import { randomUUID } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt, parseJson } from "../api/json";
import type { Claim, Claimant } from "./ledger";

/** `undefined` on Windows, where each user has a temporary folder. */
const user = process.getuid?.();

/** The files of this process. */
const written = new Set<string>();
process.once("exit", () => {
  for (const path of written) attempt(() => rmSync(path, { force: true }));
});

/** A resource of the program has an object; without `resource`, none of the process has it any more. */
interface Has {
  readonly server: string;
  readonly object: string;
  readonly resource?: string;
  readonly dates: readonly unknown[];
}

/** A resource of the program claims a name; without `adopts` and `isNew`, no longer. */
type Claims = { readonly server: string; readonly name: string; readonly resource: string } & Partial<Claim>;

/** A resource of the program failed, or its repetition succeeded. */
interface Settled {
  readonly resource: string;
  readonly isFailed: boolean;
}

type Fact = Has | Claims | Settled;

/** What a process said. */
class Said {
  /** How many bytes of its file were read. */
  private length = 0;
  /** By the object's name. */
  private readonly owners = new Map<string, Owner[]>();
  /** By the name. */
  private readonly claims = new Map<string, (Claim & { readonly server: string })[]>();
  readonly failed = new Set<string>();

  ownersOf(object: string): readonly Owner[] {
    return this.owners.get(object) ?? [];
  }

  claimants(name: string): readonly Claimant[] {
    const objectOf = ({ server, resource }: Claim & { readonly server: string }) =>
      [...this.owners].find(([, owners]) => owners.some((one) => one.server === server && one.resource === resource));
    return (this.claims.get(name) ?? []).map((claim) => ({ ...claim, object: objectOf(claim)?.[0] }));
  }

  /** Takes in what was appended to its file since the last time. A line may be half written. */
  readFrom(path: string): void {
    const appended = attempt(() => tailOf(path, this.length));
    if (appended === undefined) return;
    const end = appended.lastIndexOf("\n") + 1;
    this.length += end;
    for (const line of appended.toString("utf8", 0, end).split("\n")) {
      const fact = parseJson(line) as Fact | undefined;
      if (fact !== undefined) this.take(fact);
    }
  }

  private take(fact: Fact): void {
    if ("object" in fact) {
      const { server, object, resource, dates } = fact;
      const others = this.ownersOf(object).filter((owner) => owner.server !== server);
      this.owners.set(object, resource === undefined ? others : [...others, { server, resource, dates }]);
    } else if ("name" in fact) {
      const { server, name, resource, adopts, isNew } = fact;
      const before = this.claims.get(name) ?? [];
      const others = before.filter((one) => one.server !== server || one.resource !== resource);
      const isClaimed = adopts !== undefined && isNew !== undefined;
      this.claims.set(name, isClaimed ? [...others, { server, resource, adopts, isNew }] : others);
    } else if (fact.isFailed) this.failed.add(fact.resource);
    else this.failed.delete(fact.resource);
  }
}

/** The resource of another process that has an object. */
interface Owner {
  readonly server: string;
  readonly resource: string;
  readonly dates: readonly unknown[];
}

/** Each process appends what it says, a line for each fact, to a file of its own. */
export class Neighbours {
  private readonly folder = join(tmpdir(), `pulumi-zitadel-actions-${user ?? ""}`);
  private readonly engine: string;
  private readonly own: string;
  private readonly known = new Map<string, Said>();
  /** What this process said last of each thing. */
  private readonly said = new Map<string, string>();
  private isWarned = false;

  /**
   * @param engine the address of the engine that started this process.
   * @param warn is told, once, why the others cannot read what this process says.
   */
  constructor(
    engine: string,
    private readonly warn: (problem: string) => void,
  ) {
    this.engine = engine.replaceAll(/[^\w.]/g, "_");
    this.own = `${this.engine} ${process.pid} ${randomUUID()}`;
    for (const file of this.files())
      if (!isAlive(file)) attempt(() => rmSync(join(this.folder, file), { force: true }));
  }

  /** Says that a resource of the program has an object or, with `undefined`, that none of this process has it any more. */
  has(server: string, object: string, owner: Omit<Owner, "server"> | undefined): void {
    this.say(`object ${server} ${object}`, { server, object, dates: [], ...owner }, owner !== undefined);
  }

  /** Says that a resource of the program claims a name or, with `undefined`, that it does so no longer. */
  claims(server: string, name: string, resource: string, claim: Claim | undefined): void {
    this.say(`name ${server} ${name} ${resource}`, { server, name, resource, ...claim }, claim !== undefined);
  }

  /** Says that an operation on a resource of the program failed, or that its repetition succeeded. */
  settled(resource: string, isFailed: boolean): void {
    this.say(`resource ${resource}`, { resource, isFailed }, isFailed);
  }

  /**
   * Never fails: what is said is done, and the engine must learn of it.
   *
   * @param isNews whether that is worth saying if nothing was said of the thing before.
   */
  private say(thing: string, fact: Fact, isNews: boolean): void {
    const before = this.said.get(thing);
    const line = JSON.stringify(fact);
    if (before === line || (before === undefined && !isNews)) return;
    const problem = this.write(line);
    if (problem === undefined) this.said.set(thing, line);
    else if (!this.isWarned) {
      this.isWarned = true;
      this.warn(
        `The provider cannot tell the other providers of this program what its resources have: ${problem}. If two of them lead to one server, do not move a resource from one to the other and rename it with adopt: true in the same edit.`,
      );
    }
  }

  private write(line: string): string | undefined {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      if (!this.isPrivate()) return `${this.folder} must be a folder that only this user can write to`;
      const path = join(this.folder, this.own);
      written.add(path);
      appendFileSync(path, `${line}\n`, { mode: 0o600 });
      return undefined;
    } catch (error) {
      return String(error);
    }
  }

  /** The resources of other processes that have an object with this id: on this server, or on another one of the settings. */
  ownersOf(object: string): readonly Owner[] {
    return this.others().flatMap((said) => said.ownersOf(object));
  }

  /** The resources of other processes that claim a name, on any server. */
  claimants(name: string): readonly Claimant[] {
    return this.others().flatMap((said) => said.claimants(name));
  }

  /** A resource that failed in another process. */
  get failure(): string | undefined {
    return this.others().flatMap(({ failed }) => [...failed])[0];
  }

  forget(): void {
    const path = join(this.folder, this.own);
    if (written.delete(path)) attempt(() => rmSync(path, { force: true }));
  }

  /** What the other processes of this run have said so far. */
  private others(): readonly Said[] {
    const files = this.files().filter((file) => file.startsWith(`${this.engine} `) && file !== this.own);
    return files.filter(isAlive).map((file) => {
      const said = this.known.get(file) ?? new Said();
      this.known.set(file, said);
      said.readFrom(join(this.folder, file));
      return said;
    });
  }

  private files(): string[] {
    return (this.isPrivate() ? attempt(() => readdirSync(this.folder)) : undefined) ?? [];
  }

  /** Whether only this user can write there. */
  private isPrivate(): boolean {
    const folder = attempt(() => lstatSync(this.folder));
    const isOwn = user === undefined || (folder?.uid === user && (folder.mode & 0o022) === 0);
    return folder?.isDirectory() === true && isOwn;
  }
}

/** What a file has from that byte on. */
function tailOf(path: string, start: number): Buffer {
  const file = openSync(path, "r");
  try {
    const tail = Buffer.alloc(Math.max(0, fstatSync(file).size - start));
    return tail.subarray(0, readSync(file, tail, 0, tail.length, start));
  } finally {
    closeSync(file);
  }
}

/** Whether the process that writes a file is alive. */
function isAlive(file: string): boolean {
  const pid = Number(file.split(" ")[1]);
  return attempt(() => process.kill(pid, 0)) === true;
}
