import { isIPv6 } from "node:net";

/** A failed POST, with the message of Go's HTTP client. */
export class GoError extends Error {
  override readonly name = "GoError";

  /** `code` is that of the error of Node.js, if there is one. */
  constructor(
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

/** The error of a whole request. */
export function urlError(url: string, text: string): GoError {
  return new GoError(`Post ${JSON.stringify(url)}: ${text}`);
}

/** A URL, and its form in errors: as it was given, without its password. */
export function parseUrl(endpoint: string): { url: URL; name: string } {
  const name = withoutPassword(endpoint);
  if (URL.canParse(endpoint)) return { url: new URL(endpoint), name };
  const port = /:([0-9]+)(?:[/?#]|$)/.exec(endpoint.replace(/^[a-z]+:/i, ""))?.[1];
  throw urlError(name, port === undefined ? "http: no Host in request URL" : `dial tcp: address ${port}: invalid port`);
}

export function withoutPassword(url: string): string {
  return url.replace(/^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#@]*?):[^/?#]*@/, "$1:***@");
}

export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

export function portOf({ port, protocol }: URL): string | number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : port;
}

export function joinHostPort(host: string, port: string | number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

const CONNECT_TEXTS: Partial<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
};

const LOOKUP_TEXTS: Partial<Record<string, string>> = {
  ENOTFOUND: "no such host",
  EAI_AGAIN: "server misbehaving",
};

const LIMIT_TEXTS = {
  headers: "exceeded while awaiting headers",
  body: "or context cancellation while reading body",
};

const UNTRUSTED = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

interface SystemError extends NodeJS.ErrnoException {
  address?: string;
  port?: number;
  hostname?: string;
  errors?: SystemError[];
}

/** Returns Go's message for an error of Node.js, which failed while it waited for the headers or read the body. */
export function goText(error: unknown, signal?: AbortSignal, phase: keyof typeof LIMIT_TEXTS = "headers"): string {
  switch (signal?.reason) {
    case "timeout":
      return "context deadline exceeded";
    case "limit":
      return `context deadline exceeded (Client.Timeout ${LIMIT_TEXTS[phase]})`;
    case "stopped":
      return "context canceled";
  }
  if (error instanceof GoError) return error.message;
  // Do not check whether it is an `Error`: in a test runner, errors of Node.js itself come from another realm.
  return phase === "body" ? bodyText(error as SystemError) : headersText(error as SystemError);
}

function headersText(error: SystemError): string {
  const [first] = error.errors ?? [];
  if (first !== undefined) return headersText(first);
  const { code = "", syscall, message } = error;
  const refused = CONNECT_TEXTS[code];
  if (syscall === "connect" && refused !== undefined) {
    return `dial tcp ${joinHostPort(error.address ?? "", error.port ?? "")}: connect: ${refused}`;
  }
  const unresolved = LOOKUP_TEXTS[code];
  if (unresolved !== undefined) return `dial tcp: lookup ${error.hostname ?? ""}: ${unresolved}`;
  if (code === "ECONNRESET") return syscall === "read" ? "read: connection reset by peer" : "EOF";
  if (code.startsWith("HPE_")) return "net/http: HTTP/1.x transport connection broken: malformed HTTP response";
  if (code === "EPROTO") return "http: server gave HTTP response to HTTPS client";
  if (UNTRUSTED.includes(code))
    return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  return message;
}

function bodyText(error: SystemError): string {
  if (error.code === "ECONNRESET") return "unexpected EOF";
  return error.code?.startsWith("Z_") ? "gzip: invalid header" : error.message;
}
