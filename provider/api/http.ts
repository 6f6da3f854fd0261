import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import * as tls from "node:tls";
import type { Instance } from "./instance";
import { ZitadelError } from "./errors";
import { esm } from "./esm";

/** One HTTP request, without any policy: no retries, no redirects, and any status is a valid answer. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path below the instance's origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/**
 * There was no answer, because the request was never sent (`unsent`), it got no complete answer and may have taken effect
 * (`unanswered`), the answer was too large (`oversized`: it may have taken effect), the server's certificate was not trusted
 * (`untrusted`), or the operation was cancelled (`cancelled`).
 * Contains nothing of the HTTP client's own error, which has the request's headers.
 */
export class NoAnswer extends Error {
  constructor(
    readonly kind: "unsent" | "unanswered" | "oversized" | "untrusted" | "cancelled",
    readonly code: string,
  ) {
    super(code);
    this.name = "NoAnswer";
  }
}

export type Send = (request: HttpRequest, signal?: AbortSignal) => Promise<HttpAnswer>;

const requestTimeout = 30_000;
const connectTimeout = 10_000;

/** 1,000 targets with the longest names and endpoints are about 7 MB. */
const mostBytes = 32 * 1024 * 1024;

const unsentCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ERR_PROXY_TUNNEL", // the proxy refused CONNECT
]);
const unsentPhases = new Set(["lookup", "connect", "secureConnect"]);
const untrustedCode = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS|ERR_SSL|EPROTO/;

/** Connections to one instance. This is the only file that knows the HTTP library. */
export function connect(instance: Instance, timeout = requestTimeout): Send {
  if (instance.proxy !== undefined && !nodeSpeaksToProxies()) {
    throw new ZitadelError(
      "settings",
      `HTTPS_PROXY is set, but Node ${process.versions.node} cannot use it: run Pulumi with Node 22.21, 24.5 or later`,
    );
  }
  const { proxy, certificateAuthority } = instance;
  const options = { keepAlive: true, maxSockets: 32, ...(proxy && { proxyEnv: { ...proxy } }) };
  const agent = { http: new HttpAgent(options), https: new HttpsAgent(options) };
  const trusted = certificateAuthority && { certificateAuthority: [...trustedAnyway(), certificateAuthority] };

  return async (request, signal) => {
    const { default: got, RequestError, TimeoutError } = await esm(() => import("got"), "got");
    const tooLarge = new AbortController();
    // The HTTP library's own timeout does not end a request that waits for a proxy to answer CONNECT.
    const tooLate = new AbortController();
    const timer = setTimeout(() => tooLate.abort(), timeout);
    const stops = [tooLarge.signal, tooLate.signal];
    const pending = got(`${instance.origin}${request.path}`, {
      method: request.method,
      headers: { accept: "application/json", ...instance.headers, ...request.headers },
      ...(request.body !== undefined && { body: request.body }),
      agent,
      ...(trusted && { https: trusted }),
      decompress: false,
      followRedirect: false,
      responseType: "buffer",
      retry: { limit: 0 },
      signal: AbortSignal.any(signal === undefined ? stops : [signal, ...stops]),
      throwHttpErrors: false,
      timeout: { connect: connectTimeout, secureConnect: connectTimeout },
    });
    // `total` is the size that the answer announces, before any of it is read.
    void pending.on("downloadProgress", ({ transferred, total = 0 }) => {
      if (Math.max(transferred, total) > mostBytes) tooLarge.abort();
    });
    try {
      const { statusCode, headers, body } = await pending;
      // Decompress nothing, whatever the headers say: the request did not accept compressed answers.
      return { status: statusCode, headers: headers as HttpAnswer["headers"], body: Buffer.from(body).toString() };
    } catch (error) {
      if (signal?.aborted === true) throw new NoAnswer("cancelled", "ABORTED");
      if (tooLarge.signal.aborted) throw new NoAnswer("oversized", "ANSWER_TOO_LARGE");
      if (tooLate.signal.aborted) throw new NoAnswer("unanswered", "ETIMEDOUT");
      if (!(error instanceof RequestError)) throw error;
      const { code } = error;
      const early = error instanceof TimeoutError && unsentPhases.has(error.event);
      if (early || unsentCodes.has(code)) throw new NoAnswer("unsent", code);
      throw new NoAnswer(untrustedCode.test(code) ? "untrusted" : "unanswered", code);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Node's agents have `proxyEnv` since these versions; older ones would silently bypass the proxy. */
function nodeSpeaksToProxies(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}

/** The certificates that Node trusts by default, including NODE_EXTRA_CA_CERTS if this version of Node can list those. */
function trustedAnyway(): readonly string[] {
  const { getCACertificates } = tls as Partial<typeof tls>;
  return getCACertificates?.("default") ?? tls.rootCertificates;
}
