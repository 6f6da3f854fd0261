import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { ServiceAccountKey } from "../api/instance";
import { attempt, isRecord, parseJson } from "../api/json";
import { looksLikePath } from "../api/redact";
import { type Source, wrong } from "./values";

/** Receives warnings about settings that should be fixed. */
export type Warn = (message: string) => void;

export function parseAccount(text: string, name: string): ServiceAccountKey {
  const file = parseKeyFile(text, name);
  const how = "download a new key of the service user in ZITADEL's console (Keys > New, type JSON)";
  if (file["type"] !== undefined && file["type"] !== "serviceaccount") {
    throw wrong(`${name} is not a "serviceaccount" key: ${how}`);
  }
  const missing = ["keyId", "key", "userId"].filter((key) => typeof file[key] !== "string" || file[key] === "");
  if (missing.length > 0) throw wrong(`${name} is not a complete key file, it lacks ${missing.join(", ")}: ${how}`);
  const account = { keyId: String(file["keyId"]), key: String(file["key"]), userId: String(file["userId"]) };
  const key = attempt(() => createPrivateKey(account.key));
  if (key === undefined) throw wrong(`${name} has no readable private key in its field "key": ${how}`);
  if (key.asymmetricKeyType !== "rsa" || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw wrong(`${name} must contain an RSA key of at least 2048 bits: ${how}`);
  }
  return account;
}

/** Reads a key file as CI variables contain it: it may be in base64, or begin with a byte order mark. */
function parseKeyFile(text: string, name: string): Readonly<Record<string, unknown>> {
  const trim = (one: string) => one.replace(/^\uFEFF/, "").trim();
  const given = trim(text);
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(given.replace(/\s+/g, ""));
  const file = isBase64 ? trim(Buffer.from(given, "base64").toString()) : given;
  const value = parseJson(file);
  if (isRecord(value)) return value;
  const looksLike =
    typeof value === "string" || /^['"]/.test(file)
      ? "it is in quotes: remove them"
      : isRecord(parseJson(file.replace(/\r?\n/g, "\\n")))
        ? "it has line breaks inside a string: keep them as \\n, or encode the file in base64"
        : "set the whole key file, from { to }, or its base64";
  throw wrong(`${name} must be a key file in JSON; ${looksLike}`);
}

export function readCertificates(path: string, name: string, { folder }: Source): string {
  const text = readText(path, name, folder);
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const read = attempt(() => certificates.map((certificate) => new X509Certificate(certificate)));
  if (certificates.length === 0 || read === undefined) {
    throw wrong(`${name} names ${path}, which contains no PEM certificate`);
  }
  return text;
}

function readText(path: string, name: string, folder: Source["folder"]): string {
  try {
    return readFileSync(placeOf(path, folder), "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    if (!looksLikePath(path)) throw wrong(`${name} must be the path of a file (${code}), not its content`);
    throw wrong(`${name} names ${path}, which cannot be read (${code}); relative paths start at the program's folder`);
  }
}

function placeOf(path: string, folder: Source["folder"]): string {
  return isAbsolute(path) ? path : join(folder?.() ?? "", path);
}

/** Reads a file that only its owner should be able to read. */
export function readSecretFile(path: string, name: string, folder: Source["folder"], warn: Warn): string {
  const text = readText(path, name, folder);
  const mode = statSync(placeOf(path, folder)).mode & 0o777;
  // Windows stores permissions differently.
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    warn(
      `${name} names ${path}, a private key that other users can read (its mode is ${mode.toString(8)}): run \`chmod 600 ${quoted(path)}\``,
    );
  }
  return text;
}

/** Quotes a text for a shell command, if necessary. */
export function quoted(text: string): string {
  return /^[\w./@+-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
