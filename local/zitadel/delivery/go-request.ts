import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { promisify } from "node:util";
import { type Gunzip, gunzip, type ZlibOptions } from "node:zlib";
import { decodeUtf8 } from "../text";
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
    sent.once("response", (response) => {
      // Without a length, the body would end where the connection breaks.
      sent.on("error", (error) => response.destroy(error));
      const coding = response.headers["transfer-encoding"] ?? "chunked";
      if (isHttp10(response) || coding.toLowerCase() === "chunked") resolve(response);
      else
        sent.destroy(
          new GoError(`net/http: HTTP/1.x transport connection broken: unsupported transfer encoding: "${coding}"`),
        );
    });
    // Go takes 101 for the final answer. Without a listener, Node closes the connection and says nothing.
    sent.once("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response);
    });
    sent.on("error", reject);
    sent.once("close", () => reject(new GoError("EOF", "ECONNRESET")));
    sent.end(body);
  });
}

/** The longest answer that is read, in bytes, also when it is unzipped. ZITADEL has no limit, but this process must not end. */
const longestAnswer = 10 * 1_048_576;

/** Reads the whole body of an answer. The error for one that is too long has the code `tooLarge`. */
export async function textOf(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > longestAnswer) throw tooLarge();
      chunks.push(chunk);
    }
    signal.throwIfAborted();
    const body = asSent(response, Buffer.concat(chunks));
    // To Go, nothing is zero files of gzip.
    // Of several headers, Go reads the first one.
    const [coding] = response.headersDistinct["content-encoding"] ?? [];
    const isZipped = body.length > 0 && coding?.toLowerCase() === "gzip";
    return decodeUtf8(isZipped ? await unzipped(body) : body);
  } catch (error) {
    throw error instanceof GoError ? error : new GoError(goText(error, signal));
  }
}

/** Go ignores Transfer-Encoding in HTTP/1.0 and leaves the chunks in the body. Node decodes them, so this puts all of it into one. */
function asSent(response: IncomingMessage, body: Buffer): Buffer {
  const isChunked = /(?:^|[\s,])chunked$/i.test(response.headers["transfer-encoding"] ?? "");
  if (!isHttp10(response) || !isChunked) return body;
  const end = "0\r\n\r\n";
  if (body.length === 0) return Buffer.from(end);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from(`\r\n${end}`)]);
}

function isHttp10({ httpVersion }: IncomingMessage): boolean {
  return httpVersion === "1.0";
}

async function unzipped(body: Buffer): Promise<Buffer> {
  try {
    const options = { maxOutputLength: longestAnswer, info: true };
    const unzipped: unknown = await promisify<Buffer, ZlibOptions, Buffer>(gunzip)(body, options);
    const { buffer, engine } = unzipped as { buffer: Buffer; engine: Gunzip };
    // Node skips zeros after the last file of gzip, where Go reads the header of another one, of ten bytes.
    const rest = body.length - engine.bytesWritten;
    if (rest > 0) throw new GoError(rest < 10 ? "unexpected EOF" : "gzip: invalid header");
    return buffer;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? tooLarge() : error;
  }
}

function tooLarge(): GoError {
  return new GoError(`the answer has more than ${longestAnswer} bytes`, "tooLarge");
}
