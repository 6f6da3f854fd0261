import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { send } from "./http";

/** What a test has left on a server. */
export interface Traces {
  baseUrl: string;
  accessToken: string;
  prefix: string;
  created: Set<string>;
  conditions: Set<string>;
}

const SET_EXECUTION = "PUT /v2/actions/executions";
const SEARCH_EXECUTIONS = "POST /v2/actions/executions/search";

/** The real server that the environment names. */
export function liveAddress(): { baseUrl: string; accessToken: string } {
  const insecure = process.env.ZITADEL_INSECURE === "true";
  const port = process.env.ZITADEL_PORT ?? (insecure ? "80" : "443");
  const { origin } = new URL(`${insecure ? "http" : "https"}://${setting("ZITADEL_DOMAIN")}:${port}`);
  return { baseUrl: origin, accessToken: setting("ZITADEL_ACCESS_TOKEN") };
}

/**
 * Notes what a request is about to leave on a server. An execution that somebody else has set is not replaced: on a real
 * server such a request ends the test.
 */
export async function noteBefore(server: Partial<Traces> & { live?: boolean }, request: string, body: unknown) {
  const { baseUrl, accessToken, conditions } = server;
  if (request !== SET_EXECUTION || baseUrl === undefined || accessToken === undefined) return;
  const { condition } = (typeof body === "object" ? body : {}) as { condition?: object };
  if (condition === undefined || conditions === undefined || conditions.has(JSON.stringify(condition))) return;
  if (server.live) {
    const filters = [{ inConditionsFilter: { conditions: [condition] } }];
    const found = await send({ baseUrl, accessToken }, SEARCH_EXECUTIONS, { filters });
    const { executions = [] } = found.body as { executions?: { condition: object }[] };
    if (executions.some((execution) => isDeepStrictEqual(execution.condition, condition))) {
      throw new Error(`there is an execution for ${JSON.stringify(condition)} already, which is not the tests' own`);
    }
  }
  conditions.add(JSON.stringify(condition));
}

/** Removes the executions that were set, the targets that were created, and those whose creation was never answered. */
export async function removeOwn(server: Traces): Promise<void> {
  await emptyExecutions(server);
  const byPrefix = { targetName: server.prefix, method: "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE" };
  const found = await send(server, "POST /v2/actions/targets/search", {
    filters: [{ targetNameFilter: byPrefix }],
    pagination: { limit: 1000 },
  });
  const shown = (found.body as { targets?: { id: string }[] }).targets ?? [];
  const left: string[] = [];
  for (const id of new Set([...server.created, ...shown.map((target) => target.id)])) {
    await send(server, `DELETE /v2/actions/targets/${id}`);
    // An empty update asks the write side, which is never behind.
    const { status } = await send(server, `POST /v2/actions/targets/${id}`, {});
    if (status !== 404) left.push(id);
  }
  if (left.length > 0) throw new Error(`targets that could not be removed: ${left.join(", ")}`);
}

/** Empties what was set, and waits until it is no longer shown, lest the next test takes it for somebody else's. */
async function emptyExecutions(server: Traces): Promise<void> {
  const set: unknown[] = [];
  for (const text of server.conditions) {
    const condition = JSON.parse(text) as unknown;
    const { status } = await send(server, SET_EXECUTION, { condition, targets: [] });
    // A condition that is refused now was refused before.
    if (status === 200) set.push(condition);
    else if (status >= 500) throw new Error(`the execution for ${text} could not be emptied`);
  }
  const body = { filters: [{ inConditionsFilter: { conditions: set } }] };
  for (let tries = 0; set.length > 0; tries++) {
    const found = await send(server, SEARCH_EXECUTIONS, body);
    if ((found.body as { executions?: unknown }).executions === undefined) return;
    if (tries === 300) throw new Error("executions that were emptied are still shown");
    await sleep(50);
  }
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`live tests need ${name}`);
  return value;
}
