// What the provider processes of one run of Pulumi tell each other. Pulumi starts one for the classes, and one for each provider resource of
// the native provider, and each has ledgers of its own: without this, one could delete what a resource of another one has taken over.
import { randomUUID } from "node:crypto";
import { appendFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt, parseJson } from "../api/json";

/** `undefined` on Windows, where each user has a temporary folder. */
const user = process.getuid?.();

/** The files of this process. */
const written = new Set<string>();
process.once("exit", () => {
  for (const path of written) attempt(() => rmSync(path, { force: true }));
});

/** A resource of the program has an object. */
interface Has {
  readonly server: string;
  readonly object: string;
  readonly resource: string;
  readonly dates: readonly unknown[];
}

/** A resource of the program failed, or its repetition succeeded. */
interface Settled {
  readonly resource: string;
  readonly isFailed: boolean;
}

/** What a process said. */
class Said {
  /** How much of its file was read. */
  private length = 0;
  /** By the object's name. */
  private readonly owners = new Map<string, Has[]>();
  readonly failed = new Set<string>();

  ownersOf(object: string): readonly Has[] {
    return this.owners.get(object) ?? [];
  }

  /** Takes in what was appended since the last time. A line may be half written. */
  readUpTo(text: string): void {
    const end = text.lastIndexOf("\n") + 1;
    const lines = text.slice(this.length, end).split("\n");
    this.length = end;
    for (const line of lines) {
      const fact = parseJson(line) as Has | Settled | undefined;
      if (fact === undefined) continue;
      if ("object" in fact) {
        const others = this.ownersOf(fact.object).filter(({ server }) => server !== fact.server);
        this.owners.set(fact.object, [...others, fact]);
      } else if (fact.isFailed) this.failed.add(fact.resource);
      else this.failed.delete(fact.resource);
    }
  }
}

/** Each process appends what it says, a line for each fact, to a file of its own. */
export class Neighbours {
  private readonly folder = join(tmpdir(), `pulumi-zitadel-actions-${user ?? ""}`);
  private readonly engine: string;
  private readonly own: string;
  private readonly known = new Map<string, Said>();
  private readonly failed = new Set<string>();
  /** The lines that this process wrote. */
  private readonly lines = new Set<string>();
  private isWarned = false;

  /** @param engine the address of the engine that started this process. */
  constructor(engine: string) {
    this.engine = engine.replaceAll(/[^\w.]/g, "_");
    this.own = `${this.engine} ${process.pid} ${randomUUID()}`;
    for (const file of this.files())
      if (!isAlive(file)) attempt(() => rmSync(join(this.folder, file), { force: true }));
  }

  /**
   * Says that a resource of the program has an object. It never fails: the object is there, and the engine must learn of it.
   *
   * @param dates at which the object was created and changed, as far as they are known.
   * @returns what to warn of, once: why the others cannot read it.
   */
  has(server: string, object: string, resource: string, dates: readonly unknown[]): string | undefined {
    const fact: Has = { server, object, resource, dates };
    return this.lines.has(JSON.stringify(fact)) ? undefined : this.say(fact);
  }

  /** Says that an operation on a resource of the program failed, or that its repetition succeeded. */
  settled(resource: string, isFailed: boolean): string | undefined {
    if (this.failed.has(resource) === isFailed) return undefined;
    if (isFailed) this.failed.add(resource);
    else this.failed.delete(resource);
    return this.say({ resource, isFailed });
  }

  private say(fact: Has | Settled): string | undefined {
    const problem = this.write(fact);
    if (problem === undefined || this.isWarned) return undefined;
    this.isWarned = true;
    return `The provider cannot tell the other providers of this program what its resources have: ${problem}. If two of them lead to one server, do not move a resource from one to the other and rename it with adopt: true in the same edit.`;
  }

  private write(fact: Has | Settled): string | undefined {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      if (!this.isPrivate()) return `${this.folder} must be a folder that only this user can write to`;
      const path = join(this.folder, this.own);
      written.add(path);
      const line = JSON.stringify(fact);
      appendFileSync(path, `${line}\n`, { mode: 0o600 });
      this.lines.add(line);
      return undefined;
    } catch (error) {
      return String(error);
    }
  }

  /** The resource that another process said to have the object. */
  ownerOf(server: string, object: string): string | undefined {
    return this.ownersOf(object).find((owner) => owner.server === server)?.resource;
  }

  /** Whether another process said that a resource has an object with this id on another server of the settings. */
  isElsewhere(server: string, object: string): boolean {
    return this.ownersOf(object).some((owner) => owner.server !== server);
  }

  /** A resource that has an object with this id, and one of these dates, at another server of the settings. */
  twinOf(server: string, object: string, dates: readonly unknown[]): string | undefined {
    const owners = this.ownersOf(object).filter((owner) => owner.server !== server);
    return owners.find((owner) => owner.dates.some((date) => dates.includes(date)))?.resource;
  }

  /** A resource that failed in another process. */
  get failure(): string | undefined {
    return this.others().flatMap(({ failed }) => [...failed])[0];
  }

  forget(): void {
    const path = join(this.folder, this.own);
    if (written.delete(path)) attempt(() => rmSync(path, { force: true }));
  }

  private ownersOf(object: string): readonly Has[] {
    return this.others().flatMap((said) => said.ownersOf(object));
  }

  /** What the other processes of this run have said so far. */
  private others(): readonly Said[] {
    const files = this.files().filter((file) => file.startsWith(`${this.engine} `) && file !== this.own);
    return files.filter(isAlive).map((file) => {
      const said = this.known.get(file) ?? new Said();
      this.known.set(file, said);
      said.readUpTo(attempt(() => readFileSync(join(this.folder, file), "utf8")) ?? "");
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

/** Whether the process that writes a file is alive. */
function isAlive(file: string): boolean {
  const pid = Number(file.split(" ")[1]);
  return attempt(() => process.kill(pid, 0)) === true;
}
