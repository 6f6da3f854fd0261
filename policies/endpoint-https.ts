import { unknown } from "../provider/core/properties";
import { hostOf, isAmong, problemOfHosts } from "./host";
import { resourcePolicy } from "./rule";

/**
 * Rejects targets whose endpoint does not use https, except on `httpHosts`.
 *
 * Default level: mandatory.
 */
export const endpointHttps = resourcePolicy<{ httpHosts: readonly string[] }>({
  type: "Target",
  name: "zitadel-endpoint-https",
  description: "ZITADEL calls endpoints over https only.",
  enforcementLevel: "mandatory",
  settings: {
    httpHosts: {
      description: "Hosts that may be called over http anyway: names, or *.example.com for all subdomains.",
      type: "array",
      items: { type: "string" },
      default: [],
    },
  },
  problemOfSettings: ({ httpHosts }) => problemOfHosts(httpHosts),
  problemOf({ inputs: { endpoint } }, { httpHosts }) {
    if (typeof endpoint !== "string" || endpoint === unknown || /^https:\/\//i.test(endpoint)) return undefined;
    if (isAmong(hostOf(endpoint), httpHosts)) return undefined;
    return "has an endpoint that does not use https, so others on the network can read what ZITADEL sends: use https://, or add the host to httpHosts";
  },
});
