import { BlockList, isIP } from "node:net";

/** The addresses that a server with the default configuration rejects as endpoints (`HTTPClient.DenyList`). */
export const SHIPPED_DENY_LIST: readonly string[] = [
  "localhost",
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "::/128",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
];

const LOOPBACK: readonly string[] = ["localhost", "127.0.0.0/8", "::1/128"];

/** The default list without loopback, so that a receiver on this machine can be a target. */
export const DENY_LIST_WITHOUT_LOOPBACK = SHIPPED_DENY_LIST.filter((entry) => !LOOPBACK.includes(entry));

/** `unparsable` where Go's `url.Parse` fails, `denied` where the host is on the list, unresolvable or missing. */
export type EndpointVerdict = "allowed" | "unparsable" | "denied";

/** Checks an endpoint against a deny list of host names, addresses and ranges, and whether its host resolves. */
export class EndpointPolicy {
  private readonly names = new Set<string>();
  private readonly ranges: { entry: string; addresses: BlockList }[] = [];

  /** `resolves` is called with a host name that could exist, in lower case; without it, every such name resolves. */
  constructor(
    denyList: readonly string[],
    private readonly resolves: (host: string) => boolean = () => true,
  ) {
    for (const entry of denyList) {
      const [address = "", bits] = entry.split("/");
      const family = isIP(address);
      if (family === 0) {
        this.names.add(entry.toLowerCase());
      } else {
        const addresses = new BlockList();
        const prefix = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
        addresses.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
        this.ranges.push({ entry, addresses });
      }
    }
  }

  check(endpoint: string): EndpointVerdict {
    const host = hostname(endpoint);
    if (host === undefined) return "unparsable";
    return this.isDenied(host) ? "denied" : "allowed";
  }

  /** Returns the entry of the list that has an address or a name. */
  deniedBy(host: string): string | undefined {
    const family = isIP(host);
    if (family === 0) return this.names.has(host) ? host : undefined;
    return this.ranges.find(({ addresses }) => addresses.check(host, family === 4 ? "ipv4" : "ipv6"))?.entry;
  }

  private isDenied(host: string): boolean {
    if (isIP(host) !== 0) return this.deniedBy(host) !== undefined;
    const name = host.toLowerCase().replace(/\.$/, "");
    if (name === "localhost" || name.endsWith(".localhost")) {
      return (this.deniedBy("localhost") ?? this.deniedBy("127.0.0.1")) !== undefined;
    }
    return this.deniedBy(name) !== undefined || !canExist(name) || !this.resolves(name);
  }
}

/** Whether a name can exist in DNS. `.invalid`, a name that ends in a number, and a name with other characters cannot. */
function canExist(name: string): boolean {
  const labels = name.split(".");
  const last = labels.at(-1) ?? "";
  return labels.every((label) => /^[a-z0-9_-]{1,63}$/.test(label)) && last !== "invalid" && !/^[0-9]+$/.test(last);
}

/** The host name in a URL as Go's `url.Parse` finds it: `""` if there is none, `undefined` if the URL does not parse. */
function hostname(text: string): string | undefined {
  // Control characters and DEL are not allowed.
  if (!/^[ -~\u0080-\u{10ffff}]*$/u.test(text)) return undefined;
  const [beforeFragment = "", fragment = ""] = cut(text, "#");
  if (!escapesAreWhole(fragment)) return undefined;
  const [beforeQuery = ""] = cut(beforeFragment, "?");
  if (beforeQuery.startsWith(":")) return undefined;
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(beforeQuery)?.[0] ?? "";
  const rest = beforeQuery.slice(scheme.length);
  if (!rest.startsWith("/")) {
    if (scheme !== "") return "";
    return (cut(rest, "/")[0] ?? "").includes(":") || !escapesAreWhole(rest) ? undefined : "";
  }
  if (!rest.startsWith("//") || (scheme === "" && rest.startsWith("///")))
    return escapesAreWhole(rest) ? "" : undefined;
  const [authority = "", path = ""] = cut(rest.slice(2), "/");
  if (!escapesAreWhole(path)) return undefined;
  return hostOfAuthority(authority);
}

function hostOfAuthority(authority: string): string | undefined {
  const at = authority.lastIndexOf("@");
  const user = authority.slice(0, Math.max(at, 0));
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) || !escapesAreWhole(user)) return undefined;
  const host = authority.slice(at + 1);
  if (host.startsWith("[")) {
    const address = /^\[(.*)\](?::[0-9]*)?$/.exec(host)?.[1];
    // The percent sign before a zone must itself be escaped.
    const [withoutZone = "", zone = ""] = cut(address ?? "", "%25");
    const isAddress = isIP(withoutZone) === 6 && !withoutZone.includes("%") && escapesAreWhole(zone);
    return isAddress ? withoutZone : undefined;
  }
  const match = /^(.*?)(:[0-9]*)?$/.exec(host);
  const name = match?.[1] ?? "";
  if (host.includes(":") && match?.[2] === undefined) return undefined;
  // In a host, only bytes beyond ASCII can be escaped, and only a few signs are allowed.
  if (/%(?![89a-fA-F][0-9a-fA-F])/.test(name)) return undefined;
  return /^[A-Za-z0-9\-_.~!$&'()*+,;=:\]<>"%\u0080-\uffff]*$/.test(name) ? name : undefined;
}

function escapesAreWhole(text: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(text);
}

/** What is before and after the first occurrence of a separator. */
function cut(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
