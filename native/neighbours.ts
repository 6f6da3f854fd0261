// What the provider processes of one run of Pulumi tell each other. Pulumi starts one for each provider resource, and each has a ledger of
// its own: without this, one could delete what a resource of another one has taken over.
import { randomUUID } from "node:crypto";
import { appendFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt, parseJson } from "../provider/api/json";

/** `undefined` on Windows, where each user has a temporary folder. */
const user = process.getuid?.();

/** The files of this process. */
const written = new Set<string>();
process.once("exit", () => {
  for (const path of written) attempt(() => rmSync(path, { force: true }));
});

/** Each process appends to a file of its own, with lines of a server, an object there, and the resource that has it. */
export class Neighbours {
  private readonly folder = join(tmpdir(), `pulumi-zitadel-actions-${user ?? ""}`);
  private readonly engine: string;
  private readonly own: string;
  private readonly known = new Map<string, { readonly size: number; readonly owners: ReadonlyMap<string, string> }>();

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
   * @returns why the others cannot read it, if so.
   */
  tell(server: string, object: string, resource: string): string | undefined {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      if (!this.isPrivate()) return `${this.folder} must be a folder that only this user can write to`;
      const path = join(this.folder, this.own);
      written.add(path);
      appendFileSync(path, `${JSON.stringify([server, object, resource])}\n`, { mode: 0o600 });
      return undefined;
    } catch (error) {
      return String(error);
    }
  }

  /** The resource that another process said to have the object. */
  ownerOf(server: string, object: string): string | undefined {
    const others = this.files().filter((file) => file.startsWith(`${this.engine} `) && file !== this.own);
    return others
      .filter(isAlive)
      .map((file) => this.ownersIn(file).get(JSON.stringify([server, object])))
      .find((owner) => owner !== undefined);
  }

  forget(): void {
    const path = join(this.folder, this.own);
    if (written.delete(path)) attempt(() => rmSync(path, { force: true }));
  }

  private ownersIn(file: string): ReadonlyMap<string, string> {
    const text = attempt(() => readFileSync(join(this.folder, file), "utf8")) ?? "";
    const read = this.known.get(file);
    if (read?.size === text.length) return read.owners;
    const lines = text.split("\n").map((line) => parseJson(line) as [string, string, string] | undefined);
    const owners = new Map(
      lines.flatMap((line) => (line === undefined ? [] : [[JSON.stringify(line.slice(0, 2)), line[2]] as const])),
    );
    this.known.set(file, { size: text.length, owners });
    return owners;
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
