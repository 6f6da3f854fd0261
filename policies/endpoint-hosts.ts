import { unknown } from "../provider/lifecycle";
import { hostOf, isAmong, problemOfHosts } from "./host";
import { resourcePolicy } from "./rule";

/**
 * Refuses targets whose endpoint is on another host than those of `hosts`. Says nothing until there are any.
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
        "The hosts that may be called, on any port: names, or *.example.com for all below one. Empty: the rule says nothing.",
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
      return "has an endpoint whose host cannot be read with certainty: write it plainly, without user name, escapes and backslashes";
    // The host and no more: a path or a query may hold a secret.
    return `has its endpoint on ${host}, which is not among the allowed hosts (${hosts.join(", ")}): move it to one of these, or add the host to hosts`;
  },
});
