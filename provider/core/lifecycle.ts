import type { Client } from "./client";
import type { Properties } from "./properties";

/**
 * The operations of a resource, independent of the Pulumi protocol. `Managed` calls them, and knows the program's other resources
 * and the server. Unknown values (`unknown`) pass through `check` and `diff`.
 */
export interface Lifecycle<Inputs extends Properties = Properties, State extends Properties = Properties> {
  /** The name of the resource's class, for messages. */
  readonly type: string;
  /** Validates and normalises the inputs. Sends nothing. */
  check(request: CheckRequest): CheckResult;
  /** Compares the state with checked inputs, both of one server. Sends nothing. */
  diff(state: State, inputs: Inputs): DiffResult;
  /** The properties whose values `diff` finds to differ. */
  differing(state: State, inputs: Inputs): readonly string[];
  /**
   * What `create` will return as the state, or `update` from a state: `unknown` for each value that only ZITADEL's answer gives. Sends
   * nothing.
   */
  plan(inputs: Inputs, state?: State): Properties;
  /** Whether this lifecycle wrote the state. If another provider did, the object is read again by its id. */
  isState(properties: Properties): boolean;
  /** The object's id in ZITADEL. The id in a state that another provider wrote may look different. */
  objectId(id: string, known: Properties): string;
  /** The name under which `check` claims the object for a resource that may adopt it. */
  claimOf(known: Properties): string | undefined;
  /** The ledger's names of the objects that it uses: ZITADEL silently removes a deleted object from what uses it. */
  uses(known: Properties): readonly string[];
  /** The object as ZITADEL lists it now. */
  find(client: Client, id: string): Promise<Dated | undefined>;
  /** @throws {Unfinished} if something was created that must not be lost. */
  create(context: Context, inputs: Inputs): Promise<Made<State>>;
  /** The current state on the server, or `undefined` if the server says that the object is gone. */
  read(context: Context, id: string, state: Partial<State>): Promise<Read | undefined>;
  /** @throws {Unfinished} if a part of the update took effect, which must not be lost. */
  update(context: Context, id: string, state: State, inputs: Inputs): Promise<State>;
  /** Returns the date of the deletion if an object with the same id may be created later. */
  delete(context: Context, id: string, state: Partial<State>): Promise<string | undefined>;
  /** Whether `read` finds out, if the context is unsure, what the last write did. Otherwise only the next write does. */
  readonly confirms: boolean;
}

export interface DiffResult {
  readonly changes: boolean;
  /** The properties whose change needs a replacement. */
  readonly replaces: readonly string[];
  /** Whether the old and the new object cannot exist together, so that a replacement has to delete the old one first. */
  readonly deleteBeforeReplace?: boolean;
  /** Facts about the object with that id, recorded in the ledger for the resources that refer to it. */
  readonly facts?: (id: string) => readonly string[];
}

/** What `create` returns. */
export interface Made<State> {
  readonly id: string;
  readonly state: State;
}

/** What `read` returns. */
export type Read = { readonly [part in "state" | "inputs"]: Properties } & {
  /** Whether what ZITADEL shows is older than its last write. */
  readonly isUnsure?: boolean;
};

/** An object's dates, by the server's clock. */
export type Dated = {
  readonly creationDate: string;
  readonly changeDate: string;
};

/** Writes messages to Pulumi's log, without failing the operation. */
export interface Log {
  /** Reports a problem. */
  readonly warn: (message: string) => void;
  /** Reports what was done. */
  readonly info: (message: string) => void;
}

/** What a lifecycle's operations need. */
export interface Context extends Log {
  readonly client: Client;
  /** Whether the program runs, as in `pulumi up` and not in `pulumi destroy`. */
  readonly isUp?: () => Promise<boolean>;
  /** To be called directly before an object is deleted. Throws if another resource took it over since the deletion began. */
  readonly verifyFree?: () => void;
  /** The resource's name in the ledger; `undefined` if the caller does not know it. */
  readonly resource?: string | undefined;
  /** Whether the last write may have taken effect, so that what ZITADEL shows may be from before it. */
  readonly isUnsure?: boolean;
  /** What the stack has recorded of the object, if the state for an update was read from ZITADEL just now. */
  readonly recorded?: readonly Properties[];
}

export interface CheckRequest {
  /** The inputs of the last deployment, as `check` returned them; `undefined` for a new resource or a replacement. */
  readonly olds: Properties | undefined;
  readonly news: Properties;
  /** The resource's name in the program, for auto-naming; `undefined` if it is not known. */
  readonly logicalName: string | undefined;
  /** How to name an object that the program gives no name; it may not want one. By default, the resource's name and random digits. */
  readonly autoName?: () => string | undefined;
  /** Claims what the resource will own or take over. Returns another resource of the program that has claimed it already. */
  readonly claim: (what: string, adopts?: boolean) => string | undefined;
  /** Whether a diff of this deployment recorded that fact. */
  readonly noted?: (fact: string) => boolean;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
  readonly warnings?: readonly string[];
}

/** One problem of one property. */
export interface Failure {
  /** The property's path in Pulumi's notation: `restWebhook.interruptOnError`, `targets[0]`; empty for the whole resource. */
  readonly property: string;
  /** The problem: the rest of a sentence that begins with the path or, if it begins with a capital, a whole sentence. */
  readonly reason: string;
  /** Whether the value may be a secret, and so must not be shown with the reason. */
  readonly sensitive?: boolean;
}

/** Why ZITADEL may not show an object that exists. */
export const lostOrLate = "its read model lost it, or lags by more than 20 s";

/**
 * What to do if the object that a resource should create exists already.
 *
 * @param takingOver what else taking it over does.
 * @param otherwise what to do if it belongs to another stack.
 */
export function ifTaken(what: "target" | "execution", takingOver: string, otherwise: string): string {
  const replaced =
    what === "target"
      ? "For --replace, remove or change its name first: both targets exist for a while. If"
      : "If Pulumi replaces the resource, or if nothing was renamed and";
  return `If you renamed or moved resources, put the old program back and run \`pulumi up\` first; then give each of them its old URN as an alias, to keep the same ${what}: { aliases: ["<old URN>"] } (\`pulumi stack --show-urns\` prints it). ${replaced} no other stack or tool manages the ${what}, set adopt: true to take it over${takingOver}. If another does, ${otherwise}.`;
}
