import { Collector, drain, withinTime } from "./body.ts";
import { isWebhookError, nameOf, WebhookError } from "./errors.ts";
import { jose } from "./jose.ts";

/** A key of Web Crypto: the types of browsers and those of Node have no common name for it. */
export type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A JSON Web Key: one of a set. */
export interface JsonWebKey {
  /** The type of the key: `RSA`, `EC` or `OKP`. */
  readonly kty?: string;
  /** Its id, which a token names. */
  readonly kid?: string;
  /** What makes the key, by its type. */
  readonly [member: string]: unknown;
}

/** A JSON Web Key Set, as `/oauth/v2/keys` of an instance answers it. */
export interface JsonWebKeySet {
  /** The keys, in any order. */
  readonly keys: readonly JsonWebKey[];
}

/** The protected header of a token, as far as it says with what it was signed or encrypted. */
export interface TokenHeader {
  /** The algorithm: `RS256`, unless the instance was told otherwise. */
  readonly alg: string;
  /** The id of the key. */
  readonly kid: string;
}

/** The public keys with which an instance signs JWTs. */
export interface InstanceKeys {
  /**
   * The key for a token.
   *
   * @param header What the token says of itself.
   * @throws {@link WebhookError} `token_key_unknown` or `keys_unavailable`
   */
  keyFor(header: TokenHeader): Promise<WebCryptoKey>;
}

/** What {@link instanceKeys} takes. */
export interface InstanceKeysOptions {
  /**
   * How long keys are taken from memory before they are fetched again, in seconds.
   *
   * @default 600
   */
  readonly maxAge?: number;
  /**
   * The least time between two fetches, whatever comes, in seconds.
   *
   * @default 30, which is also the least
   */
  readonly cooldown?: number;
  /**
   * How long a fetch may take, in milliseconds.
   *
   * @default 5 000
   */
  readonly timeout?: number;
  /**
   * With what they are fetched.
   *
   * @default the global `fetch`
   */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * The clock.
   *
   * @default the machine's
   */
  readonly now?: () => Date;
}

const leastCooldown = 30;
/** A key has some 500 bytes, and an instance a handful. */
const mostBytes = 262_144;

type Find = (header: TokenHeader) => Promise<WebCryptoKey>;

/**
 * The keys of the instance at `issuer` (`https://my-instance.zitadel.cloud`, without a path), fetched from its `/oauth/v2/keys`
 * when the first JWT comes. Make one and keep it: the keys are cached in it.
 *
 * They are fetched again when they are older than `maxAge` and when a token names a key that is not among them, but never
 * more than once in `cooldown`. As long as that fails, the keys of before count on.
 *
 * @param issuer The instance's address.
 * @param options How often, and how they are fetched.
 *
 * @example
 * ```ts
 * import { instanceKeys, type VerifyOptions } from "pulumi-zitadel-actions/webhook";
 *
 * export const options: VerifyOptions = {
 *   signingKey: process.env.ZITADEL_SIGNING_KEY,
 *   instanceKeys: instanceKeys("https://my-instance.zitadel.cloud"),
 * };
 * ```
 *
 * @throws {@link WebhookError} `settings`, if `issuer` is no http or https URL
 */
export function instanceKeys(issuer: string | URL, options: InstanceKeysOptions = {}): InstanceKeys {
  const url = keysUrl(issuer);
  const { maxAge = 600, timeout = 5_000, now = () => new Date(), fetch: fetchFrom = fetch } = options;
  const cooldown = Math.max(options.cooldown ?? leastCooldown, leastCooldown);
  let find: Find | undefined;
  let fetchedAt = -Infinity;
  let askedAt = -Infinity;
  let underWay: Promise<void> | undefined;

  const isOlderThan = (at: number, seconds: number) => now().getTime() - at >= seconds * 1_000;
  const refresh = async (): Promise<void> => {
    if (underWay !== undefined) return underWay;
    if (!isOlderThan(askedAt, cooldown)) return;
    askedAt = now().getTime();
    underWay = fetchKeySet(url, timeout, fetchFrom)
      .then(async (keys) => {
        find = await finder(keys);
        fetchedAt = askedAt;
      })
      .finally(() => (underWay = undefined));
    return underWay;
  };

  return {
    async keyFor(header) {
      if (isOlderThan(fetchedAt, maxAge)) {
        await refresh().catch((error: unknown) => {
          if (find === undefined) throw error;
        });
      }
      if (find === undefined)
        throw unavailable(url, `could not be had less than ${cooldown} s ago, and were not asked for again`);
      try {
        return await find(header);
      } catch (error) {
        if (!isWebhookError(error, "token_key_unknown")) throw error;
        await refresh();
        return find(header);
      }
    },
  };
}

const known = new WeakMap<JsonWebKeySet, Promise<Find>>();

/** Keys that are at hand already, or to be fetched. Throws `settings` for what is no key set. */
export function asInstanceKeys(keys: InstanceKeys | JsonWebKeySet): InstanceKeys {
  if ("keyFor" in keys) return keys;
  return {
    async keyFor(header) {
      let find = known.get(keys);
      if (find === undefined) known.set(keys, (find = finder(keys)));
      return (await find)(header);
    },
  };
}

/** Looks keys up in a set: by `kid`, for the algorithm that the key says, and only public ones for signatures. */
async function finder(keys: JsonWebKeySet): Promise<Find> {
  const { createLocalJWKSet } = await jose();
  type Keys = Parameters<typeof createLocalJWKSet>[0];
  let find: ReturnType<typeof createLocalJWKSet>;
  try {
    find = createLocalJWKSet(keys as Keys);
  } catch {
    throw new WebhookError(
      "settings",
      '`instanceKeys` is no key set: it must be what /oauth/v2/keys answers, {"keys": […]}.',
    );
  }
  return async (header) => {
    try {
      return await find({ ...header });
    } catch {
      throw new WebhookError(
        "token_key_unknown",
        "The token is signed with a key that the instance does not have: is it the instance that the target is on?",
      );
    }
  };
}

async function fetchKeySet(
  url: string,
  timeout: number,
  fetchFrom: NonNullable<InstanceKeysOptions["fetch"]>,
): Promise<JsonWebKeySet> {
  const stop = new AbortController();
  try {
    return await withinTime(timeout, async () => {
      const init: RequestInit = { headers: { accept: "application/json" }, redirect: "manual", signal: stop.signal };
      const response = await fetchFrom(url, init);
      if (response.status !== 200 || response.body === null)
        throw unavailable(url, `were answered with ${response.status}`);
      const collector = new Collector(mostBytes);
      await drain(response.body.getReader(), collector);
      const set: unknown = JSON.parse(new TextDecoder().decode(collector.bytes()));
      if (!isKeySet(set)) throw unavailable(url, "came in an answer that is no key set");
      return set;
    });
  } catch (error) {
    if (isWebhookError(error, "keys_unavailable")) throw error;
    throw unavailable(url, `could not be fetched: ${isWebhookError(error) ? error.code : nameOf(error)}`);
  } finally {
    stop.abort();
  }
}

function isKeySet(value: unknown): value is JsonWebKeySet {
  if (typeof value !== "object" || value === null || !("keys" in value) || !Array.isArray(value.keys)) return false;
  return value.keys.every((key: unknown) => typeof key === "object" && key !== null && !Array.isArray(key));
}

function keysUrl(issuer: string | URL): string {
  try {
    const url = new URL(issuer);
    if (!/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
      throw new TypeError("no such URL");
    return new URL("/oauth/v2/keys", url).href;
  } catch {
    throw new WebhookError(
      "settings",
      "The instance's address must be its http or https URL without credentials, such as https://my-instance.zitadel.cloud.",
    );
  }
}

function unavailable(url: string, what: string): WebhookError {
  return new WebhookError(
    "keys_unavailable",
    `The instance's keys at ${url} ${what}. The delivery is neither right nor wrong.`,
  );
}
