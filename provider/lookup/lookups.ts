/**
 * Functions with which a program looks up objects, in previews too: each in Pulumi's two forms, for values and for inputs. The first
 * call loads the code that they need. Under Pulumi's mocks, a test answers, and nothing is sent.
 */
import * as pulumi from "@pulumi/pulumi";
import type { Client } from "../core/client";
import type * as Errors from "../api/errors";
import type { Condition } from "../execution/condition";
import type { ExecutionFilter } from "../execution/filters";
import type { Row as ExecutionRow } from "../execution/wire";
import { isRecord } from "../api/json";
import type * as Calls from "./calls";
import type { Exactly } from "../core/one-of";
import type { NamesIn } from "../core/properties";
import { checkSettings, stackPrefix } from "../core/program";
import { answerOfMocks, isSome, listOfMocks, mocksOf, nameOf, nothingOf } from "./mocks";
import { token } from "../core/tokens";
import type { TargetFilter } from "../target/filters";
import type { Interrupts, PayloadType } from "../target/args";
import type { Row as TargetRow } from "../target/wire";

/** The options of every lookup. */
export interface LookupOptions {
  /**
   * The instance to search: a name from `zitadel-actions:instances`.
   *
   * @default the instance of `zitadel-actions:domain`
   */
  instance?: string;
}

/** A value whose parts may be outputs of resources. */
export type DeepInput<T> = pulumi.Input<
  T extends readonly (infer Item)[]
    ? readonly DeepInput<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepInput<T[Key]> }
      : T
>;

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
export function getTarget(wanted: WantedTarget, options: LookupOptions = {}): Promise<TargetResult> {
  return heard(() => findTarget(wanted, options));
}

async function findTarget(wanted: WantedTarget, options: LookupOptions): Promise<TargetResult> {
  requireKnown("getTarget", wanted, ["id", "name"]);
  requireKnown("getTarget", options, ["instance"]);
  const given = [wanted.id, wanted.name].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw invalid("getTarget", `takes exactly one of id and name, but got ${given.length === 0 ? "neither" : "both"}`);
  const mocked = await answerOfMocks("getTarget", { ...wanted, ...options });
  if (mocked !== undefined) {
    if (isSome(keys.target)(mocked)) return targetResult(mocked as unknown as TargetRow);
    const must = `must return a target, with those of its properties that the program uses`;
    throw new Error(`The mock of ${token("getTarget")} ${must}. It returned ${nothingOf(keys.target)}.`);
  }
  return ask(options, async (client, calls) => targetResult(await calls.findTarget(client, wanted)));
}

/**
 * The same as {@link getTarget}, for inputs: it asks once they are known. In a preview, the result is unknown if an input comes from a
 * resource that would be created, changed or replaced.
 *
 * @example By the id that another stack exports
 * ```ts
 * import * as pulumi from "@pulumi/pulumi";
 * import { getTargetOutput } from "pulumi-zitadel-actions";
 *
 * const hooks = new pulumi.StackReference("organization/hooks/prod");
 * export const endpoint = getTargetOutput({ id: hooks.requireOutput("auditId") }).endpoint;
 * ```
 *
 * @throws {@link ZitadelError} as {@link getTarget} does
 */
export function getTargetOutput(
  wanted: DeepInput<WantedTarget>,
  options: DeepInput<LookupOptions> = {},
): pulumi.Output<TargetResult> {
  return once(wanted, options, getTarget);
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
export function listTargets(options: ListTargetsOptions = {}): Promise<TargetResult[]> {
  return heard(() => findTargets(options));
}

async function findTargets(options: ListTargetsOptions): Promise<TargetResult[]> {
  requireKnown("listTargets", options, ["filters", "instance"]);
  const mocked = await listOfMocks<TargetRow>("listTargets", "targets", options, keys.target);
  const rows = mocked ?? (await ask(options, (client, calls) => calls.findTargets(client, options.filters)));
  return rows.map(targetResult);
}

/**
 * The same as {@link listTargets}, for inputs: it asks once they are known. In a preview, the result is unknown if an input comes from a
 * resource that would be created, changed or replaced.
 */
export function listTargetsOutput(options: DeepInput<ListTargetsOptions> = {}): pulumi.Output<TargetResult[]> {
  return once(options, {}, listTargets);
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
export function listExecutions(options: ListExecutionsOptions = {}): Promise<ExecutionResult[]> {
  return heard(() => findExecutions(options));
}

async function findExecutions(options: ListExecutionsOptions): Promise<ExecutionResult[]> {
  requireKnown("listExecutions", options, ["filters", "instance"]);
  const mocked = await listOfMocks<ExecutionResult>("listExecutions", "executions", options, keys.execution);
  return mocked ?? ask(options, (client, calls) => calls.findExecutions(client, options.filters));
}

/**
 * The same as {@link listExecutions}, for inputs: it asks once they are known. In a preview, the result is unknown if an input comes
 * from a resource that would be created, changed or replaced.
 *
 * @example The executions that call a target
 * ```ts
 * import { listExecutionsOutput, ZitadelTarget } from "pulumi-zitadel-actions";
 *
 * const audit = ZitadelTarget.get("audit", "400661751630138406");
 * export const callers = listExecutionsOutput({ filters: [{ targetFilter: { targetId: audit.id } }] });
 * ```
 */
export function listExecutionsOutput(options: DeepInput<ListExecutionsOptions> = {}): pulumi.Output<ExecutionResult[]> {
  return once(options, {}, listExecutions);
}

/**
 * Lists the functions that an execution's condition can name, such as `preuserinfo`, with one request.
 *
 * @param options The instance to search.
 * @throws {@link ZitadelError} if a request fails; its code says why
 */
export function listExecutionFunctions(options: LookupOptions = {}): Promise<string[]> {
  return heard(() => words("listExecutionFunctions", "function", options));
}

/** The same as {@link listExecutionFunctions}, for inputs: it asks once they are known. */
export function listExecutionFunctionsOutput(options: DeepInput<LookupOptions> = {}): pulumi.Output<string[]> {
  return once(options, {}, listExecutionFunctions);
}

/**
 * Lists the methods that an execution's condition can name, with their leading slash, with one request.
 *
 * @param options The instance to search.
 * @throws {@link ZitadelError} if a request fails; its code says why
 */
export function listExecutionMethods(options: LookupOptions = {}): Promise<string[]> {
  return heard(() => words("listExecutionMethods", "method", options));
}

/** The same as {@link listExecutionMethods}, for inputs: it asks once they are known. */
export function listExecutionMethodsOutput(options: DeepInput<LookupOptions> = {}): pulumi.Output<string[]> {
  return once(options, {}, listExecutionMethods);
}

/**
 * Lists the services that an execution's condition can name, with one request.
 *
 * @param options The instance to search.
 * @throws {@link ZitadelError} if a request fails; its code says why
 */
export function listExecutionServices(options: LookupOptions = {}): Promise<string[]> {
  return heard(() => words("listExecutionServices", "service", options));
}

/** The same as {@link listExecutionServices}, for inputs: it asks once they are known. */
export function listExecutionServicesOutput(options: DeepInput<LookupOptions> = {}): pulumi.Output<string[]> {
  return once(options, {}, listExecutionServices);
}

async function words(name: string, kind: "function" | "method" | "service", options: LookupOptions): Promise<string[]> {
  requireKnown(name, options, ["instance"]);
  const mocked = await listOfMocks<string>(name, `${kind}s`, options);
  return mocked ?? ask(options, (client, calls) => calls.listWords(client, kind));
}

/**
 * Lets a lookup fail no sooner than Pulumi listens to what the program exports, which it does after it has looked at the program's
 * folder. For an error that is found before anything is sent, Node would warn of a `PromiseRejectionHandledWarning`.
 */
async function heard<T>(lookup: () => Promise<T>): Promise<T> {
  try {
    checkSettings();
    return await lookup();
  } catch (error) {
    if (mocksOf() === undefined) await new Promise((resolve) => setTimeout(resolve, 100));
    throw error;
  }
}

/** Asks once all of the inputs are known, and in a preview only if every resource that they come from is already as declared. */
function once<Wanted, Options, Result>(
  wanted: DeepInput<Wanted>,
  options: DeepInput<Options>,
  lookup: (wanted: Wanted, options: Options) => Promise<Result>,
): pulumi.Output<Result> {
  const inputs: pulumi.Output<unknown> = pulumi.all([wanted, options]);
  const isPlanned = pulumi.runtime.isDryRun() && mocksOf() === undefined;
  const ready = isPlanned ? pulumi.all([inputs, settled(inputs)]) : pulumi.all([inputs]);
  const known = ready as pulumi.Output<unknown> as pulumi.Output<[[Wanted, Options]]>;
  return known.apply<Result>(([[args, opts]]) => lookup(args, opts));
}

/**
 * Unknown if a resource that an input comes from would be created, replaced or changed. Pulumi's own functions decide by the
 * id alone. A name is an input, so it is known before the object has it.
 */
function settled(inputs: pulumi.Output<unknown>): pulumi.Output<unknown> {
  const { allResources } = inputs as unknown as { allResources: () => Promise<Set<pulumi.Resource>> };
  const resources = allResources.call(inputs) as Promise<Iterable<{ id?: unknown; changeDate?: unknown }>>;
  return pulumi.output(resources.then((all) => Array.from(all, ({ id, changeDate }) => [id, changeDate])));
}

/** Throws if a lookup would ignore something that it was given. The compiler finds that too, but not in JavaScript. */
function requireKnown(lookup: string, given: unknown, known: readonly string[]): void {
  // A promise or a Map is a record too, and has none of the options.
  if (!isRecord(given) || nameOf(given) !== "an object")
    throw invalid(lookup, `takes an object with ${known.join(", ")}, but got ${nameOf(given)}`);
  const strange = Object.keys(given).find((key) => given[key] !== undefined && !known.includes(key));
  if (strange !== undefined)
    throw invalid(lookup, `has no option ${JSON.stringify(strange)}, only ${known.join(", ")}`);
  const wrong = ["id", "name", "instance"].find((key) => typeof (given[key] ?? "") !== "string");
  if (wrong === undefined) return;
  const got = nameOf(given[wrong]);
  const hint = got === "a number" ? ". Write it in quotes: JavaScript rounds large numbers" : "";
  throw invalid(lookup, `takes ${wrong} as a string, but got ${got}${hint}`);
}

function invalid(lookup: string, problem: string): Errors.ZitadelError {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a program that makes no mistake must not load it
  const { ZitadelError } = require("../api/errors") as typeof Errors;
  return new ZitadelError("invalid_request", `${stackPrefix()}${lookup} ${problem}.`, { operation: lookup });
}

const keys = {
  execution: { id: 1, condition: 1, targets: 1, creationDate: 1, changeDate: 1 },
  target: {
    ...{ id: 1, name: 1, endpoint: 1, timeout: 1, restWebhook: 1, restCall: 1, restAsync: 1 },
    ...{ payloadType: 1, signingKey: 1, creationDate: 1, changeDate: 1 },
  },
} satisfies {
  execution: Record<NamesIn<ExecutionRow, ExecutionResult>, 1>;
  target: Record<NamesIn<TargetRow, Required<TargetResult>>, 1>;
};

/** Uses the settings of the program's stack, which it reads in the same way as the provider process. */
async function ask<T>(
  { instance }: LookupOptions,
  question: (client: Client, calls: typeof Calls) => Promise<T>,
): Promise<T> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a program that asks nothing must not load what asking needs
  const calls = require("./calls") as typeof Calls;
  const settings = { config: (key: string) => pulumi.runtime.getConfig(key), env: process.env };
  try {
    return await question(
      calls.clientFor(settings, instance, (warning) => void pulumi.log.warn(warning)),
      calls,
    );
  } catch (error) {
    throw calls.shown(error, stackPrefix());
  }
}

function targetResult({ signingKey, payloadType = "PAYLOAD_TYPE_UNSPECIFIED", ...row }: TargetRow): TargetResult {
  return { ...row, payloadType, signingKey: pulumi.secret(signingKey) } as TargetResult;
}
