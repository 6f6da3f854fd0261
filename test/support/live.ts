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
    const found = await send({ baseUrl, accessToken }, "POST /v2/actions/executions/search", { filters });
    if ((found.body as { executions?: unknown }).executions !== undefined) {
      throw new Error(`there is an execution for ${JSON.stringify(condition)} already, which is not the tests' own`);
    }
  }
  conditions.add(JSON.stringify(condition));
}

/** Removes the executions that were set, the targets that were created, and those whose creation was never answered. */
export async function removeOwn(server: Traces): Promise<void> {
  for (const condition of server.conditions) {
    await send(server, SET_EXECUTION, { condition: JSON.parse(condition) as unknown, targets: [] });
  }
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

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`live tests need ${name}`);
  return value;
}
