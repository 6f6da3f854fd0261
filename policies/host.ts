/** What is allowed between `//` and the path: nothing that two parsers may read differently. */
const plainly = /^[^\s\p{Cc}\\/?#@%*]+$/u;

/**
 * The host of a URL in normalised form: in lower case, international names in ASCII, without the port and without a dot at the
 * end. `undefined` if parsers may read it differently.
 */
export function hostOf(url: string): string | undefined {
  const [, authority = ""] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? [];
  return oneSpelling(authority);
}

/** A test whether a host matches an entry: a host, or `*.example.com` for all subdomains. `undefined` if the entry is invalid. */
export function hostMatcher(entry: string): ((host: string) => boolean) | undefined {
  const [, below, name = ""] = /^(\*\.)?([^:]+|\[[^[\]]+\])$/.exec(entry) ?? [];
  const host = oneSpelling(name);
  if (host === undefined) return undefined;
  return below === undefined ? (other) => other === host : (other) => other.endsWith(`.${host}`);
}

/** Whether a host matches one of the (valid) entries. */
export function isAmong(host: string | undefined, entries: readonly string[]): boolean {
  return host !== undefined && entries.some((entry) => hostMatcher(entry)?.(host) === true);
}

/** The problem of a list of hosts in a rule's settings. */
export function problemOfHosts(entries: readonly string[]): string | undefined {
  const wrong = entries.find((entry) => hostMatcher(entry) === undefined);
  if (wrong === undefined) return undefined;
  return `has ${JSON.stringify(wrong)}, which is not a host: write "hooks.example.com", or "*.example.com" for all its subdomains, without a scheme, port or path`;
}

function oneSpelling(authority: string): string | undefined {
  const url = `https://${authority}`;
  if (!plainly.test(authority) || !URL.canParse(url)) return undefined;
  const host = new URL(url).hostname.replace(/\.$/, "");
  return host.split(".").includes("") ? undefined : host;
}
