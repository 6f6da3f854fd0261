/** An answer to one request. */
export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** Sends one request; the body is JSON, or text that is sent as it is. */
export async function send(
  server: { baseUrl: string; accessToken?: string },
  request: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = "", path = ""] = request.split(" ");
  const authorization = server.accessToken === undefined ? {} : { authorization: `Bearer ${server.accessToken}` };
  const response = await fetch(server.baseUrl + path, {
    method,
    headers: { "content-type": "application/json", ...authorization, ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    redirect: "manual",
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
