import { z } from "zod";
import type { Received } from "./request";

// Recordings of several requests, as other tools export them.

interface Export {
  readonly form: "a HAR file" | "a webhook.site export";
  readonly requests: readonly Received[];
}

const har = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        startedDateTime: z.string().optional(),
        request: z.object({
          headers: z.array(z.object({ name: z.string(), value: z.string() })),
          postData: z.object({ text: z.string().default(""), encoding: z.string().optional() }).optional(),
        }),
      }),
    ),
  }),
});

const webhookSiteRequest = z.object({
  uuid: z.string(),
  headers: z.record(z.string(), z.array(z.string())).nullish(),
  content: z.string().nullish(),
  created_at: z.string().optional(),
});
const webhookSite = z.union([
  z.object({ data: z.array(webhookSiteRequest) }).transform(({ data }) => data),
  z.array(webhookSiteRequest),
  webhookSiteRequest.transform((request) => [request]),
]);

/** The requests in an export; `undefined` for anything else. */
export function exported(json: unknown): Export | undefined {
  const asHar = har.safeParse(json);
  if (asHar.success) return { form: "a HAR file", requests: asHar.data.log.entries.map(fromHar) };
  const asSite = webhookSite.safeParse(json);
  return asSite.success ? { form: "a webhook.site export", requests: asSite.data.map(fromSite) } : undefined;
}

function fromHar({ startedDateTime, request }: z.infer<typeof har>["log"]["entries"][number]): Received {
  const { text = "", encoding } = request.postData ?? {};
  return {
    headers: request.headers.map(({ name, value }) => [name, value]),
    // HAR 1.2 has only text; newer writers say which bodies are in base64.
    body: encoding === "base64" ? Buffer.from(text, "base64") : text,
    receivedAt: receivedAt("startedDateTime", startedDateTime),
  };
}

function fromSite({ headers, content, created_at }: z.infer<typeof webhookSiteRequest>): Received {
  return {
    headers: Object.entries(headers ?? {}).flatMap(([name, values]) => values.map((value) => [name, value] as const)),
    body: content ?? "",
    // In UTC, without saying so: 2026-11-22 01:00:47.
    receivedAt: receivedAt("created_at", created_at?.replace(/^(\S+) (\S+)$/, "$1T$2Z")),
  };
}

function receivedAt(from: string, text: string | undefined): Received["receivedAt"] {
  const date = new Date(text ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : { date, from };
}
