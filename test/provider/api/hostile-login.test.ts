import { Client } from "../../../provider/core/client";
import { act, type Hostile, hostile, pour } from "../../support/hostile";
import { failure, fakeClock, instanceFor } from "../../support/provider";
import { jsonValues } from "../../support/valid";

// A token endpoint that does not behave like one.

const clientSecret = "the-client-secret";
const credential = { kind: "clientCredentials", source: "environment", clientId: "boss", clientSecret } as const;

let server: Hostile | undefined;
afterEach(() => server?.close());

const list = (url: string) =>
  act("list targets")(new Client(instanceFor({ url, accessToken: "" }, { credential }), { clock: fakeClock() }));

/** Answers log-ins with the body, and all else with an empty list. */
async function answering(body: string, status = 200): Promise<Hostile> {
  return (server = await hostile((response) => {
    const isLogin = response.req.url === "/oauth/v2/token";
    response.writeHead(isLogin ? status : 200).end(isLogin ? body : '{"pagination": {}}');
  }));
}

test("that sends without end is cut off, and asked once more at most", async () => {
  server = await hostile((response, counted) => pour(response, counted, Buffer.alloc(1024 * 1024, " ")));
  const error = await failure(list(server.url), clientSecret);
  expect(error).toMatchObject({ code: "unreachable", operation: "log in", cause: { code: "ANSWER_TOO_LARGE" } });
  expect(server.requests).toBe(2);
  expect(server.bytes).toBeLessThan(2 * 44 * 1024 * 1024);
});

test.each([
  ...jsonValues.map((value) => JSON.stringify({ access_token: value === "x" ? "" : value, expires_in: 100 })),
  ...["a b", "a\nb", "é", "x".repeat(10_000)].map((token) => JSON.stringify({ access_token: token })),
  `{"access_token": ${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
  "null",
  "[]",
  '{"access_token": "x"}garbage',
])("a token that is invalid, %#", async (body) => {
  const { url } = await answering(body);
  const error = await failure(list(url), clientSecret);
  expect(error).toMatchObject({ code: "unexpected_answer", operation: "log in" });
  expect(error.message).toMatch(/^[^\p{Cc}]{1,600}$/u);
  expect(server?.requests).toBe(1);
});

test.each([...jsonValues, 0, -1, 1e308, "3600"])(
  "a life of %p: the token is used, and no more is asked for",
  async (life) => {
    const { url } = await answering(JSON.stringify({ access_token: "short", expires_in: life }));
    expect(await list(url)).toEqual([]);
    expect(server?.requests).toBe(2);
  },
);

test.each([...jsonValues, `a\n${"x".repeat(50_000)}`, `it was ${clientSecret}`])(
  "a refusal in nasty words, %#",
  async (words) => {
    for (const body of [{ error: words }, { error: "invalid_client", error_description: words }]) {
      const refusing = await answering(JSON.stringify(body), 400);
      const error = await failure(list(refusing.url), clientSecret);
      expect(["unauthenticated", "unexpected_answer"]).toContain(error.code);
      expect(error.message).toMatch(/^[^\p{Cc}]{1,900}$/u);
      refusing.close();
    }
  },
);
