/** Questions that a program may ask, in previews too. What asking needs is loaded when the first function is called. */
import * as pulumi from "@pulumi/pulumi";
import type { Client } from "./client";
import type { Condition } from "./execution/condition";
import type { ExecutionFilter } from "./execution/filters";
import type * as Calls from "./lookup/calls";
import type { Exactly } from "./one-of";
import type { TargetFilter } from "./target/filters";
import type { Interrupts, PayloadType } from "./target/resource";
import type { Row as TargetRow } from "./target/wire";

/** What every lookup takes. */
export interface LookupOptions {
  /**
   * The instance to ask: a name from `zitadel:instances`.
   *
   * @default the instance of `zitadel:domain`
   */
  instance?: string;
}

/** What {@link listTargets} takes. */
export interface ListTargetsOptions extends LookupOptions {
  /**
   * Which targets are listed: those that all filters let through.
   *
   * @default none, which lists all
   */
  filters?: TargetFilter[];
}

/** What {@link listExecutions} takes. */
export interface ListExecutionsOptions extends LookupOptions {
  /**
   * Which executions are listed: those that all filters let through.
   *
   * @default none, which lists all
   */
  filters?: ExecutionFilter[];
}

/** Which target {@link getTarget} finds: by its id or by its name. */
export type WantedTarget = Exactly<{
  /** The target's id on the instance. */
  id: string;
  /** The target's exact name: letter case counts. */
  name: string;
}>;

/** A target as the instance has it. */
export interface TargetResult {
  /** The target's id on the instance. */
  readonly id: string;
  /** The target's name on the instance. */
  readonly name: string;
  /** The URL that ZITADEL calls. */
  readonly endpoint: string;
  /** How long ZITADEL waits for an answer, in its own form: decimal seconds, `"10s"` or `"1.500s"`. */
  readonly timeout: string;
  /** Set where the target is a webhook. */
  readonly restWebhook?: Interrupts;
  /** Set where the target is a call. */
  readonly restCall?: Interrupts;
  /** Set where the target is asynchronous: an empty object. */
  readonly restAsync?: Readonly<Record<string, never>>;
  /** How the payload is packed: `PAYLOAD_TYPE_UNSPECIFIED` where nobody ever set a type, which is delivered as JSON. */
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

/** An execution as the instance has it. */
export interface ExecutionResult {
  /** The condition in ZITADEL's own form: `function/preuserinfo`. */
  readonly id: string;
  /** The condition as an object, as the inputs of a ZitadelExecution have it. */
  readonly condition: Condition;
  /** The ids of the targets, in the order in which they are called. */
  readonly targets: readonly string[];
  /** When the execution was first set, by the server's clock (RFC 3339). */
  readonly creationDate: string;
  /** When the list was last set, by the server's clock (RFC 3339). */
  readonly changeDate: string;
}

/**
 * Finds one target, by its id or by its exact name. One request.
 *
 * @param wanted The target's id or name.
 * @param options Which instance is asked.
 *
 * @example The key of a target that another stack manages
 * ```ts
 * import { getTarget } from "pulumi-zitadel-actions";
 *
 * export const signingKey = getTarget({ name: "audit" }).then((target) => target.signingKey);
 * ```
 *
 * @throws {@link ZitadelError} `not_found`, where there is none; and another code for whatever keeps it from being asked
 */
export async function getTarget(wanted: WantedTarget, options: LookupOptions = {}): Promise<TargetResult> {
  return ask(options, async (client, calls) => targetResult(await calls.findTarget(client, wanted)));
}

/**
 * Lists targets, oldest first. One request for each thousand.
 *
 * @param options Which targets, and which instance is asked.
 *
 * @example The targets whose names begin with a word
 * ```ts
 * import { listTargets } from "pulumi-zitadel-actions";
 *
 * const filter = { targetName: "audit", method: "TEXT_FILTER_METHOD_STARTS_WITH" as const };
 * export const ids = listTargets({ filters: [{ targetNameFilter: filter }] }).then((all) => all.map(({ id }) => id));
 * ```
 *
 * @throws {@link ZitadelError}, whose code says what keeps it from being asked
 */
export async function listTargets(options: ListTargetsOptions = {}): Promise<TargetResult[]> {
  return ask(options, async (client, calls) => (await calls.findTargets(client, options.filters)).map(targetResult));
}

/**
 * Lists executions, by id. One request for each thousand.
 *
 * @param options Which executions, and which instance is asked.
 *
 * @example What an event calls
 * ```ts
 * import { listExecutions } from "pulumi-zitadel-actions";
 *
 * const conditions = [{ event: { event: "user.human.added" } }];
 * export const called = listExecutions({ filters: [{ inConditionsFilter: { conditions } }] });
 * ```
 *
 * @throws {@link ZitadelError}, whose code says what keeps it from being asked
 */
export async function listExecutions(options: ListExecutionsOptions = {}): Promise<ExecutionResult[]> {
  return ask(options, (client, calls) => calls.findExecutions(client, options.filters));
}

/**
 * Lists the functions that an execution's condition may name: `preuserinfo` and others. One request.
 *
 * @param options Which instance is asked.
 * @throws {@link ZitadelError}, whose code says what keeps it from being asked
 */
export function listExecutionFunctions(options: LookupOptions = {}): Promise<string[]> {
  return words("function", options);
}

/**
 * Lists the methods that an execution's condition may name, with their leading slash. One request.
 *
 * @param options Which instance is asked.
 * @throws {@link ZitadelError}, whose code says what keeps it from being asked
 */
export function listExecutionMethods(options: LookupOptions = {}): Promise<string[]> {
  return words("method", options);
}

/**
 * Lists the services that an execution's condition may name. One request.
 *
 * @param options Which instance is asked.
 * @throws {@link ZitadelError}, whose code says what keeps it from being asked
 */
export function listExecutionServices(options: LookupOptions = {}): Promise<string[]> {
  return words("service", options);
}

function words(kind: "function" | "method" | "service", options: LookupOptions): Promise<string[]> {
  return ask(options, (client, calls) => calls.listWords(client, kind));
}

/** With the settings of the stack that the program runs for, as the provider process reads them. */
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
    // Pulumi prints the stack of an error that ends a program, where ours would bury the message.
    if (error instanceof Error && error.name === "ZitadelError") error.stack = `${error.name}: ${error.message}`;
    throw error;
  }
}

function targetResult({ signingKey, payloadType = "PAYLOAD_TYPE_UNSPECIFIED", ...row }: TargetRow): TargetResult {
  return { ...row, payloadType, signingKey: pulumi.secret(signingKey) } as TargetResult;
}
