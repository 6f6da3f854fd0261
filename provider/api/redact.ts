import type { Credential, Instance } from "./instance";

/** Shorter secrets are not replaced: that would destroy too much of a message. */
const shortest = 8;

/** A part of a secret is replaced from this length on: a server may cut what it sends back, or spread it over lines. */
const shortestPart = 12;

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
  const values = Object.entries(headers).flatMap(([name, value]) =>
    hostHeader.test(name) ? [] : secretsInHeader(name, value),
  );
  return [secretOf(credential), ...values, ...passwords, ...others];
}

/** Headers that carry a credential. The others are secrets as a whole. */
const credentialHeader = /auth|token|key|cookie|secret|session/i;

/** A header's value, and what it consists of: `Bearer` and a token, `Basic` and a password in base64, or cookies. */
function secretsInHeader(name: string, value: string): string[] {
  if (!credentialHeader.test(name)) return [value];
  const words = value.split(/[\s;,]+/).flatMap((word) => [word, word.replace(/^[\w-]+=/, "")]);
  const [, basic = ""] = /^Basic +(\S+)$/i.exec(value) ?? [];
  const password = Buffer.from(basic, "base64")
    .toString()
    .replace(/^[^:]*:/, "");
  return [...new Set([value, ...words, password])];
}

function secretOf(credential: Credential): string {
  if (credential.kind === "accessToken") return credential.accessToken;
  return credential.kind === "jwtProfile" ? credential.account.key : credential.clientSecret;
}

/** Replaces secrets that a server or a proxy may have sent back, plain, encoded or in part, and signing keys. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  const known = text
    .replace(/("signing_?Key\\*"\s*:\s*\\*")[^"\\]+/gi, "$1[secret]")
    .replace(/(signing[_ -]?key[\W_]{1,6})([a-z\d]{20,})/gi, (all, name: string, word: string) =>
      [/\d/, /[a-z]/, /[A-Z]/].every((kind) => kind.test(word)) ? `${name}[secret]` : all,
    );
  const all = [...secrets].filter((secret) => secret.length >= shortest).map(formsOf);
  const rest = all.reduce((said, { guises }) => guises.reduce((more, replace) => replace(more), said), known);
  return withoutParts(rest, all);
}

/** How a secret can look in a message: whole, and in part. */
interface Forms {
  /** Each replaces it in one of its guises. */
  readonly guises: readonly ((text: string) => string)[];
  readonly parts: ReadonlySet<string>;
}

/** Those of the last secrets: a key file's take milliseconds to make. */
const made = new Map<string, Forms>();

function formsOf(secret: string): Forms {
  const known = made.get(secret);
  if (known !== undefined) return known;
  const guises = guisesOf(secret);
  const forms = {
    guises: guises.map(replacing),
    parts: new Set(guises.flatMap((guise) => partsOf(guise.replaceAll(/-----[A-Z ]+-----/g, "")))),
  };
  if (made.size >= 32) made.clear();
  made.set(secret, forms);
  return forms;
}

function replacing(guise: string): Forms["guises"][number] {
  // How often a backslash of the secret itself was escaped cannot be tried: that would not end.
  if (guise.includes("\\")) {
    const once = JSON.stringify(guise).slice(1, -1);
    const twice = JSON.stringify(once).slice(1, -1);
    return (text) => [twice, once, guise].reduce((rest, form) => rest.replaceAll(form, "[secret]"), text);
  }
  // To compile the whole expression for every guise of a long key would take a second.
  const start = guise.slice(0, shortest);
  const expression = new RegExp(escaped(start), "i");
  const isPlain = /^[\0-\x7f]*$/.test(start);
  const mayBegin = (text: string) =>
    // Where nothing is escaped, it is there as it is.
    isPlain && !/[\\%]/.test(text) ? text.toLowerCase().includes(start.toLowerCase()) : expression.test(text);
  return (text) => (mayBegin(text) ? text.replace(new RegExp(escaped(guise), "gi"), "[secret]") : text);
}

/** Replaces parts of secrets, but for those that have only small letters: they may be words. */
function withoutParts(text: string, all: readonly Forms[]): string {
  let [rest, end] = ["", 0];
  for (let at = 0; at < text.length; at++) {
    const part = text.slice(at, at + shortestPart);
    const isPart = all.some(({ parts }) => parts.has(part));
    if (at >= end) rest += isPart ? "[secret]" : (text[at] ?? "");
    if (isPart) end = at + shortestPart;
  }
  return rest;
}

function partsOf(text: string): string[] {
  const count = Math.max(0, text.length - shortestPart + 1);
  return Array.from({ length: count }, (_, at) => text.slice(at, at + shortestPart)).filter((part) =>
    /[A-Z\d]/.test(part),
  );
}

/** An expression for a text in which any characters are escaped, as in JSON, in JSON within JSON, and in URLs. It has no backslash of its own. */
function escaped(text: string): string {
  const characters = Array.from({ length: text.length }, (_, index) => {
    const code = text.charCodeAt(index).toString(16).padStart(4, "0");
    return String.raw`(?:\\{0,4}\u${code}|\\{1,4}u${code}|%(?:25)?${code.slice(2)})`;
  });
  return characters.join("");
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
