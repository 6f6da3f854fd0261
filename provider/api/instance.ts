/** A service user's key, as downloaded from ZITADEL. */
export interface ServiceAccountKey {
  readonly keyId: string;
  readonly userId: string;
  /** The private key as PEM. */
  readonly key: string;
}

/**
 * How to log in to an instance. `source` says where the credential was found, and `command` the arguments of `pulumi config set`
 * that set a new one, for messages.
 */
export type Credential = { readonly source: "environment" | "stack"; readonly command?: string } & (
  | { readonly kind: "accessToken"; readonly accessToken: string }
  | { readonly kind: "jwtProfile"; readonly account: ServiceAccountKey }
  | { readonly kind: "clientCredentials"; readonly clientId: string; readonly clientSecret: string }
);

/** Everything that is needed to talk to one instance. */
export interface Instance {
  /** Its name in `zitadel-actions:instances`; `undefined` for the default one. */
  readonly name: string | undefined;
  /** Where requests go: `https://host[:port]`, without a default port. */
  readonly origin: string;
  /**
   * The instance's issuer, in the same form: a JWT profile's assertion must name it. The origin, unless `externalDomain` or a header
   * names another. It identifies the server, independent of its name and its address in the settings.
   */
  readonly issuer: string;
  readonly credential: Credential;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM of a private certificate authority, trusted in addition to the public ones. */
  readonly certificateAuthority: string | undefined;
  readonly proxy: ProxySettings | undefined;
  readonly maxConcurrentWrites: number;
}

/** The header that names the instance in a request that arrives at another address than its external domain. */
export const instanceHost = "x-zitadel-instance-host";

/** The header for an instance with this issuer. */
export function instanceHeader(issuer: string): Readonly<Record<string, string>> {
  return { [instanceHost]: new URL(issuer).host };
}

/** The headers by which ZITADEL, or a gateway before it, finds the instance, and how the host is written in them. */
const hostHeaders: Readonly<Record<string, RegExp>> = {
  [instanceHost]: /^\s*([^,\s]+)/,
  "x-zitadel-public-host": /^\s*([^,\s]+)/,
  "x-forwarded-host": /^\s*([^,\s]+)/,
  forwarded: /(?:^|[;,\s])host="?([^";,\s]+)/i,
};

/** The hosts by which headers name an instance, with the header of each. The first counts. */
export function hostsIn(
  headers: Readonly<Record<string, string>>,
): { readonly header: string; readonly host: string }[] {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.entries(hostHeaders).flatMap(([header, form]) => {
    const host = form.exec(given.get(header) ?? "")?.[1];
    return host === undefined ? [] : [{ header, host }];
  });
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as Node's own agents expect them. */
export type ProxySettings = Readonly<Record<string, string>>;
