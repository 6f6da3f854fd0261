import { createPrivateKey } from "node:crypto";
import type { Credential, Instance, ServiceAccountKey } from "./instance";
import { type ErrorCode, oneLine, readRefusal, refused, sentence, ZitadelError } from "./errors";
import { esm } from "./esm";
import { NoAnswer, type Send } from "./http";
import { isRecord, parseJson } from "./json";
import { secretsOf, withoutSecrets } from "./redact";
import { type Clock, persist } from "./retry";

/** Provides the access token of one instance. */
export interface TokenSource {
  /** The token to use now: requested once, and shared until it is about to expire. */
  token(): Promise<string>;
  /** After a 401 for `rejected`: a new token, or `undefined` if there cannot be one. */
  renew(rejected: string): Promise<string | undefined>;
}

/** Without this scope, ZITADEL issues a token and then rejects it. */
const scope = "openid urn:zitadel:iam:org:project:id:zitadel:aud";

/** How long before its expiry a token is replaced, so that it does not expire on the way. */
const reserve = 60_000;

/** Clocks differ, so an assertion is valid from this many seconds ago until as many from now. ZITADEL accepts up to an hour. */
const skew = 10 * 60;

interface Grant {
  readonly token: string;
  /** On the clock's `now`. */
  readonly until: number;
}

export function authenticate(instance: Instance, send: Send, clock: Clock, signal?: AbortSignal): TokenSource {
  const { credential } = instance;
  if (credential.kind === "accessToken") {
    const { accessToken } = credential;
    return { token: () => Promise.resolve(accessToken), renew: () => Promise.resolve(undefined) };
  }

  let current: Promise<Grant> | undefined;
  const request = (): Promise<Grant> => {
    const pending = requestToken(instance, credential, send, clock, signal);
    current = pending;
    // A failure rejects all current callers; later callers try again.
    pending.catch(() => {
      if (current === pending) current = undefined;
    });
    return pending;
  };
  const grant = async (serves: (grant: Grant) => boolean): Promise<string> => {
    const known = current;
    if (known === undefined) return (await request()).token;
    const held = await known;
    if (serves(held)) return held.token;
    // Another caller may have requested a new one in the meantime.
    return (await (current === known || current === undefined ? request() : current)).token;
  };
  return {
    token: () => grant(({ until }) => clock.now() < until),
    renew: (rejected) => grant(({ token }) => token !== rejected),
  };
}

async function requestToken(
  instance: Instance,
  credential: Exclude<Credential, { kind: "accessToken" }>,
  send: Send,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Grant> {
  const isProfile = credential.kind === "jwtProfile";
  // Who swaps a client's ID and its secret must not find the secret in a log.
  const who = isProfile ? `the key of service user ${credential.account.userId}` : "the client credentials";
  const what = `logging in to ${instance.origin} with ${who}`;
  const form = isProfile
    ? {
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        scope,
        assertion: await assertion(credential.account, instance.issuer, clock),
      }
    : {
        grant_type: "client_credentials",
        scope,
        client_id: credential.clientId,
        client_secret: credential.clientSecret,
      };
  const secrets = [...secretsOf(instance), ...("assertion" in form ? [form.assertion] : [])];
  const redact = (text: string) => withoutSecrets(text, secrets);
  const asked = clock.now();
  const { status, headers, body: text } = await ask(form, what, send, clock, signal);
  const json = parseJson(text);
  const body = isRecord(json) ? json : {};
  const { access_token: token, expires_in: seconds, error, error_description: described } = body;
  if (status === 200 && typeof token === "string" && /^[\x21-\x7e]{1,8192}$/.test(token)) {
    const life = typeof seconds === "number" ? seconds * 1000 : 0;
    return { token, until: asked + life - Math.min(reserve, life / 10) };
  }
  // For an unknown host, the server answers in plain text.
  const refusal = readRefusal(status, { message: text }, redact);
  if (refusal.code === "unknown_instance") throw refused(what, "log in", refusal);
  const failed = (code: ErrorCode, said: string, hint: string) =>
    new ZitadelError(code, sentence(what, said, hint), { status, operation: "log in" });
  const isUnavailable = refusal.code === "unavailable";
  if (typeof error !== "string") {
    const said = `/oauth/v2/token answered ${status}, but not in ZITADEL's format`;
    const hint =
      "Check `zitadel-actions:domain`, `zitadel-actions:port` and any proxy or gateway in front of the server.";
    throw failed(isUnavailable ? "unavailable" : "unexpected_answer", said, hint);
  }
  const reason = redact(typeof described === "string" ? `${error}: ${described}` : error);
  const said = `ZITADEL answered ${status} "${oneLine(reason)}"`;
  if (isUnavailable) throw failed("unavailable", said, "Run the same command again later.");
  const hint = [loginAdvice(credential, headers["date"], clock), storedAdvice(instance)].join(" ").trim();
  throw failed("unauthenticated", said, hint);
}

/** @throws {ZitadelError} `unreachable` if no complete answer arrived: the request that needs the token has not been sent. */
async function ask(form: Record<string, string>, what: string, send: Send, clock: Clock, signal?: AbortSignal) {
  const request = {
    method: "POST",
    path: "/oauth/v2/token",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  } as const;
  try {
    return (await persist(() => send(request, signal), { repeatable: true, clock, signal })).answer;
  } catch (error) {
    if (!(error instanceof NoAnswer) || (error.kind !== "unanswered" && error.kind !== "oversized")) throw error;
    const { code } = error;
    const hint = "Run the same command again. Nothing else was sent.";
    throw new ZitadelError("unreachable", sentence(what, `no complete answer arrived (${code})`, hint), {
      operation: "log in",
      cause: { code, message: `no answer (${code})` },
    });
  }
}

function loginAdvice(credential: Credential, date: string | undefined, clock: Clock): string {
  if (credential.kind === "clientCredentials") {
    return "Check the client id (the service user's *user name*, not its id) and the client secret.";
  }
  const apart = date === undefined ? 0 : Math.abs(Date.parse(date) - clock.date()) / 1000;
  if (apart > skew) {
    return `Set this machine's clock: it and the server's clock are ${Math.round(apart)} s apart.`;
  }
  return "Check that the key still exists in ZITADEL and has not expired, and that `zitadel-actions:domain` and `zitadel-actions:port` are exactly those of the instance, or `zitadel-actions:externalDomain`, with scheme and port, where it is reached at another address.";
}

/** What to do if a credential from the stack configuration was rejected. */
export function storedAdvice({ name, credential }: Instance): string {
  if (credential.command === undefined) return "";
  const set = `The credential came from the stack configuration: set a new one with \`pulumi config set ${credential.command}\`.`;
  const later =
    "`pulumi refresh`, `pulumi destroy` and every `--refresh` use the one that the last `pulumi up` or run with --run-program stored, even if that failed: add --run-program to use today's";
  return name === undefined
    ? `${set} ${later}, or pass it in ZITADEL_ACCESS_TOKEN (or another of the ZITADEL_ variables), which takes precedence.`
    : `${set} ${later}.`;
}

/** An assertion in ZITADEL's form: its audience must be exactly the instance's issuer. */
async function assertion(account: ServiceAccountKey, issuer: string, clock: Clock): Promise<string> {
  const { SignJWT } = await esm(() => import("jose"), "jose");
  const now = Math.floor(clock.date() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: "RS256", kid: account.keyId })
    .setIssuer(account.userId)
    .setSubject(account.userId)
    .setAudience(issuer)
    .setIssuedAt(now - skew)
    .setExpirationTime(now + skew)
    .sign(createPrivateKey(account.key));
}
