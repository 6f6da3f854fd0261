/** Functions with which a program looks up objects, in previews too. The first call loads the code that they need. */
import * as pulumi from "@pulumi/pulumi";
import type { Client } from "./client";
import type { Condition } from "./execution/condition";
import type { ExecutionFilter } from "./execution/filters";
import type * as Calls from "./lookup/calls";
import type { Exactly } from "./one-of";
import type { TargetFilter } from "./target/filters";
import type { Interrupts, PayloadType } from "./target/resource";
import type { Row as TargetRow } from "./target/wire";

/** The options of every lookup. */
export interface LookupOptions {
  /**
   * The instance to search: a name from `zitadel-actions:instances`.
   *
   * @default the instance of `zitadel-actions:domain`
   */
  instance?: string;
}

/** The options of {@link listTargets}. */
export interface ListTargetsOptions extends LookupOptions {
  /**
   * Which targets to list: those that match all filters.
   *
   * @default none, which lists all
   */
  filters?: TargetFilter[];
}

/** The options of {@link listExecutions}. */
export interface ListExecutionsOptions extends LookupOptions {
  /**
   * Which executions to list: those that match all filters.
   *
   * @default none, which lists all
   */
  filters?: ExecutionFilter[];
}

/** Which target {@link getTarget} finds: by its id or by its name. */
export type WantedTarget = Exactly<{
  /** The target's id on the instance. */
  id: string;
  /** The target's exact name (case-sensitive). */
  name: string;
}>;

/** A target on the instance. */
export interface TargetResult {
  /** The target's id on the instance. */
  readonly id: string;
  /** The target's name on the instance. */
  readonly name: string;
  /** The URL that ZITADEL calls. */
  readonly endpoint: string;
  /** How long ZITADEL waits for an answer, in ZITADEL's format: decimal seconds, such as `"10s"` or `"1.500s"`. */
  readonly timeout: string;
  /** Set if the target is a webhook. */
  readonly restWebhook?: Interrupts;
  /** Set if the target is a call. */
  readonly restCall?: Interrupts;
  /** Set if the target is asynchronous: an empty object. */
  readonly restAsync?: Readonly<Record<string, never>>;
  /** The format of the payload: `PAYLOAD_TYPE_UNSPECIFIED` if it was never set; ZITADEL then delivers JSON. */
  readonly payloadType: PayloadType;
  /**
   * The key with which ZITADEL signs what it sends.
   *
   * @secret
   */
  readonly signingKey: pulumi.Output<string>;
  /** When the target was created, by the server's clock (RFC 3339). */
  readonly creationDate: string;
  /** When the target was last changed, by the server's clock (RFC 3339). */
  readonly changeDate: string;
}

/** An execution on the instance. */
export interface ExecutionResult {
  /** The condition in ZITADEL's own format: `function/preuserinfo`. */
  readonly id: string;
  /** The condition as an object, as in the inputs of a ZitadelExecution. */
  readonly condition: Condition;
  /** The ids of the targets, in the order in which ZITADEL calls them. */
  readonly targets: readonly string[];
  /** When the execution was first set, by the server's clock (RFC 3339). */
  readonly creationDate: string;
  /** When the list was last set, by the server's clock (RFC 3339). */
  readonly changeDate: string;
}

/**
 * Finds one target by its id or by its exact name, with one request.
 *
 * @param wanted The target's id or name.
 * @param options The instance to search.
 *
 * @example The key of a target that another stack manages
 * ```ts
 * import { getTarget } from "pulumi-zitadel-actions";
 *
 * export const signingKey = getTarget({ name: "audit" }).then((target) => target.signingKey);
 * ```
 *
 * @throws {@link ZitadelError} with the code `not_found` if there is none, or another code if the request fails
 */
export async function getTarget(wanted: WantedTarget, options: LookupOptions = {}): Promise<TargetResult> {
  return ask(options, async (client, calls) => targetResult(await calls.findTarget(client, wanted)));
}

/**
 * Lists targets, oldest first, with one request for each thousand.
 *
 * @param options Which targets, and the instance to search.
 *
 * @example The targets whose names begin with a word
 * ```ts
 * import { listTargets } from "pulumi-zitadel-actions";
 *
 * const filter = { targetName: "audit", method: "TEXT_FILTER_METHOD_STARTS_WITH" as const };
 * export const ids = listTargets({ filters: [{ targetNameFilter: filter }] }).then((all) => all.map(({ id }) => id));
 * ```
 *
 * @throws {@link ZitadelError} if a request fails; its code says why
 */
export async function listTargets(options: ListTargetsOptions = {}): Promise<TargetResult[]> {
  return ask(options, async (client, calls) => (await calls.findTargets(client, options.filters)).map(targetResult));
}

/**
 * Lists executions, sorted by id, with one request for each thousand.
 *
 * @param options Which executions, and the instance to search.
 *
 * @example The execution of an event
 * ```ts
 * import { listExecutions } from "pulumi-zitadel-actions";
 *
 * const conditions = [{ event: { event: "user.human.added" } }];
 * export const called = listExecutions({ filters: [{ inConditionsFilter: { conditions } }] });
 * ```
 *
 * @throws {@link ZitadelError} if a request fails; its code says why
 */
export async function listExecutions(options: ListExecutionsOptions = {}): Promise<ExecutionResult[]> {
  return ask(options, (client, calls) => calls.findExecutions(client, options.filters));
}

/**
 * Lists the functions that an execution's condition can name, such as `preuserinfo`, with one request.
 *
 * @param options The instance to search.
 * @throws {@link ZitadelError} if a request fails; its code says why
 */
export function listExecutionFunctions(options: LookupOptions = {}): Promise<string[]> {
  return words("function", options);
}

/**
 * Lists the methods that an execution's condition can name, with their leading slash, with one request.
 *
 * @param options The instance to search.
 * @throws {@link ZitadelError} if a request fails; its code says why
 */
export function listExecutionMethods(options: LookupOptions = {}): Promise<string[]> {
  return words("method", options);
}

/**
 * Lists the services that an execution's condition can name, with one request.
 *
 * @param options The instance to search.
 * @throws {@link ZitadelError} if a request fails; its code says why
 */
export function listExecutionServices(options: LookupOptions = {}): Promise<string[]> {
  return words("service", options);
}

function words(kind: "function" | "method" | "service", options: LookupOptions): Promise<string[]> {
  return ask(options, (client, calls) => calls.listWords(client, kind));
}

/** Uses the settings of the program's stack, which it reads in the same way as the provider process. */
async function ask<T>(
  { instance }: LookupOptions,
  question: (client: Client, calls: typeof Calls) => Promise<T>,
): Promise<T> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a program that asks nothing must not load what asking needs
  const calls = require("./lookup/calls") as typeof Calls;
  const settings = { config: (key: string) => pulumi.runtime.getConfig(key), env: process.env };
  try {
    return await question(
      calls.clientFor(settings, instance, (warning) => void pulumi.log.warn(warning)),
      calls,
    );
  } catch (error) {
    // Pulumi prints the stack of an error that ends a program. A long stack would hide the message.
    if (error instanceof Error && error.name === "ZitadelError") error.stack = `${error.name}: ${error.message}`;
    throw error;
  }
}

function targetResult({ signingKey, payloadType = "PAYLOAD_TYPE_UNSPECIFIED", ...row }: TargetRow): TargetResult {
  return { ...row, payloadType, signingKey: pulumi.secret(signingKey) } as TargetResult;
}
