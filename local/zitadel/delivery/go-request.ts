import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { GoError, goText, hostOf } from "./go-errors";

interface RequestOptions extends https.RequestOptions {
  body?: string;
}

/** Sends a request. Resolves when the headers of its answer have arrived. */
export function request(url: URL, { body, ...options }: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? https.request : http.request;
    const { protocol, port, pathname, search } = url;
    const sent = send({ protocol, hostname: hostOf(url), port, path: `${pathname}${search}`, ...options });
    // Go sends no `Connection` header, and keeps the connection open.
    sent.removeHeader("connection");
    sent.once("response", resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Reads the whole body of an answer. */
export async function textOf(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const isZipped = response.headers["content-encoding"]?.toLowerCase() === "gzip";
    return (isZipped ? await promisify(gunzip)(body) : body).toString("utf8");
  } catch (error) {
    throw new GoError(goText(error, signal));
  }
}
