import { isDeepStrictEqual } from "node:util";
import type { Client } from "./client";
import type { Connections } from "./connections";
import { unlessFailed } from "../api/errors";
import type { Context, Lifecycle, Log } from "./lifecycle";
import type { Properties } from "./properties";

/** What the operations on all resources of one type share. */
export class Scope {
  constructor(
    readonly lifecycle: Lifecycle,
    readonly connections: Pick<Connections, "client" | "problem" | "others">,
    readonly log: Log,
    /** Whether the program runs; without it, whether it declares anything of this package. */
    private readonly runsProgram?: () => Promise<boolean>,
  ) {}

  client(properties: Properties): Client {
    return this.connections.client(instanceIn(properties));
  }

  context(resource: string | undefined, properties: Properties): Context {
    const client = this.client(properties);
    return { ...this.log, client, resource, isUp: this.runsProgram ?? (() => Promise.resolve(client.ledger.isUp)) };
  }

  /** How errors name an operation. */
  call(act: "read" | "update" | "delete", object: string): { readonly operation: string; readonly what: string } {
    const doing = { read: "reading", update: "updating", delete: "deleting" }[act];
    return { operation: `${act} ${this.lifecycle.type}`, what: `${doing} ${this.lifecycle.type} ${object}` };
  }

  /** The object's name in the ledger. */
  named(object: string): string {
    return `${this.lifecycle.type} ${object}`;
  }

  /**
   * A resource that has the object at another server of the settings. That may be another address of this server, or a copy of it,
   * such as a staging instance that was restored from a backup. Where the dates in the state are not enough to tell, ZITADEL is asked:
   * the resource may have changed the object since, and an execution that is set anew keeps the creation date of an earlier one.
   */
  async twinOf(client: Client, object: string, olds: Properties): Promise<string | undefined> {
    const what = this.named(object);
    const { ledger } = client;
    const known = ledger.twinOf(what, datesOf(olds));
    if (known !== undefined || !ledger.isElsewhere(what)) return known;
    const found = await this.lifecycle.find(client, object);
    if (found === undefined) return undefined;
    const twin = ledger.twinOf(what, datesOf({ ...found }));
    if (twin !== undefined) return twin;
    // Two resources that set it at once know only their own dates: what both addresses show tells whether it is one object.
    for (const other of this.connections.others(client)) {
      const owner = other.ledger.ownerOf(what);
      if (owner !== undefined && isDeepStrictEqual(await unlessFailed(() => this.lifecycle.find(other, object)), found))
        return owner;
    }
    return undefined;
  }
}

/** The instance's name in the settings; `undefined` for the default one. */
export function instanceIn({ instance }: Properties): string | undefined {
  return typeof instance === "string" ? instance : undefined;
}

export function datesOf({ creationDate, changeDate }: Properties): readonly unknown[] {
  return [creationDate, changeDate].filter((date) => date !== undefined);
}

/** The context of a question that is not the user's, so that nothing is told about its answer. */
export function quiet(context: Context): Context {
  return { ...context, info: () => undefined };
}
