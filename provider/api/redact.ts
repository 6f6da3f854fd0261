import type { Credential, Instance } from "./instance";

/** Shorter secrets are not replaced: that would destroy too much of a message. */
const shortest = 8;

/**
 * Secrets in this process's environment that are not ZITADEL's. Since version 3.247, Pulumi's CLI gives every plugin the access
 * token of the user who is logged in to Pulumi's service.
 */
const secretVariables = ["PULUMI_ACCESS_TOKEN"];

/** Headers with the name of a host, which messages are to show. */
const hostHeader = /^x-zitadel-(instance|public)-host$/i;

/** Secrets that no message may contain: those in an instance's settings, and those in the environment. */
export function secretsOf(
  { credential, headers, proxy: { NO_PROXY: _, ...proxies } = {} }: Instance,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string[] {
  const passwords = Object.values(proxies).flatMap((url) => {
    const { password } = new URL(url);
    return [password, decodeURIComponent(password)];
  });
  const others = secretVariables.flatMap((name) => env[name] ?? []);
  const values = Object.entries(headers).flatMap(([name, value]) => (hostHeader.test(name) ? [] : value));
  return [secretOf(credential), ...values, ...passwords, ...others];
}

function secretOf(credential: Credential): string {
  if (credential.kind === "accessToken") return credential.accessToken;
  return credential.kind === "jwtProfile" ? credential.account.key : credential.clientSecret;
}

/** Replaces secrets that a server or a proxy may have sent back, plain or encoded, and signing keys in JSON. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  const known = text.replace(/("signing_?Key\\*"\s*:\s*\\*")[^"\\]+/gi, "$1[secret]");
  return [...secrets]
    .filter((secret) => secret.length >= shortest)
    .reduce((rest, secret) => withoutSecret(rest, secret), known);
}

function withoutSecret(text: string, secret: string): string {
  // To compile the whole expression for every guise of a long key would take a second.
  return guisesOf(secret).reduce(
    (rest, guise) => (escaped(guise.slice(0, shortest)).test(rest) ? rest.replace(escaped(guise), "[secret]") : rest),
    text,
  );
}

/** Matches a text in which any characters are escaped, as in JSON, in JSON within JSON, and in URLs. */
function escaped(text: string): RegExp {
  const characters = Array.from({ length: text.length }, (_, index) => {
    const code = text.charCodeAt(index).toString(16).padStart(4, "0");
    return String.raw`(?:\\{0,2}\u${code}|\\{1,2}u${code}|%${code.slice(2)})`;
  });
  return new RegExp(characters.join(""), "gi");
}

/** A text in plain form, encoded for URLs and forms, in hexadecimal, and as a part of something in base64. */
function guisesOf(text: string): string[] {
  const hexadecimal = Buffer.from(text).toString("hex");
  const base64 = [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.from("x".repeat(shift) + text);
    // The digits at its ends also depend on the text before and after it.
    const [start, end] = [Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return (["base64", "base64url"] as const).map((encoding) => bytes.toString(encoding).slice(start, end));
  });
  const form = new URLSearchParams({ "": text }).toString().slice(1);
  return [text, encodeURIComponent(text), form, hexadecimal, hexadecimal.toUpperCase(), ...base64];
}

/**
 * Whether a message may repeat what should be the path of a file, although there is none: somebody may have given the content itself or
 * another secret by mistake.
 */
export function looksLikePath(text: string): boolean {
  return /^[^\n\r{]{1,250}$/.test(text) && /[/\\.]/.test(text) && !/[A-Za-z0-9+]{32}/.test(text);
}
