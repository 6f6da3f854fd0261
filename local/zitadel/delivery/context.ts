import type { GatewayRequest, Instance } from "../call";
import type { StoredUser } from "../users";
import type { ApiCall } from "./subject";

/** The id of the instance in payloads. It looks like a real server's, and differs from every other id. */
export function instanceIdOf({ organisationId }: Instance): string {
  return String(BigInt(organisationId) - 65_536n);
}

/** A call of a method by an HTTP request. Empty fields of `by` are left out of payloads. */
export function apiCall(
  instance: Instance,
  { headers }: GatewayRequest,
  fullMethod: string,
  by: { userId: string; orgId: string },
): ApiCall {
  return { fullMethod, instanceId: instanceIdOf(instance), ...by, headers: metadataOf(headers) };
}

/** The default caller: the user of the token, for the organisation. */
export function caller({ organisationId }: Instance, user: StoredUser): { userId: string; orgId: string } {
  return { userId: user.userId, orgId: organisationId };
}

/** The headers of a request that payloads contain, as the server's gateway passes them on. */
function metadataOf(headers: GatewayRequest["headers"]): Record<string, string[]> {
  const { host = "" } = headers;
  const before = headers["x-forwarded-for"];
  const forwardedHost = headers["x-forwarded-host"] ?? host;
  return {
    "Content-Type": ["application/grpc"],
    Host: [host],
    "X-Forwarded-For": [[before, "127.0.0.1"].flat().filter(Boolean).join(", ")],
    "X-Forwarded-Host": [forwardedHost].flat(),
  };
}
