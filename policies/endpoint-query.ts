import { unknown } from "../provider/core/properties";
import { hostOf, isAmong, problemOfHosts } from "./host";
import { resourcePolicy } from "./rule";

/**
 * Rejects targets whose endpoint has a query, except on `queryHosts`. (The provider itself rejects a user name and a password.)
 *
 * Default level: mandatory.
 */
export const endpointQuery = resourcePolicy<{ queryHosts: readonly string[] }>({
  type: "Target",
  name: "zitadel-endpoint-query",
  description: "No endpoint has a query, which callers of ZITADEL's API can see.",
  enforcementLevel: "mandatory",
  settings: {
    queryHosts: {
      description: "Hosts whose endpoints may have a query anyway: names, or *.example.com for all subdomains.",
      type: "array",
      items: { type: "string" },
      default: [],
    },
  },
  problemOfSettings: ({ queryHosts }) => problemOfHosts(queryHosts),
  problemOf({ inputs: { endpoint } }, { queryHosts }) {
    if (typeof endpoint !== "string" || endpoint === unknown) return undefined;
    if (!URL.canParse(endpoint) || new URL(endpoint).search === "") return undefined;
    if (isAmong(hostOf(endpoint), queryHosts)) return undefined;
    return "has an endpoint with a query, which ZITADEL can show to the caller of its API when the endpoint does not answer: remove the query and check ZITADEL's signature in the receiver instead, or add the host to queryHosts";
  },
});
