import { isDeepStrictEqual } from "node:util";
import type { Client } from "./client";
import { ZitadelError } from "./errors";
import { pick } from "./json";

/**
 * What every resource's life consists of. Nothing in it knows by which of Pulumi's protocols it is called; `Managed` calls it, and
 * knows the program's other resources and the server. Unknown values (`unknown`) pass through `check` and `diff`.
 */
export interface Lifecycle<Inputs extends Properties = Properties, State extends Properties = Properties> {
  /** The name of the resource's class, for messages. */
  readonly type: string;
  /** Validates and normalises what the program declares. Sends nothing. */
  check(request: CheckRequest): CheckResult;
  /** Compares the state with checked inputs, both of one server. Sends nothing. */
  diff(state: State, inputs: Inputs): DiffResult;
  /** Whether the properties are a state that this lifecycle wrote. Another provider's is read anew by its id. */
  isState(properties: Properties): boolean;
  /** The id under which ZITADEL has the object. The one in a state that another provider began may have another form. */
  objectId(id: string, known: Properties): string;
  /** The name under which `check` claims the object for a resource that may adopt it. */
  claimOf(known: Properties): string | undefined;
  /** The objects that it uses, as the ledger names them: ZITADEL takes what is deleted out of what uses it, without a word. */
  uses(known: Properties): readonly string[];
  /** The object as ZITADEL lists it now. */
  find(client: Client, id: string): Promise<Dated | undefined>;
  /** @throws {Unfinished} where something was made that must not be lost. */
  create(context: Context, inputs: Inputs): Promise<Made<State>>;
  /** The state as the server has it now, or `undefined` where the server says that the resource is gone. */
  read(context: Context, id: string, state: Partial<State>): Promise<Read | undefined>;
  /** @throws {Unfinished} where a part was done that must not be lost. */
  update(context: Context, id: string, state: State, inputs: Inputs): Promise<State>;
  /** Returns the date of the deletion where an object of the same id may be created later. */
  delete(context: Context, id: string, state: Partial<State>): Promise<string | undefined>;
}

/** What `create` made. */
export interface Made<State> {
  readonly id: string;
  readonly state: State;
}

/** What `read` found. */
export type Read = { readonly [part in "state" | "inputs"]: Properties };

/** An object's dates, by the server's clock. */
export interface Dated {
  readonly creationDate: string;
  readonly changeDate: string;
}

/**
 * The resource exists, but not as declared: `properties` is what holds of it, and the next deployment goes on from there. Pulumi
 * reads `id`, `reasons` and `properties` of such an error.
 */
export class Unfinished extends ZitadelError {
  readonly reasons: readonly string[];
  readonly #properties: Properties;

  constructor(
    readonly id: string,
    properties: Properties,
    { code, message, status, operation, errorId, doubtful }: ZitadelError,
  ) {
    super(code, message, { status, operation, errorId, doubtful });
    this.reasons = [this.message];
    this.#properties = properties;
  }

  /** May hold a signing key, so whatever prints an error must not see it. */
  get properties(): Properties {
    return this.#properties;
  }
}

export type Properties = Readonly<Record<string, unknown>>;

/** Where messages for the person who reads the log go; the operation goes on. */
export interface Log {
  /** Tells what is wrong. */
  readonly warn: (message: string) => void;
  /** Tells what was done. */
  readonly info: (message: string) => void;
}

/** What a lifecycle is given to work with. */
export interface Context extends Log {
  readonly client: Client;
  /** The resource in the program, as the ledger names it; `undefined` where the caller does not know it. */
  readonly resource?: string | undefined;
}

export interface CheckRequest {
  /** The inputs of the last deployment, as `check` returned them; `undefined` for a new resource or a replacement. */
  readonly olds: Properties | undefined;
  readonly news: Properties;
  /** The resource's name in the program, for auto-naming; `undefined` where it was not told. */
  readonly logicalName: string | undefined;
  /** Says what the resource is about to own, or to take over. Returns another resource of the program that says the same. */
  readonly claim: (what: string, adopts?: boolean) => string | undefined;
  /** Whether a diff of this deployment noted that fact. */
  readonly noted?: (fact: string) => boolean;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
  readonly warnings?: readonly string[];
}

/** One thing that is wrong with one property. */
export interface Failure {
  /** Its path, as Pulumi writes it: `restWebhook.interruptOnError`, `targets[0]`; empty for the resource as a whole. */
  readonly property: string;
  /** What is wrong: the rest of a sentence that begins with the property's path, or with a capital a whole one that names it. */
  readonly reason: string;
  /** Whether the value may be a secret: then it must not be shown beside the reason. */
  readonly sensitive?: boolean;
}

export interface DiffResult {
  readonly changes: boolean;
  /** The properties whose change needs a replacement. */
  readonly replaces: readonly string[];
  /** Whether there can be only one of the two at a time, so that a replacement has to delete the old one first. */
  readonly deleteBeforeReplace?: boolean;
  /** What resources that refer to the object of that id should know of it: the ledger notes it. */
  readonly facts?: (id: string) => readonly string[];
}

/** What Pulumi sends in place of a value that is not known before the deployment. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** One row of a resource's table: what a change of the property does, and what counts as a change. */
export interface Property {
  readonly change: "update" | "replace" | "rotate" | "ignore";
  /** Whether two given values mean the same; by default they must be the same JSON. */
  readonly same?: (old: unknown, now: unknown) => boolean;
  /** Whether it names a server: `Managed` knows if two names are one server, and a lifecycle sees objects of one only. */
  readonly isServer?: boolean;
}

/** The properties whose values differ, in the table's order. */
export function changed<Key extends string>(
  table: Readonly<Record<Key, Property>>,
  state: Properties,
  inputs: Properties,
): Set<Key> {
  const keys = Object.keys(table) as Key[];
  const differs = (key: Key) => {
    const { change, isServer, same = isDeepStrictEqual }: Property = table[key];
    if (change === "ignore" || isServer === true) return false;
    const [old, now] = [state[key], inputs[key]];
    return old === undefined || now === undefined ? old !== now : !same(old, now);
  };
  return new Set(keys.filter(differs));
}

/** The one diff of all resources. */
export function diff<Key extends string>(
  table: Readonly<Record<Key, Property>>,
  state: Properties,
  inputs: Properties,
): DiffResult {
  const keys = [...changed(table, state, inputs)];
  return { changes: keys.length > 0, replaces: keys.filter((key) => table[key].change === "replace") };
}

/** What a read finds of an object that exists and that ZITADEL does not show: the state as it is. */
export function keptAsItIs(state: Properties, table: Readonly<Record<string, Property>>, ...more: string[]) {
  return { state, inputs: pick(state, ...Object.keys(table), ...more) };
}

/** Why ZITADEL may not show what exists. */
export const lostOrLate = "its read model lost it, or lags by more than 20 s";

/**
 * What to do where the object that a resource is to make is there already.
 *
 * @param takingOver what that comes to, beside taking it over.
 * @param otherwise what else there is to do where it belongs to another stack.
 */
export function ifTaken(what: "target" | "execution", takingOver: string, otherwise: string): string {
  return `If you renamed or moved the resource in the program, give it its old URN as an alias, and Pulumi goes on with the same ${what}: { aliases: ["<old URN>"] } (\`pulumi stack --show-urns\` prints it). If Pulumi replaces the resource, or if no other stack or tool manages the ${what}, set adopt: true to take it over${takingOver}. If another stack or tool manages it, ${otherwise}.`;
}

/** Leaves out what is not set, be it missing, `undefined` or `null`. */
export function given(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));
}
