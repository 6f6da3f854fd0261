import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect as connectSocket, createServer as createSocketServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../../local/zitadel";
import { Client } from "../../../provider/core/client";
import type { Instance } from "../../../provider/api/instance";
import { readSettings } from "../../../provider/settings/sources";
import { connect } from "../../../provider/api/http";
import { certify } from "../../support/certificate";
import {
  clientFor,
  create,
  failure,
  fakeClock,
  instanceFor,
  rotate,
  search,
  secretOf,
  serve,
} from "../../support/provider";

const domain = "zitadel.test";
const { authority, server: certificate } = certify(domain);
const strangers = certify("localhost");

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(options: ZitadelOptions = {}): Promise<Zitadel> {
  const zitadel = await startZitadel(options);
  closing.push(() => zitadel.stop());
  return zitadel;
}

async function listen(server: Server | ReturnType<typeof createSocketServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

interface Proxy {
  readonly url: string;
  /** The first line and the headers of each request. */
  readonly asked: { line: string; headers: Record<string, unknown> }[];
}

/** A proxy, the only one that knows where `zitadel.test` is: at a port of this machine. */
async function startProxy(port: number, tunnel?: (socket: Socket) => void): Promise<Proxy> {
  const asked: Proxy["asked"] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((request, response) => {
    asked.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    response.writeHead(200, { "content-type": "application/json" }).end('{"pagination": {}}');
  });
  proxy.on("connect", (request, socket: Socket) => {
    asked.push({ line: `CONNECT ${request.url}`, headers: request.headers });
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    if (tunnel !== undefined) {
      tunnel(socket);
      return;
    }
    const there = connectSocket(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      there.pipe(socket).pipe(there);
    });
    there.on("error", () => socket.destroy());
    sockets.add(there);
  });
  const own = await listen(proxy);
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${own}`, asked };
}

/** The instance that settings for `zitadel.test` make, with the environment's proxies. */
function settingsFor(zitadel: Zitadel, env: Record<string, string>, more: Record<string, string> = {}): Instance {
  const folder = mkdtempSync(join(tmpdir(), "connection-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const caCertificateFile = join(folder, "ca.pem");
  writeFileSync(caCertificateFile, authority.cert);
  const stack: Record<string, string> = {
    domain,
    port: String(zitadel.port),
    accessToken: zitadel.accessToken,
    caCertificateFile,
    ...more,
  };
  return readSettings((key) => stack[key.replace("zitadel:", "")], env).instance(undefined);
}

const clientOf = (instance: Instance) => new Client(instance, { clock: fakeClock() });

describe("a private certificate authority", () => {
  const local = certify("localhost");

  test("is trusted when it is named", async () => {
    const zitadel = await start({ tls: local.server });
    await clientFor(zitadel, { instance: { certificateAuthority: local.authority.cert } }).call(create());
    expect(zitadel.targets()).toHaveLength(1);
  });

  test("may be one of several in the file", async () => {
    const zitadel = await start({ tls: local.server });
    const certificateAuthority = `# ours\n${strangers.authority.cert}\n${local.authority.cert}`;
    await clientFor(zitadel, { instance: { certificateAuthority } }).call(search);
    expect(zitadel.count().search).toBe(1);
  });

  test.each<[string, Partial<Instance>]>([
    ["is not named", {}],
    ["is another", { certificateAuthority: strangers.authority.cert }],
  ])("that %s: nothing is sent, and the setting is named", async (_what, instance) => {
    const zitadel = await start({ tls: local.server });
    const error = await failure(clientFor(zitadel, { instance }).call(create()), zitadel.accessToken);
    expect(error.code).toBe("unreachable");
    expect(error.message).toMatch(
      /^Creating target "hook" on https:\/\/localhost:\d+ failed: the connection could not be secured \(\w+\)\. For a private certificate authority, run `pulumi config set zitadel-actions:caCertificateFile <file>`; for a server without TLS, run `pulumi config set zitadel-actions:insecure true`\. Nothing was sent\.$/,
    );
    expect(zitadel.requests).toEqual([]);
  });

  test("does not make up for a certificate of another host", async () => {
    const other = certify("other.test");
    const zitadel = await start({ tls: other.server });
    const client = clientFor(zitadel, { instance: { certificateAuthority: other.authority.cert } });
    const error = await failure(client.call(search), zitadel.accessToken);
    expect(error).toMatchObject({ code: "unreachable", cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } });
    expect(zitadel.requests).toEqual([]);
  });

  test("HTTPS to a server without TLS says so", async () => {
    const zitadel = await start();
    const url = zitadel.url.replace("http:", "https:");
    const error = await failure(clientFor({ ...zitadel, url }).call(search), zitadel.accessToken);
    expect(error).toMatchObject({ code: "unreachable", cause: { code: "EPROTO" } });
    expect(error.message).toContain("for a server without TLS, run `pulumi config set zitadel-actions:insecure true`");
  });
});

describe("HTTPS_PROXY", () => {
  test("tunnels all that goes to the instance, and sees nothing of it", async () => {
    const zitadel = await start({ domain, tls: certificate });
    const proxy = await startProxy(zitadel.port);
    const instance = settingsFor(zitadel, { HTTPS_PROXY: proxy.url });
    expect(instance.origin).toBe(zitadel.url);
    const client = new Client({ ...instance, credential: secretOf(zitadel.owner) }, { clock: fakeClock() });
    await client.call(create());
    await client.call(search);
    expect(zitadel.count()).toMatchObject({ create: 1, search: 1, token: 1 });
    expect(new Set(proxy.asked.map(({ line }) => line))).toEqual(new Set([`CONNECT ${domain}:${zitadel.port}`]));
    for (const { headers } of proxy.asked) expect(headers).not.toHaveProperty("authorization");
  });

  test("in lower case, with a password, which goes to the proxy alone", async () => {
    const zitadel = await start({ domain, tls: certificate });
    const proxy = await startProxy(zitadel.port);
    const url = proxy.url.replace("//", "//boss:hunter2-proxy@");
    await clientOf(settingsFor(zitadel, { https_proxy: url })).call(search);
    const basic = `Basic ${Buffer.from("boss:hunter2-proxy").toString("base64")}`;
    expect(proxy.asked).toMatchObject([{ headers: { "proxy-authorization": basic } }]);
    expect(JSON.stringify(zitadel.requests)).not.toContain(basic);
  });

  test.each([domain, `other.test,${domain}`, "*", ".test"])("is not used where NO_PROXY is %s", async (none) => {
    const zitadel = await start({ domain, tls: certificate });
    const proxy = await startProxy(zitadel.port);
    const instance = settingsFor(zitadel, { HTTPS_PROXY: proxy.url, NO_PROXY: none });
    // zitadel.test resolves only at the proxy, so without the proxy, use the address of this machine.
    expect(instance.proxy).toEqual({ HTTPS_PROXY: proxy.url, NO_PROXY: none });
    const direct = { ...instance, origin: zitadel.url.replace(domain, "127.0.0.1") };
    const everything = { ...direct, proxy: { HTTPS_PROXY: proxy.url, NO_PROXY: none.replace(/.*test/, "127.0.0.1") } };
    expect((await failure(clientOf(everything).call(search))).cause).toEqual({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
      message: "no answer (ERR_TLS_CERT_ALTNAME_INVALID)",
    });
    expect(proxy.asked).toEqual([]);
  });

  test("that refuses: nothing was sent, whatever the call, and its password is not repeated", async () => {
    const zitadel = await start({ domain, tls: certificate });
    const proxy = await startProxy(zitadel.port, (socket) => socket.end("HTTP/1.1 407 No\r\n\r\n"));
    const url = proxy.url.replace("//", "//boss:hunter2-proxy@");
    const client = clientOf(settingsFor(zitadel, { HTTPS_PROXY: url }));
    const error = await failure(client.call(rotate("1")), zitadel.accessToken, "hunter2-proxy");
    expect(error).toMatchObject({ code: "unreachable", cause: { code: "ERR_PROXY_TUNNEL" } });
    expect(error.message).toContain(
      "the network and HTTPS_PROXY. Nothing was sent. A refresh or destroy alone uses the settings that the last run stored.",
    );
    expect(proxy.asked).toHaveLength(6);
  });

  test("that never answers does not hold us forever", async () => {
    const zitadel = await start({ domain, tls: certificate });
    const proxy = await startProxy(zitadel.port, () => undefined);
    const instance = settingsFor(zitadel, { HTTPS_PROXY: proxy.url });
    const client = new Client(instance, { clock: fakeClock(), send: connect(instance, 50) });
    const error = await failure(client.call(rotate("1")), zitadel.accessToken);
    expect(error).toMatchObject({ code: "unanswered", cause: { code: "ETIMEDOUT" } });
  });

  test("that is not there", async () => {
    const zitadel = await start({ domain, tls: certificate });
    const gone = await serve(() => undefined);
    gone.close();
    const error = await failure(clientOf(settingsFor(zitadel, { HTTPS_PROXY: gone.url })).call(search));
    expect(error).toMatchObject({ code: "unreachable", cause: { code: "ECONNREFUSED" } });
  });
});

test("HTTP_PROXY is for instances without TLS", async () => {
  const zitadel = await start({ domain });
  const proxy = await startProxy(zitadel.port);
  const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: "http://127.0.0.1:1" };
  await clientOf(settingsFor(zitadel, env, { insecure: "true" })).call(search);
  expect(proxy.asked.map(({ line }) => line)).toEqual([`POST ${zitadel.url}/v2/actions/targets/search`]);
  expect(proxy.asked).toMatchObject([{ headers: { host: `${domain}:${zitadel.port}` } }]);
});

test("proxy variables that the settings do not know are not used", async () => {
  const zitadel = await start();
  const proxy = await startProxy(zitadel.port);
  const before = process.env["HTTP_PROXY"];
  process.env["HTTP_PROXY"] = proxy.url;
  try {
    await clientFor(zitadel).call(search);
  } finally {
    if (before === undefined) delete process.env["HTTP_PROXY"];
    else process.env["HTTP_PROXY"] = before;
  }
  expect(proxy.asked).toEqual([]);
  expect(zitadel.count().search).toBe(1);
});

test("extra headers arrive with every request, that for a token included", async () => {
  const zitadel = await start();
  const headers = { "X-Tenant": "blue", "CF-Access-Client-Secret": "very-secret" };
  await clientFor(zitadel, { instance: { headers, credential: secretOf(zitadel.owner) } }).call(create());
  expect(zitadel.requests.map(({ operation }) => operation)).toEqual(["token", "create"]);
  for (const request of zitadel.requests) {
    expect(request.headers).toMatchObject({ "x-tenant": "blue", "cf-access-client-secret": "very-secret" });
  }
  expect(zitadel.requests[1]?.headers).toMatchObject({
    accept: "application/json",
    "content-type": "application/json",
  });
});

describe("a redirect", () => {
  test.each([301, 302, 303, 307, 308] as const)(
    "by %i is an error, and the credential does not follow it",
    async (status) => {
      const zitadel = await start();
      const visits: unknown[] = [];
      const elsewhere = await serve((request, response) => {
        visits.push(request.headers);
        response.end("{}");
      });
      closing.push(() => elsewhere.close());
      const location = `${elsewhere.url}/login?token=in-the-location`;
      zitadel.faults.add({ fault: { kind: "redirect", status, location } });
      const error = await failure(clientFor(zitadel).call(search), zitadel.accessToken, "in-the-location");
      expect(error).toMatchObject({ code: "unexpected_answer", status });
      expect(error.message).toBe(
        `Listing the targets on ${zitadel.url} failed: something answered ${status}, a redirect to ${new URL(location).host}, and the provider never follows one with a credential. Check \`zitadel-actions:domain\`, \`zitadel-actions:port\` and \`zitadel-actions:insecure\`, and any proxy or gateway in front of the server.`,
      );
      expect(visits).toEqual([]);
    },
  );

  test.each(["/login", "http://", ""])("to %j", async (location) => {
    const zitadel = await start();
    zitadel.faults.add({ fault: { kind: "redirect", location } });
    const error = await failure(clientFor(zitadel).call(search), zitadel.accessToken);
    expect(error.message).toContain("something answered 307, a redirect, and the provider never follows one");
  });
});

test("a page is not mistaken for an answer", async () => {
  const zitadel = await start();
  const body = "<html><form>Sign in: secret-of-the-page</form></html>";
  zitadel.faults.add({ fault: { kind: "answer", status: 200, body, headers: { "content-type": "text/html" } } });
  const error = await failure(clientFor(zitadel).call(create()), zitadel.accessToken, "secret-of-the-page");
  expect(error).toMatchObject({
    code: "unexpected_answer",
    status: 200,
    message: `Creating target "hook" on ${zitadel.url} failed: something answered 200 without ZITADEL's JSON (a proxy's login page?). Check \`zitadel-actions:domain\`, \`zitadel-actions:port\` and \`zitadel-actions:insecure\`, and any proxy or gateway in front of the server.`,
  });
});

describe("a server that", () => {
  test("sends without end is cut off in bounded memory", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(1024 * 1024, " ");
    const endless = await serve((_request, response) => {
      const more = () => {
        do sent += chunk.length;
        while (response.write(chunk));
        response.once("drain", more);
      };
      more();
    });
    closing.push(() => endless.close());
    const error = await failure(clientFor({ url: endless.url, accessToken: "a-token" }).call(rotate("1")), "a-token");
    expect(error).toMatchObject({ code: "unanswered", cause: { code: "ANSWER_TOO_LARGE" } });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test("announces more than it may send is cut off too", async () => {
    const large = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 10 ** 12 });
      response.write(Buffer.alloc(40 * 1024 * 1024));
    });
    closing.push(() => large.close());
    const error = await failure(clientFor({ url: large.url, accessToken: "a-token" }).call(rotate("1")));
    expect(error.cause).toMatchObject({ code: "ANSWER_TOO_LARGE" });
  });

  test("sends a page of the longest targets is heard to its end", async () => {
    const zitadel = await start();
    const target = { ...create().body, name: "ü".repeat(1000), endpoint: `https://example.com/${"a".repeat(2028)}` };
    const targets = Array.from({ length: 1000 }, (_, index) => ({ ...target, id: String(index) }));
    zitadel.faults.add({ fault: { kind: "answer", status: 200, body: { targets } } });
    expect((await clientFor(zitadel).call(search))["targets"]).toHaveLength(1000);
  });

  test("takes the request and never answers", async () => {
    const zitadel = await start();
    zitadel.faults.add({ fault: { kind: "hang" } });
    const instance = instanceFor(zitadel);
    const client = new Client(instance, { clock: fakeClock(), send: connect(instance, 50) });
    const error = await failure(client.call(rotate("1")), zitadel.accessToken);
    expect(error).toMatchObject({ code: "unanswered", cause: { code: "ETIMEDOUT" } });
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ["hangs up", (socket) => socket.destroy(), "ECONNRESET"],
    ["speaks another protocol", (socket) => socket.end("220 mail.example.com ESMTP\r\n"), "HPE_INVALID_CONSTANT"],
    [
      "sends headers without end",
      (socket) => socket.end(`HTTP/1.1 200 OK\r\n${`x: ${"y".repeat(1000)}\r\n`.repeat(100)}\r\n{}`),
      "HPE_HEADER_OVERFLOW",
    ],
    [
      "breaks off",
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"targets'),
      "ERR_HTTP_CONTENT_LENGTH_MISMATCH",
    ],
    [
      "breaks off between two chunks",
      (socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"),
      "ECONNRESET",
    ],
  ])("%s", async (_what, answer, code) => {
    const server = createSocketServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () => answer(socket));
    });
    const url = `http://127.0.0.1:${await listen(server)}`;
    closing.push(() => server.close());
    const error = await failure(clientFor({ url, accessToken: "a-token" }).call(rotate("1")), "a-token");
    expect(error).toMatchObject({ code: "unanswered", cause: { code, message: `no answer (${code})` } });
  });
});

test("connections are kept for the next request", async () => {
  const ports = new Set<number | undefined>();
  const server = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end("{}");
  });
  closing.push(() => server.close());
  const client = clientFor({ url: server.url, accessToken: "a-token" });
  for (let count = 0; count < 5; count++) await client.call(search);
  expect(ports.size).toBe(1);
});
