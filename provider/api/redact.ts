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
  const all = [...secrets].filter((secret) => secret.length >= shortest).map(formsOf);
  return withoutForms(text, all)
    .replace(/("signing_?Key\\*"\s*:\s*\\*")[^"\\]+/gi, "$1[secret]")
    .replace(/(signing[_ -]?key[\W_]{1,6})([a-z\d]{20,})/gi, (said, name: string, word: string) =>
      [/\d/, /[a-z]/, /[A-Z]/].every((kind) => kind.test(word)) ? `${name}[secret]` : said,
    )
    .replace(/(?<![a-z\d])[a-z\d]{36}(?![a-z\d])/gi, (word) => (isMixed(word) ? "[secret]" : word));
}

/** Whether 36 characters can be a signing key of ZITADEL's: in words, small letters, capitals and digits alternate less often. */
function isMixed(word: string): boolean {
  return (word.match(/[a-z]+|[A-Z]+|\d+/g)?.length ?? 0) >= 14;
}

/** How a secret can look in a message: whole, and in part. All are read as messages are ({@link readings}), and in capitals. */
interface Forms {
  readonly wholes: ReadonlySet<string>;
  readonly parts: ReadonlySet<string>;
}

/** Those of the last secrets: a key file's take milliseconds to make. */
const made = new Map<string, Forms>();

function formsOf(secret: string): Forms {
  const known = made.get(secret);
  if (known !== undefined) return known;
  const guises = guisesOf(secret).flatMap((guise) => readings(guise).map((meant) => meant.text));
  const forms = {
    wholes: new Set(guises.map(inCapitals).filter(({ length }) => length >= shortest)),
    parts: new Set(guises.flatMap((guise) => partsOf(guise.replaceAll(/-----[A-Z +]+-----/g, "")))),
  };
  if (made.size >= 128) made.clear();
  made.set(secret, forms);
  return forms;
}

/** The parts of a text in capitals, but for those that have only small letters: they may be words. */
function partsOf(text: string): string[] {
  const count = Math.max(0, text.length - shortestPart + 1);
  const capitals = inCapitals(text);
  const places = Array.from({ length: count }, (_, at) => at);
  return places
    .filter((at) => /[A-Z\d]/.test(text.slice(at, at + shortestPart)))
    .map((at) => capitals.slice(at, at + shortestPart));
}

/** In capitals, but for characters of which the capital is several: the places of all others stay. */
function inCapitals(text: string): string {
  return text.replace(/[a-z]+|[^\0-\x7f]/g, (letters) => {
    const capitals = letters.toUpperCase();
    return capitals.length === letters.length ? capitals : letters;
  });
}

/** A text whose characters may be escaped, as they are meant, and where each of them begins and ends. */
interface Meant {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** A text as it is, and as it is meant if it was escaped, also in two ways, one after the other. */
function readings(text: string): Meant[] {
  const places = Array.from({ length: text.length }, (_, at) => at);
  const asItIs: Meant = { text, starts: places, ends: places.map((at) => at + 1) };
  const once = readAgain(asItIs);
  const twice = once && readAgain(once);
  return [asItIs, once, twice].filter((meant) => meant !== undefined);
}

/** What was read, read once more; `undefined` if nothing in it is escaped. */
function readAgain({ text, starts, ends }: Meant): Meant | undefined {
  const next = read(text);
  if (next.text === text) return undefined;
  return {
    text: next.text,
    starts: next.starts.map((at) => starts[at] ?? 0),
    ends: next.ends.map((at) => ends[at - 1] ?? 0),
  };
}

const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/**
 * Reads a text in which any characters are escaped, once or more often, as in JSON, in JSON within JSON, in programs and in URLs. A
 * backslash belongs to the character after it.
 */
function read(text: string): Meant {
  const [starts, ends]: [number[], number[]] = [[], []];
  let meant = "";
  let begin: number | undefined;
  const pieces = /\\+(?:u([\da-f]{4})|u\{([\da-f]{1,6})\}|x([\da-f]{2}))|%(?:25)*([\da-f]{2})|\\+|[^]/gi;
  for (const { 0: piece, 1: json, 2: long, 3: short, 4: url, index } of text.matchAll(pieces)) {
    const code = json ?? long ?? short ?? url;
    begin ??= index;
    if (code === undefined && piece.startsWith("\\")) continue;
    const plain = begin < index ? (controls[piece] ?? piece) : piece;
    meant += code === undefined ? plain : String.fromCharCode(Number.parseInt(code, 16));
    starts.push(begin);
    ends.push(index + piece.length);
    begin = undefined;
  }
  return { text: meant, starts, ends };
}

/** Replaces what is a secret, whole or in part. */
function withoutForms(text: string, all: readonly Forms[]): string {
  const found = new Uint8Array(text.length);
  const everyWhole = all.flatMap(({ wholes }) => [...wholes]);
  for (const { text: meant, starts, ends } of all.length === 0 ? [] : readings(text)) {
    const searched = inCapitals(meant);
    const mark = (at: number, length: number) => found.fill(1, starts[at], ends[at + length - 1]);
    for (const whole of everyWhole)
      for (let at = searched.indexOf(whole); at >= 0; at = searched.indexOf(whole, at + whole.length))
        mark(at, whole.length);
    for (let at = 0; at + shortestPart <= searched.length; at++) {
      const part = searched.slice(at, at + shortestPart);
      if (all.some(({ parts }) => parts.has(part))) mark(at, shortestPart);
    }
  }
  let [rest, end] = ["", 0];
  for (let at = found.indexOf(1); at >= 0; at = found.indexOf(1, end)) {
    rest += `${text.slice(end, at)}[secret]`;
    const next = found.indexOf(0, at);
    end = next < 0 ? text.length : next;
  }
  return rest + text.slice(end);
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
  return [text, encodeURIComponent(text), form, hexadecimal, ...base64];
}

/**
 * Whether a message may repeat what should be the path of a file, although there is none: somebody may have given the content itself or
 * another secret by mistake.
 */
export function looksLikePath(text: string): boolean {
  return /^[^\n\r{]{1,250}$/.test(text) && /[/\\.]/.test(text) && !/[A-Za-z0-9+]{32}/.test(text);
}
