import { Collector, drain, tooSlow } from "./body.ts";
import { isWebhookError, nameOf, WebhookError } from "./errors.ts";
import { jose } from "./jose.ts";
import { checkNames, wholeNumber } from "./values.ts";
import { withinTime } from "./waiting.ts";

/** A Web Crypto key: the types of browsers and of Node have no common name for it. */
export type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A JSON Web Key: one of a set. */
export interface JsonWebKey {
  /** The type of the key: `RSA`, `EC` or `OKP`. */
  readonly kty?: string;
  /** The key's id, which tokens refer to. */
  readonly kid?: string;
  /** The key's parameters, depending on its type. */
  readonly [member: string]: unknown;
}

/** A JSON Web Key Set, as an instance's `/oauth/v2/keys` returns it. */
export interface JsonWebKeySet {
  /** The keys, in any order. */
  readonly keys: readonly JsonWebKey[];
}

/** The part of a token's protected header that says how it was signed or encrypted. */
export interface TokenHeader {
  /** The algorithm: `RS256`, unless the instance is configured otherwise. */
  readonly alg: string;
  /** The id of the key. */
  readonly kid: string;
}

/** The public keys of an instance, for the JWTs that it signs. */
export interface InstanceKeys {
  /**
   * Returns the key for a token.
   *
   * @param header The token's header.
   * @throws {@link WebhookError} `token_key_unknown` or `keys_unavailable`
   */
  keyFor(header: TokenHeader): Promise<WebCryptoKey>;
}

/** The options of {@link instanceKeys}. */
export interface InstanceKeysOptions {
  /**
   * How long keys are cached before they are fetched again, in seconds. The fetch runs in the background: deliveries do not wait
   * for it. If the new set lacks a former key, that one stays valid for so long again, or until a token refers to a key of the new
   * set.
   *
   * @default 600
   */
  readonly maxAge?: number;
  /**
   * The minimum time between two fetches because of `maxAge`, and the longest pause between fetches because of unknown keys, in
   * seconds.
   *
   * @default 30, which is also the minimum
   */
  readonly cooldown?: number;
  /**
   * The maximum duration of a fetch, in milliseconds.
   *
   * @default 5 000
   */
  readonly timeout?: number;
  /**
   * The function that fetches the keys.
   *
   * @default the global `fetch`
   */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * The clock.
   *
   * @default one that does not follow changes of the machine's time
   */
  readonly now?: () => Date;
}

const leastCooldown = 30;
/** The pause after a fetch that failed or did not bring the needed key, in seconds. It doubles each time. */
const firstPause = 0.5;
const longestPause = 30;
/** A key has about 500 bytes, and an instance has a few keys. */
const mostBytes = 262_144;

type Find = (header: TokenHeader) => Promise<WebCryptoKey>;

/**
 * The keys of the instance at `issuer` (`https://my-instance.zitadel.cloud`, without a path), fetched from its `/oauth/v2/keys`
 * when the first JWT arrives. Create one object and keep it: it caches the keys.
 *
 * It fetches the keys again if they are older than `maxAge`, or if a token refers to an unknown key. If a fetch fails, brings no
 * keys or not the needed one, it keeps the old keys, and tries again after 0.5 seconds, then 1, 2, 4 and so on up to 30 seconds, as
 * soon as a delivery needs it.
 *
 * @param issuer The instance's address.
 * @param options How often and how to fetch the keys.
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
 * @throws {@link WebhookError} `settings`, if `issuer` is not an http or https URL, or an option is invalid
 */
export function instanceKeys(issuer: string | URL, options: InstanceKeysOptions = {}): InstanceKeys {
  const url = keysUrl(issuer);
  checkNames(options, { maxAge: true, cooldown: true, timeout: true, fetch: true, now: true });
  const { now = steadyTime, fetch: fetchFrom = fetch } = options;
  const maxAge = wholeNumber("maxAge", options.maxAge, 600);
  const timeout = wholeNumber("timeout", options.timeout, 5_000);
  const cooldown = Math.max(wholeNumber("cooldown", options.cooldown, leastCooldown), leastCooldown);
  let find: Find | undefined;
  /** The keys before these, until a token refers to one of these: these may be another server's, after a wrong route. */
  let former: Find | undefined;
  let replacedAt = -Infinity;
  let fetchedAt = -Infinity;
  let endedAt = -Infinity;
  let failures = 0;
  /** How many fetches in a row did not bring the key that they were for. */
  let misses = 0;
  let failure: WebhookError | undefined;
  let underWay: Promise<void> | undefined;

  // A clock that was set back makes everything old.
  const isOlderThan = (at: number, seconds: number) => {
    const age = now().getTime() - at;
    return age < 0 || age >= seconds * 1_000;
  };
  const fetchKeys = async (wanted: TokenHeader | undefined): Promise<void> => {
    try {
      const newer = await finder(await fetchKeySet(url, timeout, fetchFrom));
      if (wanted !== undefined) misses = (await has(newer, wanted)) ? 0 : misses + 1;
      fetchedAt = now().getTime();
      if (former === undefined) [former, replacedAt] = [find, fetchedAt];
      find = newer;
      failures = 0;
      failure = undefined;
    } catch (error) {
      failures++;
      failure = isWebhookError(error) ? error : unavailable(url, `could not be used: ${nameOf(error)}`);
    } finally {
      underWay = undefined;
      endedAt = now().getTime();
    }
  };
  /** Fetches the keys, unless it is too early for that. Afterwards `failure` says whether the latest fetch failed. */
  const refresh = async (wanted?: TokenHeader): Promise<void> => {
    const [inVain, longest] = failures > 0 ? [failures, longestPause] : [misses, cooldown];
    const pause = Math.min(firstPause * 2 ** Math.max(inVain - 1, 0), longest);
    if (underWay === undefined && isOlderThan(endedAt, pause)) underWay = fetchKeys(wanted);
    return underWay;
  };
  /** A failure is thrown where a token needs a key that is not there. */
  const inBackground = (wanted?: TokenHeader) => void refresh(wanted).catch(() => undefined);
  const findNow = async (header: TokenHeader): Promise<WebCryptoKey> => {
    const current = find;
    if (current === undefined) throw failure ?? unavailable(url, "were not fetched");
    const key = await current(header);
    if (current === find) former = undefined;
    return key;
  };

  const made: InstanceKeys = {
    async keyFor(header) {
      if (find === undefined) await refresh(header);
      else if (isOlderThan(fetchedAt, Math.max(maxAge, cooldown))) inBackground();
      try {
        return await findNow(header);
      } catch (error) {
        if (!isWebhookError(error, "token_key_unknown")) throw error;
        const before = isOlderThan(replacedAt, maxAge) ? undefined : former;
        if (before !== undefined && (await has(before, header))) {
          inBackground(header);
          return before(header);
        }
        await refresh(header);
        if (failure !== undefined) throw failure;
        return findNow(header);
      }
    },
  };
  ours.add(made);
  return made;
}

const ours = new WeakSet<InstanceKeys>();

/** Whether the keys are from this file: then they have a limit for their time already. */
export function isOurs(keys: InstanceKeys): boolean {
  return ours.has(keys);
}

/** A clock that does not follow changes of the machine's time. */
function steadyTime(): Date {
  return new Date(performance.now());
}

function has(find: Find, header: TokenHeader): Promise<boolean> {
  return find(header).then(
    () => true,
    () => false,
  );
}

const known = new WeakMap<JsonWebKeySet, InstanceKeys>();

/** Instance keys from a key set, or from an object that fetches them. */
export function asInstanceKeys(keys: InstanceKeys | JsonWebKeySet): InstanceKeys {
  if ("keyFor" in keys) return keys;
  const before = known.get(keys);
  if (before !== undefined) return before;
  let find: Promise<Find> | undefined;
  const made: InstanceKeys = {
    async keyFor(header) {
      find ??= finder(keys).catch((error: unknown) => {
        find = undefined;
        throw error;
      });
      return (await find)(header);
    },
  };
  known.set(keys, made);
  ours.add(made);
  return made;
}

/** Looks up keys in a set: by `kid`, for the algorithm in the key, and only public keys for signatures. */
async function finder(keys: JsonWebKeySet): Promise<Find> {
  const { createLocalJWKSet } = await jose();
  type Keys = Parameters<typeof createLocalJWKSet>[0];
  const find = createLocalJWKSet(keys as Keys);
  return async (header) => {
    try {
      return await find({ ...header });
    } catch {
      throw new WebhookError(
        "token_key_unknown",
        "The token is signed with a key that the instance does not have: check that it is the instance that the target is on.",
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
    return await withinTime(
      timeout,
      () => tooSlow(timeout),
      async () => {
        const init: RequestInit = { headers: { accept: "application/json" }, redirect: "manual", signal: stop.signal };
        const response = await fetchFrom(url, init);
        if (response.status !== 200 || response.body === null)
          throw unavailable(url, `could not be fetched (status ${response.status})`);
        const collector = new Collector(mostBytes);
        await drain(response.body.getReader(), collector);
        const set: unknown = JSON.parse(new TextDecoder().decode(collector.bytes()));
        if (!isKeySet(set)) throw unavailable(url, "could not be read: the answer is not a key set");
        if (set.keys.length === 0) throw unavailable(url, "could not be read: the answer has no keys");
        return set;
      },
    );
  } catch (error) {
    if (isWebhookError(error, "keys_unavailable")) throw error;
    throw unavailable(url, `could not be fetched: ${isWebhookError(error) ? error.code : nameOf(error)}`);
  } finally {
    stop.abort();
  }
}

/** Whether a value is a key set; it may be empty. */
export function isKeySet(value: unknown): value is JsonWebKeySet {
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
    `The instance's keys at ${url} ${what}. So the delivery could not be checked.`,
  );
}
