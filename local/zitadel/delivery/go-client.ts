import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { EndpointPolicy } from "../endpoint";
import { checkedLookup, refuseDenied, refuseDeniedRedirect } from "./go-dial";
import { GoError, goText, parseUrl, urlError } from "./go-errors";
import { headersOf, nextHop, REDIRECTS, type Hop, type Letter } from "./go-hop";
import { request, textOf } from "./go-request";

/** A receiver's final answer, after redirects. */
export interface Reply {
  status: number;
  body: string;
}

/** ZITADEL's `HTTPClient.MaxRedirects`, which also counts the first request. */
const MAX_REQUESTS = 5;

/**
 * Sends a POST as Go's HTTP client does with ZITADEL's settings, with the same headers. Throws {@link GoError}s.
 */
export class GoClient {
  private readonly agents = {
    "http:": new http.Agent({ keepAlive: true }),
    "https:": new https.Agent({ keepAlive: true }),
  };
  private readonly underWay = new Set<AbortController>();
  private stopped = false;

  /** A POST takes at most `limit` milliseconds, even if its own timeout is longer. */
  constructor(
    private readonly endpoints: EndpointPolicy,
    private readonly limit: number,
  ) {}

  async post(endpoint: string, letter: Letter): Promise<Reply> {
    if (this.stopped) throw new GoError("context canceled");
    const abort = new AbortController();
    const limited = this.limit < letter.timeout;
    const timer = setTimeout(() => abort.abort(limited ? "limit" : "timeout"), limited ? this.limit : letter.timeout);
    this.underWay.add(abort);
    try {
      const response = await this.follow({ method: "POST", ...parseUrl(endpoint) }, letter, abort.signal);
      return { status: response.statusCode ?? 0, body: await textOf(response, abort.signal) };
    } finally {
      clearTimeout(timer);
      this.underWay.delete(abort);
    }
  }

  /** Stops requests in progress, and closes every connection. */
  stop(): void {
    this.stopped = true;
    for (const abort of this.underWay) abort.abort("stopped");
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  private async follow(first: Hop, letter: Letter, signal: AbortSignal): Promise<IncomingMessage> {
    const passed: IncomingMessage[] = [];
    try {
      let hop = first;
      for (;;) {
        const response = await this.send(hop, letter, signal);
        const { location = "" } = response.headers;
        if (!REDIRECTS.includes(response.statusCode ?? 0) || location === "") return response;
        passed.push(response.resume());
        hop = await this.redirected(hop, response.statusCode ?? 0, location, passed.length);
      }
    } finally {
      // The body of a redirect is not read. If it is endless, it must not keep its connection open.
      for (const response of passed) if (!response.complete) response.destroy();
    }
  }

  private async redirected(hop: Hop, status: number, location: string, requests: number): Promise<Hop> {
    const next = nextHop(hop, status, location);
    if (requests >= MAX_REQUESTS) throw urlError(location, "stopped after too many redirects");
    if (hop.url.protocol === "https:" && next.url.protocol !== "https:") {
      throw urlError(location, "redirect downgrade from https to http is not allowed");
    }
    await refuseDeniedRedirect(this.endpoints, next.url, location);
    return next;
  }

  private async send(hop: Hop, letter: Letter, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, method, name } = hop;
    try {
      if (url.protocol !== "http:" && url.protocol !== "https:") throw new GoError("unsupported protocol scheme");
      refuseDenied(this.endpoints, url);
      return await request(url, {
        method,
        agent: this.agents[url.protocol],
        headers: headersOf(hop, letter),
        lookup: checkedLookup(this.endpoints, url),
        signal,
        ...(method === "POST" ? { body: letter.body } : {}),
      });
    } catch (error) {
      throw urlError(name, goText(error, signal));
    }
  }
}
