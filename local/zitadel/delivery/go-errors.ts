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
  if (!URL.canParse(endpoint)) throw urlError(name, "no request can be sent to this URL");
  return { url: new URL(endpoint), name };
}

export function withoutPassword(url: string): string {
  return url.replace(/^((?:[a-zA-Z][a-zA-Z0-9+.-]*:)?\/\/[^/?#@]*?):[^/?#]*@/, "$1:***@");
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

interface SystemError extends NodeJS.ErrnoException {
  address?: string;
  port?: number;
  errors?: SystemError[];
}

/** Returns the message for an error of Node.js: that of Go for a time-out and for a refused connection, otherwise that of Node.js. */
export function goText(error: unknown, signal?: AbortSignal): string {
  switch (signal?.reason) {
    case "timeout":
      return "context deadline exceeded";
    case "limit":
      return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    case "stopped":
      return "context canceled";
  }
  // Do not check whether it is an `Error`: in a test runner, errors of Node.js itself come from another realm.
  const { code, address = "", port = "", message, errors: [first] = [] } = error as SystemError;
  if (first !== undefined) return goText(first);
  return code === "ECONNREFUSED" ? `dial tcp ${joinHostPort(address, port)}: connect: connection refused` : message;
}
