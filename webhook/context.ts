import { type HeadersLike, recordOf } from "./header.ts";

/** The request that a delivery came in: for handlers, for hooks, and for `signingKey` as a function. */
export interface RequestContext<Framework = unknown> {
  /** The headers, by their names in lower case. Values that were sent more than once are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The URL as the framework has it: all of it in a `Request`, path and query in Node; `undefined` for {@link verifyRaw}. */
  readonly url: string | undefined;
  /** What the framework gives to its own handlers: see each adapter. */
  readonly framework: Framework;
}

/** The context of a request. Its headers are copied only if something reads them. */
export function contextOf<Framework>(
  given: HeadersLike,
  url: string | undefined,
  framework: Framework,
): RequestContext<Framework> {
  let headers: Readonly<Record<string, string>> | undefined;
  return {
    get headers() {
      headers ??= recordOf(given);
      return headers;
    },
    url,
    framework,
  };
}
