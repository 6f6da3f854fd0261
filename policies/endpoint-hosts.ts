import { unknown } from "../provider/core/properties";
import { hostOf, isAmong, problemOfHosts } from "./host";
import { resourcePolicy } from "./rule";

/**
 * Rejects targets whose endpoint is on a host that is not in `hosts`. Does nothing as long as `hosts` is empty.
 *
 * Default level: mandatory.
 */
export const endpointHosts = resourcePolicy<{ hosts: readonly string[] }>({
  type: "Target",
  name: "zitadel-endpoint-hosts",
  description: "ZITADEL calls only hosts that are allowed.",
  enforcementLevel: "mandatory",
  settings: {
    hosts: {
      description:
        "The hosts that may be called, on any port: names, or *.example.com for all subdomains. If empty, the rule does nothing.",
      type: "array",
      items: { type: "string" },
      default: [],
    },
  },
  problemOfSettings: ({ hosts }) => problemOfHosts(hosts),
  problemOf({ inputs: { endpoint } }, { hosts }) {
    if (hosts.length === 0 || typeof endpoint !== "string" || endpoint === unknown) return undefined;
    const host = hostOf(endpoint);
    if (isAmong(host, hosts)) return undefined;
    if (host === undefined)
      return "has an endpoint whose host is ambiguous: write it plainly, without a user name, escapes and backslashes";
    // Show only the host: a path or a query may contain a secret.
    return `has its endpoint on ${host}, which is not an allowed host (${hosts.join(", ")}): move it to one of these, or add the host to hosts`;
  },
});
