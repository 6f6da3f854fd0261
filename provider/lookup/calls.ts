import * as z from "zod";
import type { Client } from "../core/client";
import type { ConfigReader } from "../settings/sources";
import { Connections } from "../core/connections";
import { sentence, ZitadelError } from "../api/errors";
import type { ExecutionFilter } from "../execution/filters";
import { executions } from "../execution/search";
import type { Row as ExecutionRow } from "../execution/wire";
import { everything, pagesOf } from "../api/search";
import type { TargetFilter } from "../target/filters";
import { stackKeys, variables } from "../settings/names";
import { findByName, findNow, targets } from "../target/search";
import type { Row as TargetRow } from "../target/wire";

export { listWords } from "../execution/calls";

/** One process may run programs of several stacks. Those with the same settings share clients, and so also a login. */
const connections = new Map<string, Connections>();

/** The client for the current settings. Warnings about the settings are shown once in a process. */
export function clientFor(
  { config, env }: { config: ConfigReader; env: Readonly<Record<string, string | undefined>> },
  instance: string | undefined,
  warn: (message: string) => void,
): Client {
  const stack = stackKeys.map((key) => config(key) ?? "");
  const environment = variables.map((name) => env[name] ?? "");
  const settings = JSON.stringify([stack, environment]);
  let known = connections.get(settings);
  if (known === undefined) {
    known = new Connections();
    known.configure(config, env, warn);
    connections.set(settings, known);
  }
  return known.client(instance);
}

/**
 * A lookup's error as the program gets it. `prefix` names the stack of an inline program (Automation API), and is empty otherwise. The
 * error is a copy: lookups of several stacks can fail with one, such as that of the log-in.
 */
export function shown(error: unknown, prefix: string): unknown {
  if (!(error instanceof ZitadelError)) return error;
  const { code, message, status, operation, errorId, doubtful, cause } = error;
  const isAboutEnvironment = prefix !== "" && code === "settings";
  const hint = isAboutEnvironment ? ". An inline program reads the environment of its own process, not `envVars`." : "";
  const copy = new ZitadelError(code, `${prefix}${message}${hint}`, { status, operation, errorId, doubtful });
  if (cause !== undefined) copy.cause = cause;
  // Pulumi prints the stack of an error that ends a program. A long stack would hide the message.
  copy.stack = `${copy.name}: ${copy.message}`;
  return copy;
}

export async function findTarget(client: Client, wanted: { id?: string; name?: string }): Promise<TargetRow> {
  const { id, name } = wanted;
  if ((id ?? "") === "" && (name ?? "") === "")
    throw wrong("looking for a target", "neither an id nor a name is given");
  if (id !== undefined) {
    const row = await findNow(client, id);
    if (row !== undefined) return row;
    throw none(client, id, "Check the id, and that the target is on this instance.");
  }
  const rows = await findByName(client, name ?? "");
  const row = rows.find((one) => one.name === name);
  if (row !== undefined) return row;
  const [other] = rows;
  const hint = other === undefined ? "Check the name." : `Did you mean ${JSON.stringify(other.name)} (case-sensitive)?`;
  throw none(client, JSON.stringify(name), hint);
}

function none(client: Client, what: string, hint: string): ZitadelError {
  const call = { operation: "get target", what: `looking for target ${what}` };
  return client.failed(call, "not_found", "ZITADEL shows no such target", hint, { status: 200 });
}

/** ZITADEL ignores filters that it does not know, and lists everything: so check the filters first. */
const targetFilters = z.array(
  z.union([
    z.strictObject({
      targetNameFilter: z.strictObject({
        targetName: z.string().refine((name) => Array.from(name).length <= 200),
        method: z
          .string()
          .regex(/^TEXT_FILTER_METHOD_(EQUALS|STARTS_WITH|CONTAINS|ENDS_WITH)(_IGNORE_CASE)?$/)
          .optional(),
      }),
    }),
    z.strictObject({ inTargetIdsFilter: z.strictObject({ targetIds: z.array(z.string().min(1)) }) }),
  ]),
);

export async function findTargets(client: Client, filters: readonly TargetFilter[] = []): Promise<TargetRow[]> {
  if (!targetFilters.safeParse(filters).success) {
    throw wrong(
      "listing targets",
      "a filter must be {targetNameFilter: {targetName, method?}}, with a name of at most 200 characters and a method such as TEXT_FILTER_METHOD_STARTS_WITH, or {inTargetIdsFilter: {targetIds}}",
    );
  }
  // An empty list of ids matches nothing, but ZITADEL answers it with an error.
  if (filters.some((filter) => filter.inTargetIdsFilter?.targetIds.length === 0)) return [];
  return everything(pagesOf(client, targets, filters));
}

const executionFilters = z.array(
  z.union([
    z.strictObject({ inConditionsFilter: z.strictObject({ conditions: z.array(z.unknown()) }) }),
    z.strictObject({
      executionTypeFilter: z.strictObject({
        executionType: z.string().regex(/^EXECUTION_TYPE_(REQUEST|RESPONSE|FUNCTION|EVENT)$/),
      }),
    }),
    z.strictObject({ targetFilter: z.strictObject({ targetId: z.string().min(1) }) }),
  ]),
);

export async function findExecutions(
  client: Client,
  filters: readonly ExecutionFilter[] = [],
): Promise<ExecutionRow[]> {
  if (!executionFilters.safeParse(filters).success) {
    throw wrong(
      "listing executions",
      'a filter must be {inConditionsFilter: {conditions}}, {executionTypeFilter: {executionType: "EXECUTION_TYPE_REQUEST"}} (or _RESPONSE, _FUNCTION, _EVENT) or {targetFilter: {targetId}}',
    );
  }
  if (filters.some((filter) => filter.inConditionsFilter?.conditions.length === 0)) return [];
  return everything(pagesOf(client, executions, filters));
}

function wrong(what: string, said: string): ZitadelError {
  return new ZitadelError("invalid_request", sentence(what, said), { operation: what });
}
