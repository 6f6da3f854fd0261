import { urlError, withoutPassword } from "./go-errors";

/** The request to send, without the headers that every request has. */
export interface Letter {
  headers: Record<string, string>;
  body: string;
  /** The timeout for everything, in milliseconds: connecting, redirects and the whole answer. */
  timeout: number;
}

/** One request of a POST. If there are redirects, there are several. */
export interface Hop {
  method: "POST" | "GET";
  url: URL;
  /** The URL, in its form in errors. */
  name: string;
  referer?: string | undefined;
}

const KEEPS_METHOD = [307, 308];

/** The statuses of redirects. */
export const REDIRECTS: readonly number[] = [301, 302, 303, ...KEEPS_METHOD];

/** Returns the headers in the order in which Go writes them. */
export function headersOf({ method, url, referer }: Hop, { headers, body }: Letter): Record<string, string> {
  const posting = method === "POST";
  const own: Record<string, string> = { ...headers };
  if (!posting) delete own["Content-Type"];
  if (referer !== undefined) own["Referer"] = referer;
  if (url.username !== "" || url.password !== "") own["Authorization"] = `Basic ${credentialsOf(url)}`;
  const sorted = Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    Host: url.host,
    "User-Agent": "Go-http-client/1.1",
    ...(posting ? { "Content-Length": String(Buffer.byteLength(body)) } : {}),
    ...sorted,
    "Accept-Encoding": "gzip",
  };
}

function credentialsOf({ username, password }: URL): string {
  return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
}

/** Returns the next request of a redirect: with the same method and body if the status keeps them, otherwise a GET without a body. */
export function nextHop({ method, url, name }: Hop, status: number, location: string): Hop {
  if (!URL.canParse(location, url.href)) throw urlError(name, "failed to parse Location header");
  const target = new URL(location, url);
  const leavesTls = url.protocol === "https:" && target.protocol === "http:";
  return {
    method: KEEPS_METHOD.includes(status) ? method : "GET",
    url: target,
    name: withoutPassword(target.href),
    referer: leavesTls ? undefined : refererOf(url),
  };
}

function refererOf(url: URL): string {
  const referer = new URL(url.href);
  referer.username = "";
  referer.password = "";
  return referer.href;
}
