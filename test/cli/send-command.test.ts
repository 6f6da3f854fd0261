import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import {
  appendClaims,
  expressWebhook,
  instanceKeys,
  type Handler,
  setUserMetadata,
  type VerifyOptions,
} from "../../webhook";
import { sampleRequest } from "../../webhook/testing";
import { type Around, built, cli } from "../support/cli";
import { rsa, spki } from "../support/pairs";
import {
  addTarget,
  answering,
  LIST_SESSIONS,
  receivers,
  silent,
  trigger,
  upgrading,
  writing,
} from "../support/receiver";
import { standIns } from "../support/replay";
import { type Folder, openFolder } from "../support/verify";
import { key, recording } from "../support/webhook";

// `send`: a receiver gets what ZITADEL would send, and the output says what ZITADEL does with the answer.

const openReceiver = receivers();
const startZitadel = standIns();

let folder: Folder;
beforeEach(async () => {
  folder = await openFolder();
});
afterEach(() => folder.remove());

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server on a free port; gives its URL. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A receiver with this package. */
function receiver(handler: Handler, options: VerifyOptions = { signingKey: key }): Promise<string> {
  const listener = expressWebhook(options, handler);
  return listen((request, response) => void listener(request, response));
}

async function freePort(): Promise<number> {
  const url = await listen(() => undefined);
  await closing.pop()?.();
  return Number(new URL(url).port);
}

/** The key with two of its characters as JSON may escape them. */
const escapedKey = key.replace("0", String.raw`\u0030`).replace("t", String.raw`\u0074`);

/** The same in base64. */
const escapedBase64 = btoa(key).replace(/[^a-y]/g, (one) => String.raw`\u00${one.charCodeAt(0).toString(16)}`);

interface Sent {
  readonly usable: boolean;
  readonly effects: readonly string[];
  readonly ignored: readonly string[];
  readonly todo?: string;
  readonly rejection?: { readonly status: number; readonly code: number; readonly message: string };
  readonly answer: { readonly status: number; readonly body: string };
  readonly notes: readonly string[];
}

function send(args: readonly string[], { env, ...around }: Around = {}) {
  return cli(["send", ...args], { env: { ZITADEL_SIGNING_KEY: key, ...env }, ...around });
}

/** The same with `--json`: gives what that says, once its exit code agrees with it. */
async function sent(args: readonly string[], around: Around = {}): Promise<Sent> {
  const { code, stdout, stderr } = await send([...args, "--json"], around);
  expect(stderr).toBe("");
  const said = JSON.parse(stdout) as Sent;
  expect(code).toBe(said.usable ? 0 : 3);
  return said;
}

const names = {
  request: "/zitadel.user.v2.UserService/AddHumanUser",
  response: "/zitadel.user.v2.UserService/GetUserByID",
  event: "user.human.added",
  function: "preaccesstoken",
};

test.each(Object.entries(names))("a receiver accepts the sample: %s", async (kind, name) => {
  const kinds: string[] = [];
  const url = await receiver((delivery) => void kinds.push(delivery.kind));
  const said = await sent([url, `--${kind}`, name]);
  expect(kinds).toEqual([kind]);
  expect(said).toMatchObject({ kind, name, payloadType: "PAYLOAD_TYPE_JSON", target: "restCall", usable: true });
  expect(said).toMatchObject({ answer: { status: 200, body: "" }, ignored: [] });
});

test.each(Object.entries(names))(
  "--show-payload prints the sample, which can be sent with --payload: %s",
  async (kind, name) => {
    const { url, received } = await openReceiver();
    const shown = await send([`--${kind}`, name, "--show-payload"], { env: { ZITADEL_SIGNING_KEY: "" } });
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    await sent([url, `--${kind}`, name]);
    await sent([url, "--payload", "-"], { input: shown.stdout });
    expect(received).toHaveLength(2);
    expect(received[1]?.body).toBe(received[0]?.body);
  },
);

test("--show-payload needs no URL, and one kind", async () => {
  expect(await send(["http://localhost:1", "--event", "user.human.added", "--show-payload"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--show-payload sends nothing: leave the URL out.") as string,
  });
  expect(await send(["--show-payload"])).toMatchObject({ code: 2 });
  expect(await send(["--show-payload", "--payload", "-"])).toMatchObject({ code: 2 });
});

test("the output for people: what was sent, the answer, and what ZITADEL does with it", async () => {
  const url = await receiver(() => ({ ...appendClaims({ team: "blue" }), ...setUserMetadata({ seen: "yes" }) }));
  const { code, stdout, stderr } = await send([`${url}/zitadel`, "--function", "preaccesstoken"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.replace(/after \d+ ms/, "after 5 ms").split("\n")).toEqual([
    expect.stringMatching(`^Sent the function preaccesstoken \\(JSON, 1\\d{3} bytes\\) to ${url}/zitadel$`),
    "",
    "Answer: 200 after 5 ms, with this body:",
    '  {"append_claims":[{"key":"team","value":"blue"}],"set_user_metadata":[{"key":"seen","value":"eWVz"}]}',
    "",
    "What ZITADEL does with it, if the target is a restCall:",
    '  - It adds the claim "team": "blue"',
    '  - It sets the user\'s metadata "seen" to "yes"',
    "",
    "ZITADEL can use the answer.",
    "",
  ]);
});

test("the request has the headers of a recorded delivery, in their order", async () => {
  const { url, received } = await openReceiver();
  await sent([url, "--event", "user.human.added"]);
  const [{ request, headers, body } = { request: "", headers: {}, body: "" }] = received;
  const recorded = recording("event-json").headers;
  expect(request).toBe("POST / HTTP/1.1");
  expect(Object.keys(headers)).toEqual(Object.keys(recorded));
  for (const name of ["User-Agent", "Content-Type", "Accept-Encoding"]) expect(headers[name]).toBe(recorded[name]);
  expect(headers["Content-Length"]).toBe(String(Buffer.byteLength(body)));
});

describe("JWT and JWE", () => {
  test("with --keys-port, a receiver gets the instance's keys from the command", async () => {
    const port = await freePort();
    const url = await receiver(() => undefined, {
      signingKey: key,
      instanceKeys: instanceKeys(`http://127.0.0.1:${port}`),
    });
    const args = [url, "--function", "preuserinfo", "--payload-type", "JWT", "--keys-port", String(port)];
    expect(await sent(args)).toMatchObject({ usable: true, payloadType: "PAYLOAD_TYPE_JWT" });
    await expect(fetch(`http://127.0.0.1:${port}/oauth/v2/keys`)).rejects.toThrow("fetch failed");
  });

  test("with given keys, a receiver that has their other halves accepts it", async () => {
    const [instance, target] = [rsa(2048), rsa(2048)];
    const pem = ({ privateKey }: typeof instance) => privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const jwk = { ...instance.publicKey.export({ format: "jwk" }), kid: "i1", alg: "RS256", use: "sig" };
    const url = await receiver(() => undefined, {
      signingKey: key,
      instanceKeys: { keys: [jwk] },
      decryptionKeys: { t1: pem(target) },
    });
    const instanceFile = await folder.file("instance.pem", pem(instance));
    const publicFile = await folder.file("target.pub.pem", spki(target));
    const keys = ["--instance-key", `i1=${instanceFile}`, "--public-key", `t1=${publicFile}`];
    expect(await sent([url, "--function", "preuserinfo", "--payload-type", "JWE", ...keys])).toMatchObject({
      usable: true,
      payloadType: "PAYLOAD_TYPE_JWE",
    });
    const wrong = ["--instance-key", `other=${instanceFile}`, "--public-key", `t1=${publicFile}`];
    const said = await sent([url, "--function", "preuserinfo", "--payload-type", "JWE", ...wrong]);
    expect(said).toMatchObject({ usable: false, answer: { status: 401 } });
    expect(said.todo).toContain('The receiver\'s code is "token_key_unknown".');
  });

  test("an event is sent as neither, because ZITADEL never does so", async () => {
    const { url, received } = await openReceiver();
    const { stdout } = await send(["--event", "user.human.added", "--show-payload"]);
    for (const what of [
      ["--event", "user.human.added"],
      ["--payload", "-"],
    ]) {
      const args = [url, ...what, "--payload-type", "JWT", "--keys-port", String(await freePort())];
      expect(await send(args, { input: stdout })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("ZITADEL sends events only as JSON") as string,
      });
    }
    expect(received).toEqual([]);
  });

  test("a port that is taken, and a file that holds no key, are errors", async () => {
    const { url, received } = await openReceiver();
    const { port } = new URL(url);
    const token = [url, "--function", "preuserinfo", "--payload-type", "JWT"];
    const taken = await send([...token, "--keys-port", port]);
    expect(taken).toMatchObject({ code: 1, stdout: "" });
    expect(taken.stderr).toBe(`Listening on port ${port} failed: EADDRINUSE. Choose another port with --keys-port.\n`);
    const none = await send([...token, "--instance-key", `i1=${await folder.file("key.pem", "none")}`]);
    expect(none).toMatchObject({ code: 1, stdout: "" });
    expect(none.stderr).toContain("The instance's key is not an RSA key in PKCS#8");
    expect(received).toEqual([]);
  });
});

describe("a payload of one's own", () => {
  test("is sent as ZITADEL writes it", async () => {
    const { url, received } = await openReceiver();
    const payload = { event_type: "org.renamed", aggregateID: "7", event_payload: { name: "<a>" } };
    const file = await folder.file("payload.json", `\uFEFF${JSON.stringify(payload, undefined, 2)}\n`);
    expect(await sent([url, "--payload", file])).toMatchObject({ kind: "event", name: "org.renamed" });
    await sent([url, "--payload", "-"], { input: JSON.stringify(payload) });
    const body = String.raw`{"event_type":"org.renamed","aggregateID":"7","event_payload":{"name":"\u003ca\u003e"}}`;
    expect(received.map((one) => one.body)).toEqual([body, body]);
  });

  test.each([
    ["secret-of-mine", "it is not JSON."],
    ['{"headers": {}, "body": "secret-of-mine"}', "it is not a payload as ZITADEL sends it."],
    ['{"event_type": 1}', "it is not a payload as ZITADEL sends it."],
  ])("that is none is an error: %s", async (content, said) => {
    const { url, received } = await openReceiver();
    const file = await folder.file("payload.json", content);
    const { code, stderr } = await send([url, "--payload", file]);
    expect(code).toBe(1);
    expect(stderr).toContain(`Reading ${file} failed: ${said}`);
    expect(stderr).not.toContain("secret-of-mine");
    expect(received).toEqual([]);
  });
});

test("--at is the time of the signature: a receiver rejects an old one", async () => {
  const url = await receiver(() => undefined);
  const said = await sent([url, "--event", "user.human.added", "--at", "2026-11-22T01:00:47Z"]);
  expect(said).toMatchObject({ usable: false, signedAt: "2026-11-22T01:00:47.000Z" });
  expect(said.todo).toContain(
    'The receiver\'s code is "too_old". The clocks of this machine and of the receiver differ',
  );
});

describe("the key", () => {
  test("comes from the environment, from a file or from standard input", async () => {
    const url = await receiver(() => undefined);
    const args = [url, "--event", "user.human.added"];
    const env = { ZITADEL_SIGNING_KEY: "" };
    const file = await folder.file("key", `${key}\n`);
    expect(await sent(args)).toMatchObject({ usable: true });
    expect(await sent([...args, "--key-file", file], { env })).toMatchObject({ usable: true });
    expect(await sent([...args, "--key-file", "-"], { env, input: key })).toMatchObject({ usable: true });
    const none = await send(args, { env });
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("send needs a key: set ZITADEL_SIGNING_KEY, or give a --key-file.");
    const two = await send([...args, "--key-file", await folder.file("keys", `${key}\nanother\n`)]);
    expect(two.code).toBe(2);
    expect(two.stderr).toContain("send signs with one key, as ZITADEL does");
    const spaced = await send(args, { env: { ZITADEL_SIGNING_KEY: `${key} ` } });
    expect(spaced).toMatchObject({ code: 1 });
    expect(spaced.stderr).toContain("The signing key has spaces");
  });

  test.each([
    [key],
    ["sk/with.dots/and-slashes"],
    [rsa(2048).privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
    ["a\u0000b"],
    ["k".repeat(5_000)],
  ])("is printed nowhere, even if it is given in place of a file: %#", async (given) => {
    const { url, received } = await openReceiver();
    const delivery = await folder.file("d.json", JSON.stringify({ headers: {}, body: "" }));
    const token = [url, "--function", "preuserinfo", "--payload-type", "JWT", "--instance-key"];
    for (const args of [
      ["send", url, "--function", "preuserinfo", "--key-file", given],
      ["send", ...token, given],
      ["send", ...token, `i1=${given}`],
      ["send", url, "--payload", given.replace(/[/.]/g, "")],
      ["send", given, "--event", "user.human.added"],
      ["send", url, given, "--event", "user.human.added"],
      ["verify", delivery, "--key-file", given],
      ["verify", delivery, "--jwks", delivery, "--decryption-key", `e1=${given}`],
      ["verify", given.replace(/[/.]/g, "")],
      ["verify", delivery, given],
      ["doctor", given.replace(/[/.]/g, "")],
      ["export", given],
      ["zitadel", given],
      ["try", "--config", given, "x"],
    ]) {
      const { code, stdout, stderr } = await cli(args, { env: { ZITADEL_SIGNING_KEY: "another" } });
      expect([args[0], code, stdout]).toEqual([args[0], expect.any(Number), ""]);
      expect(code).not.toBe(0);
      for (const part of [given, given.slice(30, 60)]) if (part !== "") expect(stderr).not.toContain(part);
    }
    expect(received).toEqual([]);
  });

  test("is printed nowhere, even if the receiver sends it back", async () => {
    const { url } = await openReceiver(answering(500, `{"signingKey":"${key}", "also": "${btoa(`x${key}`)} ${key}"}`));
    for (const more of [[], ["--json"]]) {
      const { code, stdout } = await send([url, "--function", "preuserinfo", ...more]);
      expect(code).toBe(3);
      expect(stdout).toContain("[secret]");
      expect(stdout).not.toContain(key);
    }
  });

  test.each<[string, number, string, Record<string, string>]>([
    [
      "in an answer, escaped as in JSON",
      200,
      `{"forwardedStatusCode":403,"forwardedErrorMessage":"${escapedKey}"}`,
      {},
    ],
    ["in base64, escaped as in JSON", 200, `{"set_user_metadata":[{"key":"a","value":"${escapedBase64}"}]}`, {}],
    ["in a claim", 200, `{"append_claims":[{"key":"a","value":"${escapedKey}"}]}`, {}],
    ["in the address of a redirect", 302, "", { location: `https://login.example/?key=${key}` }],
    ["escaped in it", 302, "", { location: `https://login.example/?key=%74${key.slice(1)}` }],
    ["as a password in it", 307, "", { location: `//user:${key}@login.example/` }],
    ["as a part of a password in it", 307, "", { location: `https://user:${key.slice(5)}@login.example/` }],
  ])("is printed nowhere, even if the receiver sends it back %s", async (_, status, body, headers) => {
    const { url } = await openReceiver(answering(status, body, headers));
    for (const more of [[], ["--json"]]) {
      const { stdout, stderr } = await send([url, "--function", "preuserinfo", ...more]);
      expect(stdout).toMatch(/\[secret\]|:\*\*\*@/);
      const unescaped = (stdout + stderr).replaceAll(/\\+u00([0-9a-f]{2})|%([0-9a-f]{2})/gi, (_all, a, b) =>
        String.fromCharCode(parseInt((a ?? b) as string, 16)),
      );
      expect(unescaped).not.toContain(key.slice(5));
      expect(unescaped).not.toContain(btoa(key).slice(0, -4));
    }
  });
});

describe("the key is printed nowhere, and what is in its place decides nothing:", () => {
  const parts = [key, key.slice(0, 12), key.slice(-12)];

  test.each([
    ["a transfer coding", `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${key}\r\n\r\n{}`, 1],
    ["a header that is none", `HTTP/1.1 200 OK\r\nBad ${key}\r\n\r\n`, 1],
  ])("in %s", async (_, answer, expected) => {
    const { url } = await openReceiver(writing(answer));
    const { code, stdout, stderr } = await send([url, "--function", "preuserinfo"]);
    expect(code).toBe(expected);
    for (const part of parts) expect(stdout + stderr).not.toContain(part);
  });

  test.each([
    ["at the end of what fits into a line", { append_claims: [{ key: "a", value: `${"x".repeat(980)}${key}` }] }, 0],
    ["in a name, after many characters", { append_claims: [{ key: `${"x".repeat(80)}${key}`, value: 1 }] }, 0],
    ["in metadata, encoded once more", setUserMetadata({ a: encodeURIComponent(`%${key}`) }), 0],
    ["in a message for the caller", { forwardedStatusCode: 403, forwardedErrorMessage: `${"x".repeat(90)}${key}` }, 0],
    ["as the code of an error", { forwardedStatusCode: 500, forwardedErrorMessage: key }, 3],
  ])("%s", async (_, answer, expected) => {
    const { url } = await openReceiver(answering(200, answer));
    for (const more of [[], ["--json"]]) {
      const { code, stdout } = await send([url, "--function", "preuserinfo", ...more]);
      expect(code).toBe(expected);
      for (const part of parts) expect(stdout).not.toContain(part);
    }
  });

  test("what would be JSON only without it is none", async () => {
    const { url } = await openReceiver(answering(200, '{"signingKey":"a\nb"}'));
    const said = await sent([url, "--request", LIST_SESSIONS]);
    expect(said).toMatchObject({ usable: false, answer: { body: '{"signingKey":"[secret]"}' } });
    expect(said.rejection?.message).toContain("invalid character '\\n' in string literal");
  });
});

describe("an answer that Go reads otherwise than JavaScript", () => {
  test.each([
    ["bytes that are not UTF-8", Buffer.from('{"username":"Jos\xe9"}', "latin1"), "Write the answer in UTF-8"],
    ["half of a character", String.raw`{"username":"Jos\ud83d"}`, "whole characters only"],
    ["a field in both spellings", '{"profile":{"givenName":"A","given_name":"B"}}', "Answer with the `request`"],
    ["an answer to a function", JSON.stringify(appendClaims({ a: 1 })), "Answer with the `request`"],
    ["the payload's request", '{"request":{}}', "Answer with the `request`"],
  ])("fails a call: %s", async (_, answer, todo) => {
    const { url } = await openReceiver(answering(200, answer));
    const said = await sent([url, "--request", names.request]);
    expect(said).toMatchObject({ usable: false, rejection: { status: 500 } });
    expect(said.todo).toContain(todo);
  });

  test("a function gets the replacement character", async () => {
    const answer = Buffer.from('{"append_claims":[{"key":"a","value":"Jos\xe9\\ud83d"}]}', "latin1");
    const { url } = await openReceiver(answering(200, answer));
    expect(await sent([url, "--function", "preuserinfo"])).toMatchObject({
      usable: true,
      effects: ['It adds the claim "a": "Jos\ufffd\ufffd"'],
    });
  });

  test.each([
    ["zeros after the zipped answer", gzipSync("{}"), "gzip"],
    ["an answer that is only called zipped", Buffer.from("{}"), "gzip, identity"],
  ])("cannot be received: %s", async (_, body, codings) => {
    const { url } = await openReceiver((_received, response) => {
      response.setHeader("content-encoding", codings.split(", ")).end(Buffer.concat([body, Buffer.alloc(8)]));
    });
    for (const target of ["restCall", "restWebhook"]) {
      const { code, stderr } = await send([url, "--request", LIST_SESSIONS, "--target", target]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/failed: (?:unexpected EOF|incorrect header check)\./)]);
    }
  });

  test.each([['"403"'], ["4.03e2"], ["403.5"], ["99999999999999999999"]])(
    "does not reject a call: forwardedStatusCode %s",
    async (status) => {
      const { url } = await openReceiver(
        answering(200, `{"forwardedStatusCode":${status},"forwardedErrorMessage":"no"}`),
      );
      const as = (target: string, ...what: string[]) => sent([url, ...what, "--target", target]);
      const request = ["--request", LIST_SESSIONS];
      const misread = {
        usable: false,
        todo: expect.stringContaining(
          "does not reject the call: `forwardedStatusCode` must be a whole number",
        ) as string,
      };
      expect(await as("restCall", ...request)).toMatchObject(misread);
      expect(await as("restWebhook", ...request)).toMatchObject(misread);
      expect(await as("restCall", "--function", "preuserinfo")).toMatchObject(misread);
      expect(await as("restWebhook", "--event", "user.human.added")).toMatchObject(misread);
      expect(await as("restAsync", ...request)).toMatchObject({ usable: false });
    },
  );
});

describe("an answer that is no success", () => {
  test.each([
    [401, "", "If the receiver rejected the signature: The receiver most probably has another signing key."],
    [403, "", "If a handler chose this status: ZITADEL does not pass it on. Return forwardStatus() to reject a call."],
    [403, '{"error":"forbidden"}', "If a handler chose this status"],
    [401, '{"error":"payload_type"}', "JWT needs instanceKeys, JWE also decryptionKeys, and JSON neither of them."],
    [500, '{"error":"body_parsed"}', "In Fastify, an onRequest or preParsing hook has to skip the route."],
    [503, '{"error":"keys_unavailable"}', "a function in its options threw or took too long"],
    [404, "", "There is no route for this path"],
    [405, "", "The route does not take POST requests."],
    [413, "", "does not take a body of this size."],
    [400, "", "The receiver rejects the delivery. Look at the receiver's log."],
    [500, "", "The receiver, or a proxy before it, failed. Look at the receiver's log."],
    [503, "", "The receiver, or a proxy before it, failed."],
    [
      401,
      '{"error":"payload_type"}',
      "The receiver expects another payload type. Give --payload-type the type that the target has.",
    ],
    [500, '{"error":"settings"}', "most probably its signing key is not set"],
    [503, '{"error":"keys_unavailable"}', "The receiver could not get its signing key or the instance's keys: "],
    [418, '{"error":"toString"}', "The receiver rejects the delivery."],
    [500, '{"error":"handler_failed"}', 'code is "handler_failed". The receiver\'s handler threw an error.'],
    [413, '{"error":"body_too_large"}', 'code is "body_too_large". The receiver, or a proxy before it, does not take'],
  ])("%i %s", async (status, body, todo) => {
    const { url } = await openReceiver(answering(status, body));
    const said = await sent([url, "--request", LIST_SESSIONS]);
    expect(said).toMatchObject({ usable: false, answer: { status, body } });
    expect(said.rejection).toEqual({ status: 400, code: 9, message: "Execution failed (EXEC-dra6yamk98)" });
    expect(said.effects).toEqual([
      'If the target has interruptOnError, ZITADEL rejects the call: its caller gets 400 "Execution failed (EXEC-dra6yamk98)".',
      "Without interruptOnError, the call goes on unchanged.",
    ]);
    expect(said.todo).toContain(todo);
  });

  test.each([
    [404, { error: "Not Found", message: "Route POST:/zitadel not found" }, "There is no route for this path"],
    [400, { error: "Bad Request", message: "Unexpected token" }, "The receiver rejects the delivery."],
    [401, { error: "no" }, "If the receiver rejected the signature: "],
    [500, { error: "" }, "The receiver, or a proxy before it, failed."],
  ])("%i %j is not a code of this package", async (status, body, todo) => {
    const { url } = await openReceiver(answering(status, body));
    expect((await sent([url, "--request", LIST_SESSIONS])).todo).toMatch(new RegExp(`^${todo}`));
  });

  test.each([
    [400, "<h1>Bad Request</h1>", "JWT", true],
    [422, "", "JWT", true],
    [400, "", "JSON", false],
    [400, '{"error":"token_malformed"}', "JWT", false],
    // Of NestJS and of Fastify.
    [400, '{"statusCode":400,"message":"Unexpected token","error":"Bad Request"}', "JWT", true],
    [400, '{"statusCode":400,"code":"FST_ERR_CTP_INVALID_JSON_BODY","error":"Bad Request"}', "JWT", true],
  ])("%i %s to a %s: whether a JSON parser is the likely cause", async (status, body, type, isParser) => {
    const { url } = await openReceiver(answering(status, body));
    const token = type === "JSON" ? [] : ["--payload-type", type, "--keys-port", String(await freePort())];
    const { todo } = await sent([url, "--function", "preuserinfo", ...token]);
    const said =
      /^Most probably a JSON parser runs before the receiver: .* "(JWT and JWE get 400)" in docs\/frameworks\.md\.$/;
    const [, heading] = said.exec(todo ?? "") ?? [];
    expect(heading !== undefined).toBe(isParser);
    if (isParser) expect(readFileSync("docs/frameworks.md", "utf8")).toContain(`\n## ${heading}`);
  });

  test("deep JSON in an answer is only what it is", async () => {
    const deep = `{"append_claims":[{"key":"a","value":${"[".repeat(200_000)}${"]".repeat(200_000)}}]}`;
    const { url } = await openReceiver(answering(200, deep));
    for (const [name, value] of Object.entries(names)) {
      const { code, stderr } = await send([url, `--${name}`, value]);
      expect([name, code, stderr]).toEqual([name, expect.any(Number), ""]);
    }
    const payload = await folder.file(
      "deep.json",
      `{"event_type":"a","event_payload":{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`,
    );
    const { code, stderr } = await send([url, "--payload", payload]);
    expect([code, stderr]).toEqual([1, `Reading ${payload} failed: it is nested too deep.\n`]);
  });

  test("a receiver with another key: the most likely cause comes first", async () => {
    const url = await receiver(() => undefined, { signingKey: "another0another1another2another3anot" });
    const { code, stdout } = await send([url, "--event", "user.human.added"]);
    expect(code).toBe(3);
    expect(stdout).toContain(
      'What to do: The receiver\'s code is "signature_mismatch". The receiver most probably has another signing key.',
    );
    expect(stdout).toContain("ZITADEL does not send the event again.");
    expect(stdout).toMatch(/ZITADEL cannot use the answer\.\n$/);
  });

  test.each([301, 302, 303, 307, 308])("a redirect with %i is not followed", async (status) => {
    const elsewhere = await openReceiver();
    const { url, received } = await openReceiver(answering(status, "", { location: elsewhere.url }));
    const said = await sent([url, "--request", LIST_SESSIONS]);
    expect({ here: received.length, there: elsewhere.received.length }).toEqual({ here: 1, there: 0 });
    const how = status < 307 ? " as a GET without a body, so that the delivery is lost" : "";
    expect(said.effects).toEqual([`It follows the redirect to "${elsewhere.url}"${how}. send does not.`]);
    expect(said.usable).toBe(false);
  });
});

describe("no answer", () => {
  test.each(["JSON", "JWT"])("the receiver switches protocols, which is all of its answer: %s", async (type) => {
    const { url } = await openReceiver(upgrading);
    const port = type === "JSON" ? [] : ["--keys-port", String(await freePort())];
    const args = ["send", url, "--function", "preuserinfo", "--payload-type", type, ...port];
    const { code, stdout, stderr } = await built(args, { ZITADEL_SIGNING_KEY: key });
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
    expect(stdout).toMatch(/^Answer: 101 after \d+ ms, without a body$/m);
    expect(stdout).toContain("What to do: What answers there switches to another protocol");
  });

  test("nothing listens", async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await send([`http://127.0.0.1:${port}/hook`, "--event", "user.human.added"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `Sending the delivery to http://127.0.0.1:${port}/hook failed: dial tcp 127.0.0.1:${port}: connect: connection refused. Nothing listens there. Start the receiver, or correct the port. In a container, it must listen on 0.0.0.0.\n`,
    );
  });

  test("the receiver is too slow", async () => {
    const { url } = await openReceiver(silent);
    const { code, stderr } = await send([url, "--event", "user.human.added", "--timeout", "0.2"]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `Sending the delivery to ${url} failed: no answer within 0.2 s. If the receiver is only slow`,
    );
  });

  test("the connection breaks, before the answer or in the middle of it", async () => {
    const before = await openReceiver((_, response) => void response.destroy());
    const closed = await send([before.url, "--event", "user.human.added"]);
    expect(closed).toMatchObject({ code: 1, stdout: "" });
    expect(closed.stderr).toContain(
      "failed: socket hang up. The receiver, or a proxy before it, closed the connection",
    );
    const middle = await openReceiver((_, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("a", () => response.destroy());
    });
    const broken = await send([middle.url, "--event", "user.human.added"]);
    expect(broken).toMatchObject({ code: 1, stdout: "" });
    expect(broken.stderr).toContain("failed: aborted.");
  });

  test("it has no end, or none but after 10 MiB, also when it is unzipped", async () => {
    const endless = await openReceiver((_, response) => {
      const write = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "a")));
      };
      response.on("drain", write);
      write();
    });
    const bomb = gzipSync(Buffer.alloc(100 * 1_048_576));
    const zipped = await openReceiver(answering(200, bomb, { "content-encoding": "gzip" }));
    for (const { url } of [endless, zipped]) {
      const { code, stdout, stderr } = await send([url, "--function", "preuserinfo", "--timeout", "30"]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toBe(
        `Sending the delivery to ${url} failed: the answer has more than 10485760 bytes. ZITADEL reads an answer in whole: answer with only what it uses.\n`,
      );
    }
  });

  test("it comes by drops", async () => {
    const { url } = await openReceiver((_, response) => {
      const timer = setInterval(() => response.write("a"), 20);
      response.on("close", () => clearInterval(timer));
    });
    const { code, stderr } = await send([url, "--event", "user.human.added", "--timeout", "0.3"]);
    expect(code).toBe(1);
    expect(stderr).toContain("failed: no answer within 0.3 s.");
  });

  test.each([
    ["does not end", () => undefined, "failed: no answer within 0.3 s."],
    ["is cut off", (response: ServerResponse) => response.socket?.resetAndDestroy(), "failed: read ECONNRESET"],
  ])("it has no length and %s", async (_, end, said) => {
    const { url } = await openReceiver((_, response) => {
      response.sendDate = false;
      response.shouldKeepAlive = false;
      response.useChunkedEncodingByDefault = false;
      response.write("{}", () => end(response));
    });
    const { code, stderr } = await send([url, "--event", "user.human.added", "--timeout", "0.3"]);
    expect(code).toBe(1);
    expect(stderr).toContain(said);
  });

  test("it has a coding that Go does not know", async () => {
    const { url } = await openReceiver((_, response) => {
      response.writeHead(200, { "transfer-encoding": "identity", connection: "close" }).end("{}");
    });
    const { code, stderr } = await send([url, "--function", "preuserinfo"]);
    expect(code).toBe(1);
    expect(stderr).toContain('unsupported transfer encoding: "identity"');
  });

  test("HTTP/1.0 has no chunks for Go, so it reads their lengths as a part of the body", async () => {
    const { url } = await openReceiver(
      writing("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    );
    const said = await sent([url, "--function", "preuserinfo"]);
    expect(said).toMatchObject({ usable: false, answer: { status: 200, body: "2\r\n{}\r\n0\r\n\r\n" } });
    expect(said.todo).toContain("sends chunks over HTTP/1.0");
  });

  test("HTTP that an attacker may have written is rejected, although Go reads on", async () => {
    const both = "Content-Length: 2\r\nTransfer-Encoding: chunked";
    const { url } = await openReceiver(writing(`HTTP/1.1 200 OK\r\n${both}\r\n\r\n2\r\n{}\r\n0\r\n\r\n`));
    const { code, stderr } = await send([url, "--function", "preuserinfo"]);
    expect(code).toBe(1);
    expect(stderr).toContain("Parse Error: Transfer-Encoding can't be present with Content-Length");
  });

  test("plain HTTP where TLS is spoken", async () => {
    const { url } = await openReceiver();
    const { code, stderr } = await send([url.replace("http:", "https:"), "--event", "user.human.added"]);
    expect(code).toBe(1);
    expect(stderr).toContain("The port answers in plain HTTP: use http:// in the URL.");
  });

  test.each([[`/?key=${key}`], [`/${encodeURIComponent(key)}`], [`/%74${key.slice(1)}`]])(
    "the key in the URL is not printed: %#",
    async (path) => {
      const port = await freePort();
      for (const user of ["", `${key}@`, `ada:${key}@`]) {
        const { code, stdout, stderr } = await send([
          ...[`http://${user}127.0.0.1:${port}${path}`, "--event", "user.human.added"],
          ...(user === "" ? ["--json"] : []),
        ]);
        expect([code, stdout]).toEqual([1, ""]);
        expect(stderr).toContain("[secret]");
        expect(stderr).not.toContain(key.slice(1));
      }
    },
  );

  test("a password in the URL is not printed, also if the receiver sends back what it got", async () => {
    const url = await listen((request, response) => {
      const { authorization = "" } = request.headers;
      const [, user] = Buffer.from(authorization.slice(6), "base64").toString().split(":");
      response.end(JSON.stringify({ username: authorization, profile: { givenName: user } }));
    });
    for (const more of [[], ["--json"]]) {
      const to = url.replace("://", "://ada:hidden%2Fsecret@");
      const { code, stdout } = await send([to, "--request", names.request, ...more]);
      expect(code).toBe(0);
      expect(stdout).toContain("Basic [secret]");
      for (const said of ["hidden", btoa("ada:hidden/secret"), btoa("hidden/secret")])
        expect(stdout).not.toContain(said);
    }
  });

  test("a password in the URL is not printed", async () => {
    const port = await freePort();
    const { stderr } = await send([`http://ada:hidden@127.0.0.1:${port}/`, "--event", "user.human.added"]);
    expect(stderr).toContain(`http://ada:***@127.0.0.1:${port}/`);
    expect(stderr).not.toContain("hidden");
  });
});

const forward = (status: number, message = "go away") => ({
  forwardedStatusCode: status,
  forwardedErrorMessage: message,
});
const anything = expect.any(String) as string;

describe("what ZITADEL does with an answer to a call", () => {
  test.each<[what: string, answer: unknown, usable: boolean, effects: readonly string[]]>([
    ["nothing", "", true, ["An empty answer changes nothing: the request stays as it is."]],
    ["a changed message", { query: { limit: 9 } }, true, ['It replaces the request with {"query":{"limit":9}}']],
    ["the same message", { query: { limit: 1 } }, true, ["The answer is the request that was sent: nothing changes."]],
    [
      "a message with a field that may not exist",
      { ok: true },
      true,
      [
        'It replaces the request with {"ok":true}',
        expect.stringContaining('The payload does not have "ok".') as string,
      ],
    ],
    [
      "fields that may not exist, inside of others",
      { query: { limit: 9, asc: true, more: { a: 1 } } },
      true,
      [anything, expect.stringContaining('does not have "query.asc", "query.more".') as string],
    ],
    [
      "a value of another type",
      { query: "x" },
      false,
      [expect.stringMatching(/its caller gets 500 .*unexpected token .*x/) as string, anything],
    ],
    [
      "a null in a list",
      { queries: [null] },
      false,
      [expect.stringMatching(/its caller gets 500 .*unexpected token null/) as string, anything],
    ],
    [
      "a status to forward",
      forward(403),
      true,
      [expect.stringContaining('403 "go away (EXEC-reUaUZCzCp)"') as string, anything],
    ],
    [
      "a status that is not forwarded",
      forward(418),
      false,
      [expect.stringContaining("its caller gets 500") as string, anything],
    ],
    [
      "a status that is no refusal",
      forward(500),
      false,
      [expect.stringContaining("its caller gets 400") as string, anything],
    ],
    ["text", "ok", false, [expect.stringContaining("its caller gets 500") as string, anything]],
    [
      "the whole payload",
      { fullMethod: LIST_SESSIONS, request: {} },
      false,
      [
        expect.stringMatching(/its caller gets 500 .*unknown field/) as string,
        "Without interruptOnError, the call goes on, as far as ZITADEL could read the answer: {}.",
      ],
    ],
  ])("%s", async (_, answer, usable, effects) => {
    const { url } = await openReceiver(answering(200, answer));
    const said = await sent([url, "--request", LIST_SESSIONS]);
    expect(said).toMatchObject({ usable, effects });
    expect(said.todo === undefined).toBe(usable);

    // The mock server does the same with the same answer.
    const zitadel = await startZitadel({ allowLoopback: true });
    const { id } = addTarget(zitadel, url, { restCall: { interruptOnError: true } });
    zitadel.setExecution({ request: { method: LIST_SESSIONS } }, [id]);
    const request = { query: { limit: 1 } };
    const came = await trigger(zitadel, { call: { method: LIST_SESSIONS, request } });
    const { rejection } = said;
    if (rejection === undefined) {
      const replaced = typeof answer === "object" ? answer : request;
      expect(came).toMatchObject({ status: 200, body: { request: replaced } });
    } else {
      const { status, ...body } = rejection;
      expect(came).toMatchObject({ status, body });
    }
  });

  test.each<[answer: object, todo: string]>([
    [{ query: [] }, "Give each field the type that it has in the payload, and leave `null` out of lists."],
    [[], "Answer with the `request` of the payload, changed"],
  ])("what to do about %j", async (answer, todo) => {
    const { url } = await openReceiver(answering(200, answer));
    expect((await sent([url, "--request", LIST_SESSIONS])).todo).toContain(todo);
  });

  test("a response was carried out before", async () => {
    const { url } = await openReceiver(answering(200, forward(404)));
    const { usable, effects } = await sent([url, "--response", names.response]);
    expect(usable).toBe(true);
    expect(effects).toEqual([
      'If the target has interruptOnError, the caller gets 404 "go away (EXEC-reUaUZCzCp)", although ZITADEL has carried out the call.',
      "Without interruptOnError, the caller gets the response unchanged.",
    ]);
  });

  test("of a restWebhook, only the status and a forwarded status count; of a restAsync nothing", async () => {
    const as = (url: string, target: string) => sent([url, "--request", LIST_SESSIONS, "--target", target]);
    const notAwaited = ["ZITADEL does not wait for the answer of a restAsync target, and does nothing with it."];
    const forwarding = await openReceiver(answering(200, forward(403)));
    expect((await as(forwarding.url, "restWebhook")).rejection).toMatchObject({ status: 403 });
    const failing = await openReceiver(answering(401));
    const said = await as(failing.url, "restAsync");
    expect(said).toMatchObject({ usable: false, effects: notAwaited });
    expect(said).not.toHaveProperty("rejection");
  });
});

describe.each([
  ["restWebhook", "The call goes on unchanged: the receiver accepted the delivery."],
  ["restAsync", "ZITADEL does not wait for the answer of a restAsync target, and does nothing with it."],
])("the body of a %s's answer", (target, effect) => {
  const sample = sampleRequest(names.request).request;
  test.each<[string, string, unknown]>([
    ["claims", "function", appendClaims({ team: "blue" })],
    ["metadata", "function", setUserMetadata({ team: "blue" })],
    ["claims in another spelling", "function", { Append_Claims: [] }],
    ["a changed request", "request", { ...sample, username: "eve" }],
    ["claims for a request", "request", appendClaims({ team: "blue" })],
    ...(target === "restAsync" ? [["a rejection", "request", forward(403)] as [string, string, unknown]] : []),
  ])("that asks for something is not usable: %s", async (_, kind, answer) => {
    const { url } = await openReceiver(answering(200, answer));
    expect(await sent([url, `--${kind}`, names[kind as "request"], "--target", target])).toMatchObject({
      usable: false,
      effects: [effect],
      ignored: ["the answer's body: only that of a restCall changes anything"],
      todo: "Use a restCall target, so that ZITADEL uses the answer; or answer without a body.",
    });
  });

  test.each<[string, string, unknown]>([
    ["nothing", "function", ""],
    ["an empty object", "function", {}],
    ["a list", "request", []],
    ["another text", "function", "ok"],
    ["another object", "request", { ok: true }],
    ["the request that was sent", "request", sample],
  ])("that asks for nothing is usable: %s", async (_, kind, answer) => {
    const { url } = await openReceiver(answering(200, answer));
    const said = await sent([url, `--${kind}`, names[kind as "request"], "--target", target]);
    const ignored = answer === "" ? [] : ["the answer's body: only that of a restCall changes anything"];
    expect(said).toMatchObject({ usable: true, effects: [effect], ignored });
    expect(said.todo).toBeUndefined();
  });

  test("to an event is never an error", async () => {
    const { url } = await openReceiver(answering(200, appendClaims({ team: "blue" })));
    const said = await sent([url, "--event", names.event, "--target", target]);
    expect(said).toMatchObject({ usable: true, ignored: ["the answer's body"] });
  });
});

describe("what ZITADEL does with an answer to a function", () => {
  const claim = (name: string, value: unknown = 1) => ({ append_claims: [{ key: name, value }] });

  test.each<[answer: unknown, usable: boolean, effects: readonly string[], ignored: readonly string[]]>([
    ["", true, ["An empty answer adds nothing."], []],
    [{}, true, ["The answer adds nothing."], []],
    [claim("a", { b: [1] }), true, ['It adds the claim "a": {"b":[1]}'], []],
    [
      { append_log_claims: ["seen"] },
      true,
      ['It adds the claim "urn:zitadel:iam:action:function/preuserinfo:log": ["seen"]'],
      [],
    ],
    [
      { append_claims: [1, 2].map((value) => ({ key: "a", value })) },
      false,
      [
        'It adds the claim "a": 1',
        'It adds the claim "urn:zitadel:iam:action:function/preuserinfo:log": ["key \\"a\\" already exists"]',
      ],
      ['"a": the claim exists already, and ZITADEL keeps it'],
    ],
    [
      claim("sub"),
      false,
      ["The answer adds nothing."],
      ['"sub": ZITADEL writes its own value over this claim, and does not log it'],
    ],
    [
      { set_user_metadata: [...setUserMetadata({ seen: "yes" }).set_user_metadata, { key: "team", value: "" }] },
      false,
      [
        'It adds the claim "urn:zitadel:iam:action:function/preuserinfo:log": ["failed to set user metadata key \\"team\\""]',
        'It sets the user\'s metadata "seen" to "yes"',
      ],
      ['"team": ZITADEL stores no metadata without a key and a value'],
    ],
    [
      { append_claims: [{ key: "a", value: 1, valu: 2 }], set_user_metadata: [{ name: "b" }] },
      false,
      [
        'It adds the claim "a": 1',
        'It adds the claim "urn:zitadel:iam:action:function/preuserinfo:log": ["failed to set user metadata key \\"\\""]',
      ],
      [
        '"append_claims[0].valu": ZITADEL knows no such member of an answer to this function',
        '"set_user_metadata[0].name": ZITADEL knows no such member of an answer to this function',
        '"": ZITADEL stores no metadata without a key and a value',
      ],
    ],
    [{ set_user_metadata: [{ key: "a", value: "YW\nJj" }] }, true, ['It sets the user\'s metadata "a" to "abc"'], []],
    [
      { append_claims: [null] },
      false,
      ["ZITADEL expects no `null` in the list, and fails at it, also without interruptOnError."],
      [],
    ],
    [
      claim("urn:zitadel:iam:x"),
      false,
      ["The answer adds nothing."],
      ['"urn:zitadel:iam:x": ZITADEL keeps claims that begin with urn:zitadel:iam for itself'],
    ],
    [
      { claims: { a: 1 } },
      false,
      ["The answer adds nothing."],
      ['"claims": ZITADEL knows no such member of an answer to this function'],
    ],
    [
      "ok",
      false,
      [
        'If the target has interruptOnError, ZITADEL creates no token, user info or SAML response, but fails with 400 "Response is not valid JSON (ACTION-4m9s2)".',
        "Without interruptOnError, the answer adds nothing.",
      ],
      [],
    ],
    [
      { append_claims: [{ key: "a", value: 1 }], append_log_claims: 1 },
      false,
      [
        expect.stringContaining("cannot unmarshal number") as string,
        "Without interruptOnError, ZITADEL uses what it could read:",
        'It adds the claim "a": 1',
      ],
      [],
    ],
  ])("%j", async (answer, usable, effects, ignored) => {
    const { url } = await openReceiver(answering(200, answer));
    expect(await sent([url, "--function", "preuserinfo"])).toMatchObject({ usable, effects, ignored });
  });

  test("an access token has claims that no answer replaces", async () => {
    const names = ["iss", "sub", "aud", "exp", "iat", "nbf", "client_id", "jti"];
    const { url } = await openReceiver(
      answering(200, { append_claims: ["email", ...names].map((key) => ({ key, value: "mine" })) }),
    );
    expect(await sent([url, "--function", "preaccesstoken"])).toMatchObject({
      usable: false,
      effects: ['It adds the claim "email": "mine"'],
      ignored: names.map((name) => `"${name}": ZITADEL writes its own value over this claim, and does not log it`),
    });
  });

  test("SAML takes attributes, and no claims", async () => {
    const attribute = { append_attribute: [{ name: "a", name_format: "", value: ["1"] }] };
    const { url } = await openReceiver(answering(200, { ...attribute, ...claim("b") }));
    expect(await sent([url, "--function", "presamlresponse"])).toMatchObject({
      usable: false,
      effects: ['It adds the attribute "a": ["1"]'],
      ignored: [expect.stringContaining('"append_claims": ZITADEL knows no such member')],
    });
  });
});

test("of an event, any answer with a success does", async () => {
  const { url } = await openReceiver(answering(202, "thanks"));
  expect(await sent([url, "--event", "user.human.added"])).toMatchObject({
    usable: true,
    effects: ["Nothing: an event needs no answer."],
    ignored: ["the answer's body"],
  });
});

test("control characters of an answer are escaped, and a long one is cut unless it is JSON", async () => {
  const { url } = await openReceiver(answering(200, `\u001b[2J${"x".repeat(5_000)}`));
  const { stdout } = await send([url, "--event", "user.human.added"]);
  expect(stdout).toContain(String.raw`  \u001b[2Jxxx`);
  expect(stdout).toContain("… and 1004 more characters (--json shows all)");
  expect((await sent([url, "--event", "user.human.added"])).answer.body).toHaveLength(5_004);
});

describe("a wrong command line is an error, and nothing is sent", () => {
  const event = ["--event", "user.human.added"];
  test.each<[args: readonly string[], said: string]>([
    [[], "send needs the receiver's URL."],
    [["URL"], "send needs exactly one of --request, --response, --event, --function and --payload."],
    [["URL", ...event, "--function", "preuserinfo"], "send needs exactly one of"],
    [["URL", "more", ...event], "send takes one URL."],
    [["localhost:3000", ...event], "The receiver's URL must begin with http:// or https://."],
    [["ftp://example.com", ...event], "The receiver's URL must begin with http:// or https://."],
    [["http://localhost:70000", ...event], "The receiver's URL cannot be read: look at its host and its port."],
    [["http://local host/", ...event], "The receiver's URL cannot be read: look at its host and its port."],
    [["URL", "--event", "user.human.aded"], 'Unknown event "user.human.aded". Did you mean user.human.added'],
    [["URL", "--event", "zebra"], "For an event of a newer server, give the payload"],
    [["URL", "--request", "zebra"], "For a method of a newer server, give the payload"],
    [["URL", "--request", LIST_SESSIONS.slice(1)], `Did you mean ${LIST_SESSIONS}?`],
    [["URL", "--function", "preuserinf"], 'Unknown function "preuserinf". Did you mean preuserinfo?'],
    [
      ["URL", "--function", "function/preuserinfo"],
      'Unknown function "function/preuserinfo". Did you mean preuserinfo?',
    ],
    [["URL", ...event, "--target", "webhook"], "--target takes restCall, restWebhook or restAsync."],
    [["URL", ...event, "--payload-type", "jwt"], "--payload-type takes JSON, JWT or JWE."],
    [["URL", ...event, "--payload-type", "JWT"], "JWT and JWE need a key that the receiver trusts"],
    [["URL", ...event, "--keys-port", "1"], "--keys-port and --instance-key are only for JWT and JWE."],
    [["URL", ...event, "--payload-type", "JWE", "--keys-port", "1"], "--public-key KID=FILE is for JWE"],
    [["URL", ...event, "--payload-type", "JWT", "--keys-port", "0"], "--keys-port takes a number from 1 to 65535."],
    [["URL", ...event, "--payload-type", "JWT", "--instance-key", "a"], "--instance-key needs KID=FILE."],
    [["URL", ...event, "--at", "noon"], "--at needs a time"],
    [["URL", ...event, "--timeout", "31"], "--timeout takes seconds, at most 30"],
    [["URL", ...event, "--timeout", "0"], "--timeout takes seconds, at most 30"],
    [["URL", "--payload", ""], "The name of a file is empty."],
    [["URL", "--payload", "-", "--key-file", "-"], "Only one of the files can be standard input."],
  ])("%j", async (args, said) => {
    const { url, received } = await openReceiver();
    const { code, stdout, stderr } = await send(args.map((arg) => (arg === "URL" ? url : arg)));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(said);
    expect(received).toEqual([]);
  });
});

test("the built command does the same, and ends at once", async () => {
  const url = await receiver(() => appendClaims({ team: "blue" }));
  const { code, stdout, stderr } = await built(["send", url, "--function", "preuserinfo"], {
    ZITADEL_SIGNING_KEY: key,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain('It adds the claim "team": "blue"');
});
