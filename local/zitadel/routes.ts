import { ApiError } from "./errors";
import type { ApiOperation, Operation } from "./operations";

const TARGETS = "/actions/targets";
const KEYS = `${TARGETS}/{targetId}/publickeys`;
const EXECUTIONS = "/actions/executions";

/**
 * The whole API, after `/v2`, and but for public keys also after `/v2beta`. The first row that fits counts, so a fixed word stands
 * before what may be any.
 */
const TABLE: readonly [ApiOperation, method: string, path: string][] = [
  ["create", "POST", TARGETS],
  ["search", "POST", `${TARGETS}/search`],
  ["update", "POST", `${TARGETS}/{id}`],
  ["get", "GET", `${TARGETS}/{id}`],
  ["delete", "DELETE", `${TARGETS}/{id}`],
  ["addKey", "POST", KEYS],
  ["searchKeys", "POST", `${KEYS}/search`],
  ["deleteKey", "DELETE", `${KEYS}/{keyId}`],
  ["activateKey", "POST", `${KEYS}/{keyId}/activate`],
  ["deactivateKey", "POST", `${KEYS}/{keyId}/deactivate`],
  ["setExecution", "PUT", EXECUTIONS],
  ["searchExecutions", "POST", `${EXECUTIONS}/search`],
  ["listWords", "GET", `${EXECUTIONS}/{functions|methods|services}`],
];

const ROUTES = TABLE.map(([operation, method, path]) => ({ operation, method, pattern: patternOf(path) }));

/** What a request asks of the API, with the values in its path, or why it does not: no such path, no such method. */
export type Route = { operation: ApiOperation; values: readonly string[] } | { refusal: ApiError };

/** Finds the call that a request is for, by its path with the escapes resolved. */
export function routeOf(method: string, path: string): Route {
  const there = ROUTES.filter(({ pattern }) => pattern.test(path));
  const route = there.find((candidate) => candidate.method === method);
  if (route !== undefined) return { operation: route.operation, values: route.pattern.exec(path)?.slice(1) ?? [] };
  return { refusal: there.length === 0 ? ApiError.plain(5, "Not Found") : ApiError.plain(12, "Method Not Allowed") };
}

/** What a request counts as, in records and for faults. */
export function operationOf(method: string, path: string): Operation {
  if (method === "POST" && path === "/oauth/v2/token") return "token";
  const route = routeOf(method, path);
  return "operation" in route ? route.operation : "other";
}

/** A path as a pattern: `{id}` takes any segment, an empty one too, and `{a|b}` one of these words. */
function patternOf(path: string): RegExp {
  const source = path.replace(/\{([^}]+)\}/g, (_, name: string) => (name.includes("|") ? `(${name})` : "([^/]*)"));
  return new RegExp(`^/${path.startsWith(KEYS) ? "v2" : "v2(?:beta)?"}${source}$`);
}
