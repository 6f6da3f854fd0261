/** What may stand between `//` and the path. What is read by one parser so and by another otherwise is no host for us. */
const plainly = /^[^\s\p{Cc}\\/?#@%*]+$/u;

/**
 * The host that a URL names, in one spelling: in lower case, international names in their ASCII form, without port and without
 * the dot at its end. `undefined` where there is none that every parser reads alike.
 */
export function hostOf(url: string): string | undefined {
  const [, authority = ""] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? [];
  return oneSpelling(authority);
}

/** Whether a host is the one of an entry, or for `*.example.com` lies anywhere below it; `undefined` for what is no entry. */
export function hostMatcher(entry: string): ((host: string) => boolean) | undefined {
  const [, below, name = ""] = /^(\*\.)?([^:]+|\[[^[\]]+\])$/.exec(entry) ?? [];
  const host = oneSpelling(name);
  if (host === undefined) return undefined;
  return below === undefined ? (other) => other === host : (other) => other.endsWith(`.${host}`);
}

/** Whether a host is among the entries, each of which is one. */
export function isAmong(host: string | undefined, entries: readonly string[]): boolean {
  return host !== undefined && entries.some((entry) => hostMatcher(entry)?.(host) === true);
}

/** What is wrong with a list of hosts in a rule's settings. */
export function problemOfHosts(entries: readonly string[]): string | undefined {
  const wrong = entries.find((entry) => hostMatcher(entry) === undefined);
  if (wrong === undefined) return undefined;
  return `has ${JSON.stringify(wrong)}, which is no host: write "hooks.example.com", or "*.example.com" for all below it, without scheme, port and path`;
}

function oneSpelling(authority: string): string | undefined {
  const url = `https://${authority}`;
  if (!plainly.test(authority) || !URL.canParse(url)) return undefined;
  const host = new URL(url).hostname.replace(/\.$/, "");
  return host.split(".").includes("") ? undefined : host;
}
