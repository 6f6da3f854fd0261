/**
 * Questions that a program may ask: plain functions, which run in the program itself and in previews too. What they need to ask
 * with is loaded when the first of them is called.
 */
import * as pulumi from "@pulumi/pulumi";
import type { Client } from "./client";
import type { Condition } from "./execution/condition";
import type { ExecutionFilter } from "./execution/filters";
import type { Row as ExecutionRow } from "./execution/wire";
import type * as Calls from "./lookup/calls";
import type { TargetFilter } from "./target/filters";
import type { PayloadType } from "./target/resource";
import type { Row as TargetRow } from "./target/wire";

/** What every lookup takes. */
export interface LookupOptions {
  /** The instance to ask: a name from `zitadel:instances`. Default: the instance of `zitadel:domain`. */
  instance?: string;
}

/** A target as the instance has it. */
export interface TargetResult {
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
  /** In ZITADEL's own form: decimal seconds, `"10s"` or `"1.500s"`. */
  readonly timeout: string;
  /** Set where the target is a webhook. */
  readonly restWebhook?: { readonly interruptOnError?: boolean };
  /** Set where the target is a call. */
  readonly restCall?: { readonly interruptOnError?: boolean };
  /** Set where the target is asynchronous. */
  readonly restAsync?: Readonly<Record<string, never>>;
  /** `PAYLOAD_TYPE_UNSPECIFIED` where nobody ever set one: delivered as JSON. */
  readonly payloadType: PayloadType;
  /** The key with which ZITADEL signs what it sends: always a secret, never plain text. */
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
  readonly condition: Condition;
  /** The ids of the targets, in the order in which they are called. */
  readonly targets: readonly string[];
  /** When the execution was first set, by the server's clock (RFC 3339). */
  readonly creationDate: string;
  /** When the list was last set, by the server's clock (RFC 3339). */
  readonly changeDate: string;
}

/**
 * Finds one target, by id or by its exact name (letter case counts). One request.
 *
 * @throws {ZitadelError} `not_found` where there is none, and for everything that keeps it from being asked.
 */
export async function getTarget(
  wanted: { id: string; name?: never } | { name: string; id?: never },
  options: LookupOptions = {},
): Promise<TargetResult> {
  return ask(options, async (client, calls) => targetResult(await calls.findTarget(client, wanted)));
}

/**
 * Lists the targets that all filters let through, or all, oldest first: one request for each thousand.
 *
 * @throws {ZitadelError} for everything that keeps it from being asked.
 */
export async function listTargets(options: LookupOptions & { filters?: TargetFilter[] } = {}): Promise<TargetResult[]> {
  return ask(options, async (client, calls) => (await calls.findTargets(client, options.filters)).map(targetResult));
}

/**
 * Lists the executions that all filters let through, or all, by id: one request for each thousand.
 *
 * @throws {ZitadelError} for everything that keeps it from being asked.
 */
export async function listExecutions(
  options: LookupOptions & { filters?: ExecutionFilter[] } = {},
): Promise<ExecutionResult[]> {
  return ask(options, async (client, calls) =>
    (await calls.findExecutions(client, options.filters)).map(executionResult),
  );
}

/**
 * Lists the functions that an execution's condition may name: `preuserinfo` and others. One request.
 *
 * @throws {ZitadelError} for everything that keeps it from being asked.
 */
export function listExecutionFunctions(options: LookupOptions = {}): Promise<string[]> {
  return words("function", options);
}

/**
 * Lists the methods that an execution's condition may name, with their leading slash. One request.
 *
 * @throws {ZitadelError} for everything that keeps it from being asked.
 */
export function listExecutionMethods(options: LookupOptions = {}): Promise<string[]> {
  return words("method", options);
}

/**
 * Lists the services that an execution's condition may name. One request.
 *
 * @throws {ZitadelError} for everything that keeps it from being asked.
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

function targetResult({ signingKey, payloadType, ...row }: TargetRow): TargetResult {
  const type = (payloadType ?? "PAYLOAD_TYPE_UNSPECIFIED") as PayloadType;
  return {
    ...(row as Omit<TargetResult, "payloadType" | "signingKey">),
    payloadType: type,
    signingKey: pulumi.secret(signingKey),
  };
}

function executionResult({ id, condition, targets, creationDate, changeDate }: ExecutionRow): ExecutionResult {
  return { id, condition, targets, creationDate, changeDate };
}
