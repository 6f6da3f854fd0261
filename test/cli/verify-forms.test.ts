import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Folder, openFolder, result, verify } from "../support/verify";
import { lambdaWebhook } from "../../webhook";
import { event, headersOf, key, options, recording } from "../support/webhook";

// The forms in which a delivery can be recorded. Each is read byte for byte, and anything else is reported as an error.

let folder: Folder;
beforeEach(async () => {
  folder = await openFolder();
});
afterEach(() => folder.remove());

const genuine = recording("request-json");
const env = { ZITADEL_SIGNING_KEY: genuine.target.signingKey };
const path = join(__dirname, "..", "data", "deliveries", "request-json.json");
const lines = Object.entries(genuine.headers).map(([name, value]) => `${name}: ${value}`);
const signature = `ZITADEL-Signature: ${genuine.headers["Zitadel-Signature"] ?? ""}`;

/** In base64, with line breaks as MIME writes them. */
const inLines = (body: string) => btoa(body).replace(/.{76}/g, "$&\r\n");

test.each(["event-json", "request-json"])("the recording %s as it is, as of when it came", async (name) => {
  const { target, receivedAtUnix } = recording(name);
  const file = join(__dirname, "..", "data", "deliveries", `${name}.json`);
  const said = await result([file], { env: { ZITADEL_SIGNING_KEY: target.signingKey } });
  expect(said).toMatchObject({ verified: true, kind: name.replace("-json", ""), payloadType: "PAYLOAD_TYPE_JSON" });
  expect(said).toMatchObject({ signedAt: new Date(receivedAtUnix * 1_000).toISOString(), form: "JSON" });
  expect(said).not.toHaveProperty("payload");
});

test.each([
  [
    "headers in lists, as Node and gateways have them",
    { headers: { "zitadel-signature": [genuine.headers["Zitadel-Signature"]] } },
  ],
  ["headers in pairs, with a number among them", { headers: [["Content-Length", 333], signature.split(": ")] }],
  [
    "multiValueHeaders alone, as AWS load balancers have them",
    { headers: undefined, multiValueHeaders: { "zitadel-signature": [genuine.headers["Zitadel-Signature"]] } },
  ],
  [
    "multiValueHeaders beside headers, as AWS API Gateway has them",
    { multiValueHeaders: Object.fromEntries(Object.entries(genuine.headers).map(([name, value]) => [name, [value]])) },
  ],
  ["multiValueHeaders that are null", { multiValueHeaders: null }],
  ["its body in base64", { body: Buffer.from(genuine.body).toString("base64"), isBase64Encoded: true }],
  ["its body in base64, in lines", { body: inLines(genuine.body), isBase64Encoded: true }],
  ["more than is looked at", { privateKey: 1, target: { signingKey: "not this one" } }],
])("JSON with %s", async (_, changed) => {
  const file = await folder.file("d.json", `\uFEFF  ${JSON.stringify({ ...genuine, ...changed })}`);
  expect((await result([file], { env })).verified).toBe(true);
});

test.each([
  [[`Content-Length: ${Buffer.byteLength(genuine.body)}`], undefined],
  [["Transfer-Encoding: chunked"], undefined],
  [["content-length: 10"], "Its Content-Length is not that of its body, which has"],
  [[`Content-Length: ${Buffer.byteLength(genuine.body)}`, "Content-Length: 1"], "Its Content-Length is not that of"],
  [
    [`Content-Length: ${Buffer.byteLength(genuine.body)}`, "Transfer-Encoding: chunked"],
    "It has both Content-Length and Transfer-Encoding: chunked.",
  ],
])("an HTTP request with %j, which a server may reject, is verified with a note", async (added, note) => {
  const file = await folder.file("request", ["POST / HTTP/1.1", ...added, signature, "", genuine.body].join("\r\n"));
  const { verified, notes } = await result([file, "--ignore-age"], { env });
  expect([verified, notes]).toEqual([true, note === undefined ? [] : [expect.stringContaining(note)]]);
});

/** What Node's own decoder reads as the body, although it is not base64. */
const notBase64: [what: string, text: string][] = [
  ["base64url", Buffer.from(`{"event_type":"a","event_payload":{"a":"???>>>"}}`).toString("base64url")],
  ["with something before it", `!${btoa(genuine.body)}`],
  ["with something inside it", btoa(genuine.body).replace(/^.{40}/, "$&-.-")],
  ["with something after it", `${btoa(genuine.body)}==\0`],
];

test.each(notBase64)("a body that is not base64 is rejected, as `lambdaWebhook` rejects it: %s", async (_, text) => {
  const body = Buffer.from(text, "base64");
  const signed = { headers: headersOf(body, key), body: text, isBase64Encoded: true };
  const event = { headers: signed.headers, body: text, isBase64Encoded: true };
  expect(await lambdaWebhook({ ...options, onRefused: () => undefined }, () => undefined)(event, {})).toMatchObject({
    statusCode: 400,
    body: '{"error":"body_unreadable"}',
  });
  const postData = { text, encoding: "base64" };
  const pairs = Object.entries(signed.headers).map(([name, value]) => ({ name, value }));
  const other = { request: { headers: [{ name: "a", value: "b" }], postData } };
  const har = { log: { entries: [other, { request: { headers: pairs, postData } }] } };
  for (const [content, member] of [
    [signed, "isBase64Encoded"],
    [har, "encoding"],
  ] as const) {
    const file = await folder.file("d.json", JSON.stringify(content));
    const { code, stdout, stderr } = await verify([file, "--ignore-age"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`Reading ${file} failed: its body is not base64, although its \`${member}\` says so.`);
  }
});

test("another request of a HAR file may have anything in its body", async () => {
  const headers = Object.entries(genuine.headers).map(([name, value]) => ({ name, value }));
  const other = { request: { headers: [], postData: { text: "-", encoding: "base64" } } };
  const entries = [other, { request: { headers, postData: { text: btoa(genuine.body), encoding: "base64" } } }];
  const file = await folder.file("d.har", JSON.stringify({ log: { entries } }));
  expect((await result([file, "--ignore-age"], { env })).verified).toBe(true);
});

test.each([
  ["receivedAtUnix", 1_795_309_247_000, "a number of seconds since 1970. Divide milliseconds by 1000"],
  ["receivedAtUnix", "2026-11-22T01:00:47Z", "a number of seconds since 1970"],
  ["receivedAtUnix", "1795309247", "a number of seconds since 1970"],
  ["receivedAtUnix", -1, "a number of seconds since 1970"],
  ["receivedAtUnix", 1e30, "a number of seconds since 1970"],
  ["isBase64Encoded", "true", "true or false"],
  ["headers", { "Zitadel-Signature": { value: "t=1" } }, "an object or a list of pairs, with strings as values"],
  ["headers", "Zitadel-Signature: t=1", "an object or a list of pairs, with strings as values"],
  ["multiValueHeaders", { "Zitadel-Signature": [{}] }, "an object with lists of strings"],
])("JSON whose %s is %j: the message names it", async (member, value, what) => {
  const file = await folder.file("d.json", JSON.stringify({ ...genuine, [member]: value }));
  const { code, stderr } = await verify([file], { env });
  expect(code).toBe(1);
  expect(stderr).toContain(`Reading ${file} failed: its \`${member}\` must be ${what}`);
});

test("long runs of line breaks and spaces take no time", async () => {
  const runs = ["\n".repeat(300_000), " ".repeat(300_000), "\\n".repeat(300_000)];
  for (const run of runs) {
    const text = `POST / HTTP/1.1\r\nX: a${run.replaceAll("\n", "\t")}b\r\nZitadel-Signature: ${genuine.headers["Zitadel-Signature"] ?? ""}\r\n\r\n{${run}}`;
    const file = await folder.file("d", text);
    const { code } = await verify([file, "--ignore-age"], { env: { ZITADEL_SIGNING_KEY: `a${run}b` } });
    expect(code).toBe(3);
  }
});

test("multiValueHeaders show a header that arrived twice, of which headers has only the last", async () => {
  const twice = [genuine.headers["Zitadel-Signature"], genuine.headers["Zitadel-Signature"]];
  const file = await folder.file(
    "d.json",
    JSON.stringify({ ...genuine, multiValueHeaders: { "Zitadel-Signature": twice } }),
  );
  expect(await result([file], { env })).toMatchObject({ verified: false, code: "header_doubled" });
});

describe("exports of other tools", () => {
  const arrived = new Date(genuine.receivedAtUnix * 1_000).toISOString();

  /** An entry of a HAR file. */
  const harEntry = (body: string, headers: Readonly<Record<string, string>>, more: object = {}) => ({
    startedDateTime: arrived,
    time: 12,
    request: {
      method: "POST",
      url: "https://example.com/zitadel",
      httpVersion: "HTTP/1.1",
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      queryString: [],
      cookies: [],
      headersSize: -1,
      bodySize: body.length,
      postData: { mimeType: "application/json", text: body, ...more },
    },
    response: { status: 200, content: { size: 0, text: "an answer" } },
  });
  const har = (...entries: object[]) => ({ log: { version: "1.2", creator: { name: "a proxy" }, entries } });

  /** A request as webhook.site's API shows it. */
  const siteRequest = (content: string | null, headers: Readonly<Record<string, string>>) => ({
    uuid: "70174177-a447-4dd5-a569-ddd26b7e90ec",
    type: "web",
    method: "POST",
    content,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]])),
    url: "https://webhook.site/00000000-0000-0000-0000-000000000000",
    created_at: arrived.replace("T", " ").replace(/\.\d+Z$/, ""),
  });

  const another = harEntry("a=1", { "Content-Type": "application/x-www-form-urlencoded" });
  const entry = harEntry(genuine.body, genuine.headers);
  const request = siteRequest(genuine.body, genuine.headers);

  test.each<[what: string, form: string, from: string, content: unknown]>([
    ["a HAR file", "a HAR file", "startedDateTime", har(entry)],
    ["a HAR file with other requests", "a HAR file", "startedDateTime", har(another, entry, another)],
    [
      "a HAR file with its body in base64",
      "a HAR file",
      "startedDateTime",
      har(harEntry(btoa(genuine.body), genuine.headers, { encoding: "base64" })),
    ],
    ["one request of webhook.site", "a webhook.site export", "created_at", request],
    ["a list of webhook.site", "a webhook.site export", "created_at", [request]],
    [
      "a page of webhook.site",
      "a webhook.site export",
      "created_at",
      { data: [siteRequest(null, { "user-agent": "a" }), request], total: 2, per_page: 50, is_last_page: true },
    ],
  ])("%s, as of when it came", async (_, form, from, content) => {
    const file = await folder.file("export.json", JSON.stringify(content));
    const said = await result([file], { env });
    expect(said).toMatchObject({ verified: true, form, kind: "request" });
    const age = said.checks.find(({ check }) => check === "age");
    expect(age?.detail).toBe(`signed 2026-11-22T01:00:47Z, checked at 2026-11-22T01:00:47Z (${from})`);
  });

  test("of several deliveries, --entry chooses one", async () => {
    const changed = harEntry(`${genuine.body} `, genuine.headers);
    const file = await folder.file("two.har", JSON.stringify(har(entry, another, changed)));
    expect(await result([file, "--entry", "1"], { env })).toMatchObject({ verified: true });
    expect(await result([file, "--entry", "2"], { env })).toMatchObject({ code: "signature_mismatch" });
    for (const [args, said] of [
      [[], "it contains 2 deliveries. Choose one with --entry, from 1 to 2."],
      [["--entry", "3"], "it contains 2 deliveries. Choose one with --entry, from 1 to 2."],
    ] as const)
      expect(await verify([file, ...args], { env })).toEqual({
        code: 1,
        stdout: "",
        stderr: `Reading ${file} failed: ${said}\n`,
      });
    const { code, stderr } = await verify([file, "--entry", "0"], { env });
    expect(code).toBe(2);
    expect(stderr).toContain("--entry takes a number, from 1.");
  });

  test("a delivery without its header is still found, if it is the only request", async () => {
    const renamed = { "X-Signature": genuine.headers["Zitadel-Signature"] ?? "" };
    const file = await folder.file("renamed.har", JSON.stringify(har(harEntry(genuine.body, renamed))));
    const said = await result([file], { env });
    expect(said).toMatchObject({ code: "header_missing", explanation: { isProven: true } });
    expect(said.explanation?.what).toContain('The signature is in the header "X-Signature"');
  });

  test.each([
    ["no request", har(), [], "it contains no request."],
    [
      "several requests without a signature",
      har(another, another),
      [],
      "it contains 2 requests. Choose one with --entry",
    ],
    ["a recording of one delivery", genuine, ["--entry", "2"], "it contains 1 delivery. Choose one with --entry"],
  ])("%s is an error", async (_, content, args, said) => {
    const file = await folder.file("export.json", JSON.stringify(content));
    const { code, stderr } = await verify([file, ...args], { env });
    expect(code).toBe(1);
    expect(stderr).toContain(`Reading ${file} failed: ${said}`);
  });
});

test.each([
  ["CRLF in its head", ["POST /hook HTTP/1.1", ...lines], "\r\n"],
  ["LF in its head", ["POST /hook HTTP/1.1", ...lines], "\n"],
  ["no first line", lines, "\r\n"],
  ["the head of HTTP/2", [":method: POST", ":path: /hook", ...lines.map((line) => line.toLowerCase())], "\n"],
])("an HTTP request with %s", async (_, head, end) => {
  const file = await folder.file("request", [...head, "", ""].join(end) + genuine.body);
  const said = await result([file, "--ignore-age"], { env });
  expect(said).toMatchObject({ verified: true, form: "an HTTP request" });
});

test("the body of an HTTP request is what stands behind the first blank line, with every byte", async () => {
  const body = Buffer.from(`\r\n${JSON.stringify(event)}\n\n`);
  const head = Object.entries(headersOf(body)).map(([name, value]) => `${name}:${value}\n`);
  const file = await folder.file("request", Buffer.concat([Buffer.from(`${head.join("")}\n`), body]));
  expect(await result([file, "--ignore-age"])).toMatchObject({ verified: true });
});

test("a body with its headers beside it", async () => {
  const file = await folder.file("body", genuine.body);
  const given = ["--header", signature, "--header", "Content-Type: application/json", "--ignore-age"];
  expect(await result([file, ...given], { env })).toMatchObject({ verified: true, form: "a body" });
});

test("standard input, for the delivery or for the key", async () => {
  expect(await result(["-"], { env, input: readFileSync(path) })).toMatchObject({ verified: true });
  const piped = { env: { ZITADEL_SIGNING_KEY: "" }, input: `${genuine.target.signingKey}\n` };
  expect(await result([path, "--key-file", "-"], piped)).toMatchObject({ verified: true });
});

test("a key that the recording brings along proves nothing", async () => {
  expect(await result([path])).toMatchObject({ verified: false, code: "signature_mismatch" });
});

describe("what cannot be read is an error, without a part of it", () => {
  test.each([
    ["nothing", "", "it is empty."],
    ["JSON that breaks off", '{"headers": "secret-of-mine"', "it begins like JSON, but is not valid JSON."],
    ["a body alone", '{"secret-of-mine": 1}', "it is JSON without `headers` and `body`. If it is only the body, give"],
    ["JSON without a body", '{"headers": {}}', "it is JSON without `headers` and `body`."],
    [
      "headers of another form",
      '{"headers": "a: b", "body": ""}',
      "its `headers` must be an object or a list of pairs",
    ],
    ["a word", "secret-of-mine", "it is neither JSON with `headers` and `body` nor an HTTP request."],
    ["an answer", "HTTP/1.1 200 OK\nA: b\n\nsecret-of-mine", "it is neither JSON with"],
    ["a head that never ends", "POST / HTTP/1.1\nA: b\n", "it has no blank line after its headers, and so no body."],
    ["a head with something else in it", "A: b\nsecret-of-mine\n\nx", "a line of its head is not a header."],
    ["chunks", "Transfer-Encoding: chunked\n\n14d\r\n{}", "its body is still in chunks (Transfer-Encoding: chunked)."],
  ])("%s", async (_, content, said) => {
    const file = await folder.file("x", content);
    const { code, stdout, stderr } = await verify([file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`Reading ${file} failed: ${said}`);
    expect(stderr).not.toContain("secret-of-mine");
  });

  test("a file that is not there", async () => {
    const { code, stderr } = await verify(["no/such/file"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "Reading no/such/file failed: it cannot be read (ENOENT).\n",
    });
  });

  test("deep JSON is only what it is", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const body = `{"event_type":"a","event_payload":{"a":${deep}}}`;
    const [right, wrong] = [headersOf(body, key), headersOf(body, "another")];
    const file = (headers: object, given: unknown) =>
      folder.file("deep.json", JSON.stringify({ headers, body: given }));
    const shown = await result([await file(right, body), "--ignore-age", "--show-payload"]);
    expect(shown).toMatchObject({ verified: true, notes: ["The payload is nested too deep to be printed."] });
    expect(shown).not.toHaveProperty("payload");
    expect(await result([await file(wrong, body), "--ignore-age"])).toMatchObject({ code: "signature_mismatch" });
    const parsed = await folder.file("parsed.json", `{"headers":{},"body":${deep}}`);
    expect((await verify([parsed])).stderr).toBe(`Reading ${parsed} failed: its body is nested too deep.\n`);
  });

  test("chunks that are put together already are taken", async () => {
    const body = JSON.stringify(event);
    const file = await folder.file("x", `Transfer-Encoding: chunked\n${signatureLine(body)}\n\n${body}`);
    expect(await result([file, "--ignore-age"])).toMatchObject({ verified: true });
  });
});

function signatureLine(body: string): string {
  return `ZITADEL-Signature: ${headersOf(body, key)["Zitadel-Signature"]}`;
}
