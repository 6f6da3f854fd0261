// What the provider processes of one run of Pulumi tell each other. Pulumi starts one for the classes, and one for each provider resource of
// the native provider, and each has ledgers of its own: without this, one could delete what a resource of another one has taken over.
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { attempt, parseJson } from "../api/json";

/** `undefined` on Windows, where each user has a temporary folder. */
const user = process.getuid?.();

/** Where this process runs. Containers can share the folder, and know nothing of each other's processes. */
const place = `${hostname()} ${attempt(() => readlinkSync("/proc/self/ns/pid")) ?? ""}`.replaceAll(/[^\w.]/g, "_");

/** The files of this process. */
const written = new Set<string>();
process.once("exit", () => {
  for (const path of written) attempt(() => rmSync(path, { force: true }));
});

/** The resource is taking over or creating an object, has it in the state, has written it, or is about to delete it. */
export type Stage = "taking" | "declared" | "written" | "deleting";

/** The resource of another process that has an object. */
export interface Neighbour {
  readonly server: string;
  readonly resource: string;
  readonly stage: Stage;
  /** At which the object was created and changed, as far as they are known. */
  readonly dates: readonly unknown[];
}

/** A claim on a name that is unique on the server. */
export interface Claim {
  readonly resource: string;
  /** Whether the resource takes over the object that has the name already. */
  readonly adopts: boolean;
  /** Whether the resource gets a new object. */
  readonly isNew: boolean;
  /** Whether another resource claimed the name before. */
  readonly isSecond: boolean;
}

/** A claim, in any process, and what came of it. */
export interface Claimant extends Claim {
  readonly server: string;
  /** The object that the resource has, once that is known. */
  readonly object: string | undefined;
}

/** What a process says, each with the key under which it replaces what was said before. */
type Fact =
  | (Neighbour & { readonly of: "object"; readonly object: string })
  | (Claim & { readonly of: "claim"; readonly server: string; readonly hash: string })
  | (Use & { readonly of: "use"; readonly server: string; readonly user: string })
  | { readonly of: "failure"; readonly resource: string };

/** The objects that a resource's object uses. */
interface Use {
  readonly resource: string;
  readonly objects: readonly string[];
}

/** What a process has said so far, and how many bytes of its file were read. */
interface Said {
  length: number;
  readonly facts: Map<string, Fact>;
}

/** Each process appends what it says, a line for each fact, to a file of its own. */
export class Neighbours {
  private readonly folder = join(tmpdir(), `pulumi-zitadel-actions-${user ?? ""}`);
  /** The names of this run's files begin with it. */
  private readonly run: string;
  private readonly file: string;
  private isOpened = false;
  private descriptor = -1;
  private readonly known = new Map<string, Said>();
  /** What this process said last, by key. */
  private readonly said = new Map<string, string>();
  /** Why the others cannot read what this process says. */
  private failure: string | undefined;

  /**
   * @param engine the address of the engine that started this process.
   * @param warn is told, once, why the others cannot read what this process says.
   */
  constructor(
    engine: string,
    private readonly warn: (problem: string) => void,
  ) {
    this.run = `${place} ${engine.replaceAll(/[^\w.]/g, "_")} `;
    this.file = join(this.folder, `${this.run}${process.pid} ${randomUUID()}`);
  }

  /** Creates the file, once there is something to say or to ask. */
  private open(): void {
    if (this.isOpened) return;
    this.isOpened = true;
    this.failure = problemOf(() => {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      if (!this.isPrivate()) throw new Error(`${this.folder} must be a folder that only this user can write to`);
      this.descriptor = openSync(this.file, "wx", 0o600);
      written.add(this.file);
      for (const file of this.files()) if (this.isOver(file)) attempt(() => rmSync(join(this.folder, file)));
    });
  }

  /** Why it is not known what the other processes have. */
  get problem(): string | undefined {
    this.open();
    return this.failure ?? (existsSync(this.file) ? undefined : `${this.folder} was removed while Pulumi was running`);
  }

  /** Says that a resource of the program has an object or, with `undefined`, that none of this process has it. */
  has(server: string, object: string, owner: Omit<Neighbour, "server"> | undefined): void {
    this.say(`object ${server} ${object}`, owner && { of: "object", server, object, ...owner });
  }

  /** Says that a resource of the program claims a name or, with `undefined`, that it does so no longer. */
  claims(server: string, name: string, resource: string, claim: Claim | undefined): void {
    const hash = hashOf(name);
    this.say(`claim ${server} ${hash} ${resource}`, claim && { of: "claim", server, hash, ...claim });
  }

  /** Says which objects a resource's object uses or, with `undefined`, that it is gone. */
  uses(server: string, user: string, use: Use | undefined): void {
    this.say(`use ${server} ${user}`, use && { of: "use", server, user, ...use });
  }

  /** Says that an operation on a resource of the program failed, or that its repetition succeeded. */
  settled(resource: string, isFailed: boolean): void {
    this.say(`failure ${resource}`, isFailed ? { of: "failure", resource } : undefined);
  }

  /** Never fails: what is said is done, and the engine must learn of it. */
  private say(key: string, fact: Fact | undefined): void {
    const line = JSON.stringify([key, fact]);
    if (this.said.get(key) === line || (fact === undefined && !this.said.has(key))) return;
    this.open();
    if (this.failure !== undefined) return;
    this.said.set(key, line);
    this.failure = problemOf(() => writeSync(this.descriptor, `${line}\n`));
    if (this.failure !== undefined)
      this.warn(
        `The provider cannot tell the other providers of this program what its resources have: ${this.failure}. If two of them lead to one server, look whether an object was deleted that a resource of the other one had taken over.`,
      );
  }

  /** The resources of other processes that have an object with this id: on this server, or on another one of the settings. */
  ownersOf(object: string): readonly Neighbour[] {
    return this.facts("object").filter((fact) => fact.object === object);
  }

  /** The resources of other processes that claim a name, on any server. */
  claimants(name: string): readonly Claimant[] {
    const hash = hashOf(name);
    const claims = this.facts("claim").filter((claim) => claim.hash === hash);
    const owners = claims.length === 0 ? [] : this.facts("object");
    return claims.map((claim) => {
      const owner = owners.find(({ server, resource }) => server === claim.server && resource === claim.resource);
      return { ...claim, object: owner?.object };
    });
  }

  /** The resources of other processes whose objects use this one: on this server, or on another one that has no object with this id. */
  usersOf(server: string, object: string): readonly { readonly user: string; readonly resource: string }[] {
    const owners = this.ownersOf(object);
    const isThere = (other: string) => other !== server && owners.some((owner) => owner.server === other);
    return this.facts("use").filter((use) => use.objects.includes(object) && !isThere(use.server));
  }

  /** A resource that failed in another process. */
  get failed(): string | undefined {
    return this.facts("failure")[0]?.resource;
  }

  forget(): void {
    if (!written.delete(this.file)) return;
    attempt(() => closeSync(this.descriptor));
    attempt(() => rmSync(this.file));
  }

  /** What the other processes of this run have said so far, also those that were ended since. */
  private facts<Of extends Fact["of"]>(of: Of): Extract<Fact, { of: Of }>[] {
    const files = this.files().filter((file) => file.startsWith(this.run) && join(this.folder, file) !== this.file);
    return files.flatMap((file) => {
      const said = this.known.get(file) ?? { length: 0, facts: new Map<string, Fact>() };
      this.known.set(file, said);
      readOn(join(this.folder, file), said);
      return [...said.facts.values()].filter((fact): fact is Extract<Fact, { of: Of }> => fact.of === of);
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

  /** Whether a file is of a run that is over. One that a process of this run left behind still counts. */
  private isOver(file: string): boolean {
    const age = Date.now() - (attempt(() => statSync(join(this.folder, file)).mtimeMs) ?? 0);
    const isEnded = file.startsWith(`${place} `) && !isAlive(file);
    return age > day || (isEnded && (age > hour || !file.startsWith(this.run)));
  }
}

/** The name that a program gives an object may be a secret. */
function hashOf(name: string): string {
  return createHash("sha256").update(name).digest("base64");
}

const hour = 3_600_000;
const day = 24 * hour;

/** What goes wrong. */
function problemOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Takes in what was appended to a process's file since the last time. A line may be half written. */
function readOn(path: string, said: Said): void {
  const appended = attempt(() => tailOf(path, said.length));
  if (appended === undefined) return;
  const end = appended.lastIndexOf("\n") + 1;
  said.length += end;
  for (const line of appended.toString("utf8", 0, end).split("\n")) {
    const [key, fact] = (parseJson(line) ?? []) as [string?, (Fact | null)?];
    if (key === undefined) continue;
    if (fact === undefined || fact === null) said.facts.delete(key);
    else said.facts.set(key, fact);
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

/** Whether the process that writes a file of this place is alive. */
function isAlive(file: string): boolean {
  const pid = Number(file.split(" ")[2]);
  return attempt(() => process.kill(pid, 0)) === true;
}
