import type { IncomingHttpHeaders } from "node:http";
import { ApiError } from "./errors";
import { told } from "./secrets";
import type { Directory, Role, StoredUser } from "./users";

/** The permission that a call needs. Everybody who has logged in has `authenticated`, whether a member or not. */
export type Permission =
  | "action.target.read"
  | "action.target.write"
  | "action.target.delete"
  | "action.execution.read"
  | "action.execution.write"
  | "authenticated";

const PERMISSIONS: Record<Exclude<Role, "none">, readonly Permission[]> = {
  IAM_OWNER: [
    "action.target.read",
    "action.target.write",
    "action.target.delete",
    "action.execution.read",
    "action.execution.write",
  ],
  IAM_OWNER_VIEWER: ["action.target.read", "action.execution.read"],
  ORG_OWNER: [],
};

/**
 * Checks a request as ZITADEL does: who sent it, whether that user is a member, and whether the user has the permission. Returns the
 * user, or throws.
 */
export function authorise(
  directory: Directory,
  organisationId: string,
  headers: IncomingHttpHeaders,
  permission: Permission,
): StoredUser {
  const header = headers.authorization;
  if (header === undefined || header === "") throw ApiError.plain(16, "auth header missing");
  checkPrintable(header);
  const token = /^Bearer +(.+)$/.exec(header)?.[1];
  if (token === undefined || token.includes("Bearer ")) throw ApiError.domain(16, "AUTH-toLo1", "invalid auth header");
  const user = directory.userOfToken(token);
  if (user === undefined) {
    told("a token that was not accepted", token);
    throw ApiError.domain(16, "AUTH-7fs1e", "Errors.Token.Invalid");
  }
  const organisation = headers["x-zitadel-orgid"];
  if (organisation && organisation !== organisationId) {
    throw ApiError.domain(7, "AUTH-Bs7Ds", "Organisation doesn't exist");
  }
  if (permission === "authenticated") return user;
  if (user.role === "none") throw ApiError.domain(5, "AUTHZ-cdgFk", "membership not found");
  if (!PERMISSIONS[user.role].includes(permission)) {
    throw ApiError.domain(7, "AUTH-5mWD2", "No matching permissions found");
  }
  return user;
}

/** Fails as the server does inside if a value that its gateway passes on as metadata of gRPC is not printable ASCII. */
export function checkPrintable(value: string): void {
  if (!/^[ -~]*$/.test(value)) throw ApiError.plain(13, "header value contains non-printable ASCII characters");
}
