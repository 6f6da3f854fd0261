import { unknown } from "../provider/lifecycle";
import { hostOf, isAmong, problemOfHosts } from "./host";
import { resourcePolicy } from "./rule";

/**
 * Refuses targets whose endpoint is not called over https; `httpHosts` are excepted.
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
      description: "Hosts that may be called over http all the same: names, or *.example.com for all below one.",
      type: "array",
      items: { type: "string" },
      default: [],
    },
  },
  problemOfSettings: ({ httpHosts }) => problemOfHosts(httpHosts),
  problemOf({ inputs: { endpoint } }, { httpHosts }) {
    if (typeof endpoint !== "string" || endpoint === unknown || /^https:\/\//i.test(endpoint)) return undefined;
    if (isAmong(hostOf(endpoint), httpHosts)) return undefined;
    return "has an endpoint that is not called over https, so what ZITADEL sends can be read on the way: let it begin with https://, or add its host to httpHosts";
  },
});
