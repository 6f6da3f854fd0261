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
   * names another.
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

/** The host that headers name an instance by. */
export function hostIn(headers: Readonly<Record<string, string>>): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === instanceHost)?.[1];
}

/** Other headers that name a host. A gateway may choose the instance by them, or drop them. */
const routingHeaders = ["x-zitadel-public-host", "x-forwarded-host", "forwarded"];

/**
 * What identifies the server: its issuer, what a gateway may choose it by, and its address, if that is another one. Servers at two
 * addresses may have the same external domain: one of them may be a copy.
 */
export function identityOf({ issuer, origin, headers }: Pick<Instance, "issuer" | "origin" | "headers">): string {
  const routes = routesIn(headers);
  return `${issuer}${routes === "" ? "" : ` (${routes})`}${origin === issuer ? "" : `${beforeAddress}${origin}`}`;
}

const beforeAddress = " at ";

/** Whether two identities differ in the address alone. */
export function differInAddress(one: string, other: string): boolean {
  const [before, now] = [one, other].map((identity) => identity.split(beforeAddress)[0]);
  return one !== other && before === now;
}

/** What a gateway may choose the server by. */
export function routesIn(headers: Instance["headers"]): string {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return routingHeaders
    .flatMap((name) => (given.has(name) ? [`${name}: ${given.get(name)?.trim().toLowerCase() ?? ""}`] : []))
    .join(", ");
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as Node's own agents expect them. */
export type ProxySettings = Readonly<Record<string, string>>;
