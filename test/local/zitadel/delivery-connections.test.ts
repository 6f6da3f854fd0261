import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createSecureServer, type Server } from "node:https";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { Zitadel, ZitadelOptions } from "../../../local/zitadel";
import { standIns } from "../../support/replay";
import {
  addTarget,
  answering,
  LIST_SESSIONS,
  ok,
  receivers,
  refusalOf,
  silent,
  triggerCall,
  upgrading,
  type Reaction,
} from "../../support/receiver";

const startZitadel = standIns();
const openReceiver = receivers();

const INTERRUPTING = { restWebhook: { interruptOnError: true } };

/** A mock server that calls one interrupting target, or one that is like `target`. */
async function calling(endpoint: string, target: object = {}, options: ZitadelOptions = {}): Promise<Zitadel> {
  const zitadel = await startZitadel({ allowLoopback: true, ...options });
  const { id } = addTarget(zitadel, endpoint, { ...INTERRUPTING, ...target });
  zitadel.setExecution({ request: { method: LIST_SESSIONS } }, [id]);
  return zitadel;
}

/** The refusal where Go's HTTP client fails. */
const goFailure = (url: string, text: string) => refusalOf(500, 2, "", `Post "${url}": ${text}`);

/** The same, in whatever words. */
const failureAt = (url: string) => ({
  status: 500,
  body: { code: 2, message: expect.stringContaining(`Post "${url}": `) as string },
});

/** A port on which no process listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("an endpoint that does not answer in time", () => {
  test("fails the call with its target's timeout", async () => {
    const { url } = await openReceiver(silent);
    const zitadel = await calling(`${url}/slow`, { timeout: "0.030s" });
    expect(await triggerCall(zitadel)).toMatchObject(goFailure(`${url}/slow`, "context deadline exceeded"));
    expect(zitadel.deliveries).toMatchObject([{ status: undefined }]);
  });

  test("fails it with the server's own limit where that is shorter", async () => {
    const { url } = await openReceiver(silent);
    const zitadel = await calling(`${url}/slow`, { timeout: "270s" }, { deliveryTimeout: 30 });
    const limit = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    expect(await triggerCall(zitadel)).toMatchObject(goFailure(`${url}/slow`, limit));
  });

  test("fails it also once the answer has begun", async () => {
    const begins: Reaction = (_, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("{");
    };
    const { url } = await openReceiver(begins);
    const slow = await calling(url, { timeout: "0.500s" });
    expect(await triggerCall(slow)).toMatchObject(refusalOf(500, 2, "", "context deadline exceeded"));
  });

  test("holds the call up, and no more, if its target does not interrupt", async () => {
    const { url } = await openReceiver(silent);
    const zitadel = await calling(url, { timeout: "0.030s", restWebhook: {} });
    expect(await triggerCall(zitadel)).toMatchObject({ status: 200 });
    expect(zitadel.deliveries[0]?.failure).toContain("context deadline exceeded");
  });

  test("is given the time of all its redirects together", async () => {
    const receiver = await openReceiver((received, response) => {
      if (received.request.includes("/end")) return;
      answering(307, "", { location: "/end" })(received, response, undefined as never);
    });
    const zitadel = await calling(receiver.url, { timeout: "0.500s" });
    expect(await triggerCall(zitadel)).toMatchObject(goFailure(`${receiver.url}/end`, "context deadline exceeded"));
  });
});

test("an endpoint on which no process listens fails the call, with Go's message", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const zitadel = await calling(`http://${address}/dead`);
  const refused = goFailure(`http://${address}/dead`, `dial tcp ${address}: connect: connection refused`);
  expect(await triggerCall(zitadel)).toMatchObject(refused);
});

test.each<[string, Reaction]>([
  ["hangs up", (_, response) => void response.socket?.end()],
  ["switches to another protocol", upgrading],
  ["does not speak HTTP", (_, response) => void response.socket?.end("hello\r\n\r\n")],
  [
    "hangs up in the middle of its answer",
    (_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.socket?.destroy());
    },
  ],
])("an endpoint that %s fails the call", async (_, react) => {
  const { url } = await openReceiver(react);
  const zitadel = await calling(`${url}/x`);
  const status = react === upgrading ? 400 : 500;
  expect(await triggerCall(zitadel)).toMatchObject({ status, body: { code: status === 400 ? 9 : 2 } });
});

test.each(["ftp://127.0.0.1/x", "http://127.0.0.1:99999/x"])(
  "the endpoint %s is accepted, although no request can be sent to it, and fails the call",
  async (endpoint) => expect(await triggerCall(await calling(endpoint))).toMatchObject(failureAt(endpoint)),
);

test("user and password of an endpoint are sent, and the password is shown nowhere", async () => {
  const receiver = await openReceiver(answering(500));
  const endpoint = receiver.url.replace("http://", "http://us%20er:pass@");
  const zitadel = await calling(`${endpoint}/x`);
  await triggerCall(zitadel);
  const { Authorization } = receiver.received[0]?.headers ?? {};
  expect(Authorization).toBe(`Basic ${Buffer.from("us er:pass").toString("base64")}`);
  await receiver.stop();
  const { body } = await triggerCall(zitadel);
  expect(body).toMatchObject({ code: 2 });
  expect(JSON.stringify([body, zitadel.deliveries])).toContain("us%20er:***@");
  expect(JSON.stringify([body, zitadel.deliveries])).not.toContain("pass@");
});

describe("redirects", () => {
  /** Sends from path to path; where there is nothing more, answers with 200. */
  const leading = (status: number, ways: Record<string, string>) =>
    openReceiver((received, response, request) => {
      const location = ways[request.url ?? ""];
      (location === undefined ? ok : answering(status, "", { location }))(received, response, request);
    });

  test.each([307, 308])("%d is followed with the body and its signature", async (status) => {
    const receiver = await leading(status, { "/a": "/b" });
    expect(await triggerCall(await calling(`${receiver.url}/a`))).toMatchObject({ status: 200 });
    const [first, second] = receiver.received;
    expect(second).toEqual({
      request: "POST /b HTTP/1.1",
      headers: { ...first?.headers, Referer: `${receiver.url}/a` },
      body: first?.body,
    });
  });

  test.each([301, 302, 303])("%d is followed without the body: such a receiver learns nothing", async (status) => {
    const receiver = await leading(status, { "/a": "/b" });
    expect(await triggerCall(await calling(`${receiver.url}/a`))).toMatchObject({ status: 200 });
    const [first, second] = receiver.received;
    expect(second).toEqual({
      request: "GET /b HTTP/1.1",
      headers: {
        Host: first?.headers.Host,
        "User-Agent": "Go-http-client/1.1",
        Referer: `${receiver.url}/a`,
        "Zitadel-Signature": first?.headers["Zitadel-Signature"],
        "Accept-Encoding": "gzip",
      },
      body: "",
    });
  });

  test("end with the fifth request", async () => {
    const receiver = await leading(307, { "/1": "/2", "/2": "/3", "/3": "/4", "/4": "/5", "/5": "/6" });
    expect(await triggerCall(await calling(`${receiver.url}/2`))).toMatchObject({ status: 200 });
    receiver.received.length = 0;
    const refused = goFailure("/6", "stopped after too many redirects");
    expect(await triggerCall(await calling(`${receiver.url}/1`))).toMatchObject(refused);
    expect(receiver.received).toHaveLength(5);
  });

  test.each([
    ["http://10.0.0.1/x", "address is denied by '10.0.0.0/8'"],
    ["http://169.254.169.254/latest", "address is denied by '169.254.0.0/16'"],
  ])("do not lead to %s", async (location, text) => {
    const { url } = await leading(307, { "/a": location });
    expect(await triggerCall(await calling(`${url}/a`))).toMatchObject(goFailure(location, text));
  });

  test("do not lead to a name on the deny list", async () => {
    const { url } = await leading(307, { "/a": "http://localhost:1/x" });
    const zitadel = await calling(`${url}/a`, {}, { denyList: ["localhost"] });
    const denied = goFailure("http://localhost:1/x", "address is denied by 'localhost'");
    expect(await triggerCall(zitadel)).toMatchObject(denied);
  });
});

test.each(["127.0.0.1", "localhost"])("an endpoint on %s is not called once that is denied", async (host) => {
  const receiver = await openReceiver();
  const { port } = new URL(receiver.url);
  const folder = mkdtempSync(join(tmpdir(), "delivery-"));
  const before = await calling(`http://${host}:${port}`, {}, { file: join(folder, "state.json") });
  expect(await triggerCall(before)).toMatchObject({ status: 200 });
  await before.stop();
  const after = await startZitadel({ file: join(folder, "state.json") });
  rmSync(folder, { recursive: true });
  const { status, body } = await triggerCall(after);
  expect(status).toBe(500);
  const address = String.raw`dial tcp (127\.0\.0\.1|\[::1\]):${port}: address is denied by '(127\.0\.0\.0/8|::1/128)'`;
  expect(body).toMatchObject({
    message: expect.stringMatching(`^Post "http://${host}:${port}": ${address} \\(\\)$`) as string,
  });
  expect(receiver.received).toHaveLength(1);
});

describe("an endpoint with TLS", () => {
  const pem = (name: string) => readFileSync(join(__dirname, "..", "..", "data/tls", name));
  const trusted = getCACertificates("default");
  const open: Server[] = [];
  afterEach(async () => {
    setDefaultCACertificates(trusted);
    for (const server of open.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  /** A receiver with a certificate of the tests' own authority. */
  async function openSecure(location?: string) {
    const received: string[] = [];
    const server = createSecureServer(
      { key: pem("localhost.key"), cert: pem("localhost.pem") },
      (request, response) => {
        received.push(`${request.method ?? ""} ${request.url ?? ""}`);
        request.resume();
        response.writeHead(location === undefined ? 200 : 307, location === undefined ? {} : { location }).end();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push(server);
    return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
  }

  test("is called if its certificate is trusted, and the call fails otherwise", async () => {
    const { url, received } = await openSecure();
    const zitadel = await calling(`${url}/hook`);
    expect(await triggerCall(zitadel)).toMatchObject(failureAt(`${url}/hook`));
    setDefaultCACertificates([pem("ca.pem").toString()]);
    const trusting = await calling(`${url}/hook`);
    expect(await triggerCall(trusting)).toMatchObject({ status: 200 });
    expect(received).toEqual(["POST /hook"]);
  });

  test("may not lead to one without", async () => {
    const plain = await openReceiver();
    const { url } = await openSecure(`${plain.url}/x`);
    setDefaultCACertificates([pem("ca.pem").toString()]);
    const refused = goFailure(`${plain.url}/x`, "redirect downgrade from https to http is not allowed");
    expect(await triggerCall(await calling(url))).toMatchObject(refused);
    expect(plain.received).toEqual([]);
  });

  test("cannot be one that speaks HTTP", async () => {
    const { url } = await openReceiver();
    const secure = url.replace("http:", "https:");
    expect(await triggerCall(await calling(secure))).toMatchObject(failureAt(secure));
  });
});

test("connections to a receiver are kept and used again", async () => {
  const receiver = await openReceiver();
  const zitadel = await calling(receiver.url);
  for (let i = 0; i < 10; i++) await triggerCall(zitadel);
  expect(receiver.received).toHaveLength(10);
  expect(receiver.connections).toBe(1);
});

test("a hundred calls at once are delivered, each with its own request", async () => {
  const receiver = await openReceiver((received, response) => {
    const { request } = JSON.parse(received.body) as { request: object };
    response.end(JSON.stringify({ ...request, seen: true }));
  });
  const zitadel = await calling(receiver.url, { restCall: { interruptOnError: true }, restWebhook: undefined });
  const numbers = Array.from({ length: 100 }, (_, number) => number);
  const answers = await Promise.all(numbers.map((number) => triggerCall(zitadel, { request: { number } })));
  expect(answers.map(({ body }) => (body as { request: unknown }).request)).toEqual(
    numbers.map((number) => ({ number, seen: true })),
  );
  expect(zitadel.deliveries).toHaveLength(100);
  expect(zitadel.deliveries.every(({ status, failure }) => status === 200 && failure === undefined)).toBe(true);
});

test("the latest thousand deliveries are remembered, without keys", async () => {
  const receiver = await openReceiver();
  const zitadel = await calling(receiver.url);
  const [target] = zitadel.targets();
  for (let round = 0; round < 21; round++) {
    await Promise.all(Array.from({ length: 50 }, () => triggerCall(zitadel)));
  }
  expect(receiver.received).toHaveLength(1050);
  expect(zitadel.deliveries).toHaveLength(1000);
  expect(zitadel.deliveries[0]).toEqual({
    executionId: `request${LIST_SESSIONS}`,
    targetId: target?.id,
    at: expect.any(Date) as Date,
    status: 200,
    failure: undefined,
  });
  expect(JSON.stringify(zitadel.deliveries)).not.toContain(target?.signingKey);
});

test("stopping ends what is being delivered, also in the background", async () => {
  const receiver = await openReceiver(silent);
  const zitadel = await startZitadel({ allowLoopback: true });
  const waiting = addTarget(zitadel, receiver, INTERRUPTING);
  const unheeded = addTarget(zitadel, receiver, { restAsync: {} });
  zitadel.setExecution({ request: { method: LIST_SESSIONS } }, [unheeded.id, waiting.id]);
  const call = triggerCall(zitadel).catch((error: unknown) => error);
  while (receiver.received.length < 2) await new Promise(setImmediate);
  await zitadel.stop();
  expect(await call).toMatchObject({ message: "fetch failed" });
  await zitadel.idle();
  expect(zitadel.deliveries).toMatchObject([
    { targetId: unheeded.id, status: undefined, failure: `Post "${receiver.url}/hook": context canceled ()` },
    { targetId: waiting.id, status: undefined, failure: `Post "${receiver.url}/hook": context canceled ()` },
  ]);
});
