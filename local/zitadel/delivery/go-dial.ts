import { lookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { promisify } from "node:util";
import type { EndpointPolicy } from "../endpoint";
import { GoError, goText, hostOf, joinHostPort, portOf, urlError } from "./go-errors";

/** Refuses to connect to an address on the deny list. {@link checkedLookup} does the same for names, when it looks them up. */
export function refuseDenied(endpoints: EndpointPolicy, url: URL): void {
  const host = hostOf(url);
  if (isIP(host) !== 0) refuseAddresses(endpoints, url, [host]);
}

/** Looks names up as the system does, and leaves out denied addresses. */
export function checkedLookup(endpoints: EndpointPolicy, url: URL): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, []);
        return;
      }
      try {
        const allowed = allowedOf(endpoints, url, found);
        if (options.all) callback(null, allowed);
        else callback(null, allowed[0]?.address ?? "", allowed[0]?.family);
      } catch (denied) {
        callback(denied as Error, []);
      }
    });
  };
}

/** Refuses a redirect to a host that is on the deny list, or that resolves to an address on it. */
export async function refuseDeniedRedirect(endpoints: EndpointPolicy, url: URL, location: string): Promise<void> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await addressesOf(host, location) : [host];
  const entry = [host, ...addresses].map((address) => endpoints.deniedBy(address)).find((found) => found !== undefined);
  if (entry !== undefined) throw urlError(location, deniedText(entry));
}

async function addressesOf(host: string, location: string): Promise<string[]> {
  try {
    const found = await promisify(lookup)(host, { all: true });
    return found.map(({ address }) => address);
  } catch (error) {
    throw urlError(location, goText(error));
  }
}

function allowedOf(endpoints: EndpointPolicy, url: URL, found: LookupAddress[]): LookupAddress[] {
  const allowed = found.filter(({ address }) => endpoints.deniedBy(address) === undefined);
  if (allowed.length === 0)
    refuseAddresses(
      endpoints,
      url,
      found.map(({ address }) => address),
    );
  return allowed;
}

function refuseAddresses(endpoints: EndpointPolicy, url: URL, addresses: string[]): void {
  for (const address of addresses) {
    const entry = endpoints.deniedBy(address);
    if (entry !== undefined) throw new GoError(`dial tcp ${joinHostPort(address, portOf(url))}: ${deniedText(entry)}`);
  }
}

function deniedText(entry: string): string {
  return `address is denied by '${entry}'`;
}
