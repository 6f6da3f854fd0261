import type { Credential, Instance } from "./config";

/** Shorter ones would take too much of a message with them. */
const shortest = 8;

/**
 * Secrets in this process's environment that are not ZITADEL's. Since its version 3.247, Pulumi's CLI gives every plugin the access
 * token of whoever is logged in to Pulumi's service.
 */
const secretVariables = ["PULUMI_ACCESS_TOKEN"];

/** What no message may repeat: the secrets in an instance's settings, and those in the environment. */
export function secretsOf(
  { credential, headers, proxy: { NO_PROXY: _, ...proxies } = {} }: Instance,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string[] {
  const passwords = Object.values(proxies).flatMap((url) => {
    const { password } = new URL(url);
    return [password, decodeURIComponent(password)];
  });
  const others = secretVariables.flatMap((name) => env[name] ?? []);
  return [secretOf(credential), ...Object.values(headers), ...passwords, ...others];
}

function secretOf(credential: Credential): string {
  if (credential.kind === "accessToken") return credential.accessToken;
  return credential.kind === "jwtProfile" ? credential.account.key : credential.clientSecret;
}

/** Replaces what must not be repeated, should a server or a proxy have sent it back, encoded or not. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  return [...secrets]
    .filter((secret) => secret.length >= shortest)
    .flatMap(guisesOf)
    .reduce((rest, guise) => rest.replaceAll(guise, "[secret]"), text);
}

/** A text, and how it shows in URLs, in forms, in hexadecimal digits, and within something else in base64. */
function guisesOf(text: string): string[] {
  const hexadecimal = Buffer.from(text).toString("hex");
  const base64 = [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.from("x".repeat(shift) + text);
    // What stands before and after it has a part in the digits at its ends.
    const [start, end] = [Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return (["base64", "base64url"] as const).map((encoding) => bytes.toString(encoding).slice(start, end));
  });
  const form = new URLSearchParams({ "": text }).toString().slice(1);
  return [text, encodeURIComponent(text), form, hexadecimal, hexadecimal.toUpperCase(), ...base64];
}
