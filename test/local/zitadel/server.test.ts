import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { call, standIns } from "../../support/replay";

const startZitadel = standIns();
const pem = (name: string) => readFileSync(join(__dirname, "..", "..", "data/tls", name));
const SEARCH = "POST /v2/actions/targets/search";

interface GetOptions {
  /** The authority to trust. */
  ca?: Buffer;
  /** The host to ask for. */
  host?: string;
}

/** The status and the JSON answered, on a connection of its own. */
function get(url: string, { ca, host }: GetOptions = {}): Promise<{ status: number | undefined; body: unknown }> {
  const { request } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    const options = { agent: false, ...(ca && { ca }), ...(host && { headers: { host } }) };
    request(url, options, (response) => {
      json(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    })
      .on("error", reject)
      .end();
  });
}

test("serves HTTPS with a certificate of its own authority", async () => {
  const zitadel = await startZitadel({ tls: { key: pem("localhost.key"), cert: pem("localhost.pem") } });
  expect(zitadel.url).toBe(`https://localhost:${zitadel.port}`);
  const keys = `${zitadel.url}/oauth/v2/keys`;
  const trusting = { ca: pem("ca.pem") };
  expect(await get(keys, trusting)).toMatchObject({ status: 200, body: { keys: [{ alg: "RS256" }] } });
  await expect(get(keys)).rejects.toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  zitadel.faults.add({ fault: { kind: "reset" } });
  await expect(get(keys, trusting)).rejects.toMatchObject({ code: "ECONNRESET" });
});

test("answers to its own domain only, whatever the port", async () => {
  const zitadel = await startZitadel({ domain: "auth.example.com" });
  const url = `http://localhost:${zitadel.port}/v2/actions/targets/1`;
  expect(zitadel.url).toBe(`http://auth.example.com:${zitadel.port}`);
  for (const host of ["auth.example.com", `auth.example.com:${zitadel.port}`, "auth.example.com:1"]) {
    expect(await get(url, { host })).toMatchObject({ status: 401, body: { code: 16 } });
  }
  for (const host of ["AUTH.example.com", "localhost", "auth.example.com."]) {
    expect(await get(url, { host })).toMatchObject({ status: 404, body: { code: 5 } });
  }
});

test("stops with connections open, and frees the port", async () => {
  const first = await startZitadel();
  const idle = connect(first.port, "127.0.0.1");
  const closed = new Promise((resolve) => idle.once("close", resolve));
  await new Promise((resolve) => idle.once("connect", resolve));
  await first.stop();
  await closed;
  const second = await startZitadel({ port: first.port });
  expect(second.port).toBe(first.port);
  await expect(startZitadel({ port: first.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("a broken escape in the path is rejected", async () => {
  const zitadel = await startZitadel();
  expect(await call({ baseUrl: zitadel.url }, "GET /v2/actions/targets/%zz")).toMatchObject({ status: 400 });
});

test("finds a thousand targets of a thousand by their ids in one request", async () => {
  const zitadel = await startZitadel();
  const targetIds = Array.from({ length: 1000 }, (_, index) => {
    return zitadel.add({ name: `n${index}`, endpoint: "https://example.com", timeout: "10s", restAsync: {} }).id;
  });
  const body = { filters: [{ inTargetIdsFilter: { targetIds } }], pagination: { limit: 1000, asc: true } };
  const { body: found } = await call({ baseUrl: zitadel.url, accessToken: zitadel.accessToken }, SEARCH, body);
  expect((found as { targets: { id: string }[] }).targets.map(({ id }) => id)).toEqual(targetIds);
});
