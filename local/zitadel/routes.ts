import { ApiError } from "./errors";
import type { Operation } from "./faults";
import type { TargetOperation } from "./targets";

const TARGETS = "/v2/actions/targets";

/** What a request asks of the targets API, or why it does not: no such path, or not with this method. */
export type Route = { operation: TargetOperation; id: string } | { refusal: ApiError };

/** Finds the call that a request is for, by its path with the escapes resolved. */
export function routeOf(method: string, path: string): Route {
  if (path === TARGETS) return method === "POST" ? { operation: "create", id: "" } : wrongMethod();
  if (!path.startsWith(`${TARGETS}/`)) return { refusal: ApiError.plain(5, "Not Found") };
  const id = path.slice(TARGETS.length + 1);
  if (id.includes("/")) return { refusal: ApiError.plain(5, "Not Found") };
  switch (method) {
    case "POST":
      return id === "search" ? { operation: "search", id: "" } : { operation: "update", id };
    case "GET":
      return { operation: "get", id };
    case "DELETE":
      return { operation: "delete", id };
    default:
      return wrongMethod();
  }
}

/** What a request counts as, in records and for faults. */
export function operationOf(method: string, path: string): Operation {
  if (method === "POST" && path === "/oauth/v2/token") return "token";
  const route = routeOf(method, path);
  return "operation" in route ? route.operation : "other";
}

function wrongMethod(): Route {
  return { refusal: ApiError.plain(12, "Method Not Allowed") };
}
