import { startZitadel, type Fault, type Zitadel } from "../../../local/zitadel";
import { call } from "../../support/replay";

const TARGETS = "/v2/actions/targets";
const wanted = (name: string) => ({ name, endpoint: "https://example.com", timeout: "10s", restWebhook: {} });

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

const send = (request: string, body?: unknown) =>
  call({ baseUrl: zitadel.url, accessToken: zitadel.accessToken }, request, body);
const create = (name = "a") => send(`POST ${TARGETS}`, wanted(name));
const names = () => zitadel.targets().map(({ name }) => name);

/** The code of the connection error that a request ends with. */
async function connectionError(request: Promise<unknown>): Promise<unknown> {
  const error: unknown = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return (error as { cause?: { code?: string } } | undefined)?.cause?.code;
}

test("a reset before the work leaves nothing, one after it leaves the target", async () => {
  zitadel.faults.add({ fault: { kind: "reset" } });
  expect(await connectionError(create())).toBe("ECONNRESET");
  expect(names()).toEqual([]);
  zitadel.faults.add({ fault: { kind: "reset", work: true } });
  expect(await connectionError(create())).toBe("ECONNRESET");
  expect(names()).toEqual(["a"]);
  expect(zitadel.requests.map(({ status }) => status)).toEqual([undefined, undefined]);
});

test("half an answer breaks off in its body, and the work is done", async () => {
  zitadel.faults.add({ fault: { kind: "halfAnswer" } });
  expect(await connectionError(create())).toBe("UND_ERR_SOCKET");
  expect(names()).toEqual(["a"]);
});

test.each<[Fault & { kind: "status" }, string | null]>([
  [{ kind: "status", status: 429, retryAfter: 3 }, "3"],
  [{ kind: "status", status: 429 }, null],
  [{ kind: "status", status: 502 }, null],
  [{ kind: "status", status: 503, retryAfter: "Wed, 01 Jul 2026 12:00:00 GMT" }, "Wed, 01 Jul 2026 12:00:00 GMT"],
  [{ kind: "status", status: 504, work: true }, null],
])("status: %j", async (fault, retryAfter) => {
  zitadel.faults.add({ fault });
  const answer = await create();
  expect(answer.status).toBe(fault.status);
  expect(answer.headers.get("retry-after")).toBe(retryAfter);
  expect(answer.body).toHaveProperty("message");
  expect(names()).toEqual(fault.work ? ["a"] : []);
});

test("a proxy's page is HTML", async () => {
  zitadel.faults.add({ fault: { kind: "status", status: 502, html: true } });
  const { headers, body } = await create();
  expect(headers.get("content-type")).toBe("text/html");
  expect(body).toMatch(/^<html>[^]*502 Bad Gateway/);
});

test("a redirect sends the client elsewhere", async () => {
  zitadel.faults.add({ fault: { kind: "redirect", location: "https://example.com/" } });
  const { status, headers } = await create();
  expect([status, headers.get("location")]).toEqual([307, "https://example.com/"]);
  expect(names()).toEqual([]);
});

test("a fixed answer is given as it is", async () => {
  zitadel.faults.add({ fault: { kind: "answer", status: 418, body: { short: "stout" }, headers: { "x-pot": "tea" } } });
  const { status, headers, body } = await create();
  expect([status, headers.get("x-pot"), body]).toEqual([418, "tea", { short: "stout" }]);
});

test("a request that hangs is never answered, and does not keep the mock server from stopping", async () => {
  const seen = Promise.withResolvers<undefined>();
  zitadel.faults.add({ match: { when: () => (seen.resolve(undefined), true) }, fault: { kind: "hang", work: true } });
  const request = connectionError(create());
  await seen.promise;
  expect(await Promise.race([request, send(`POST ${TARGETS}/search`, {}).then(() => "others are answered")])).toBe(
    "others are answered",
  );
  expect(names()).toEqual(["a"]);
  await zitadel.stop();
  expect(await request).toBe("UND_ERR_SOCKET");
});

test.each([false, true])("a request is held until a test lets it go on; after the work: %p", async (after) => {
  const gate = Promise.withResolvers<undefined>();
  const seen = Promise.withResolvers<undefined>();
  const match = { operation: "create", when: () => (seen.resolve(undefined), true) } as const;
  zitadel.faults.add({ match, fault: { kind: "hold", until: gate.promise, after } });
  const request = create();
  await seen.promise;
  // Another request takes its whole way meanwhile.
  await send(`POST ${TARGETS}/search`, {});
  expect(names()).toEqual(after ? ["a"] : []);
  gate.resolve(undefined);
  expect(await request).toMatchObject({ status: 200 });
  expect(names()).toEqual(["a"]);
});

test("a delay and a latency make answers late", async () => {
  const timed = async () => {
    const begin = performance.now();
    await send(`POST ${TARGETS}/search`, {});
    return performance.now() - begin;
  };
  zitadel.faults.add({ fault: { kind: "delay", ms: 30 } });
  // Timers may be a millisecond early.
  expect(await timed()).toBeGreaterThanOrEqual(29);
  zitadel.latency = 20;
  expect(await timed()).toBeGreaterThanOrEqual(19);
});

describe("a rule", () => {
  const fault: Fault = { kind: "status", status: 503 };

  test("is for the operation, method and path that it names", async () => {
    const { id } = zitadel.add(wanted("a"));
    zitadel.faults.add({ match: { operation: "update" }, fault });
    zitadel.faults.add({ match: { method: "delete" }, fault });
    zitadel.faults.add({ match: { path: "/oauth/v2/keys" }, fault });
    zitadel.faults.add({ match: { path: /\/oauth\// }, fault });
    const requests = [
      [`GET ${TARGETS}/${id}`, 200],
      [`POST ${TARGETS}/search`, 200],
      [`POST ${TARGETS}/${id}`, 503],
      [`POST ${TARGETS}/${id}`, 200],
      [`DELETE ${TARGETS}/${id}`, 503],
      ["GET /oauth/v2/keys", 503],
      ["POST /oauth/v2/token", 503],
    ] as const;
    for (const [request, status] of requests)
      expect([request, (await send(request)).status]).toEqual([request, status]);
  });

  test("can look at the body", async () => {
    const when = ({ body }: { body: unknown }) => (body as { name: string }).name === "b";
    zitadel.faults.add({ match: { operation: "create", when }, fault });
    expect([(await create("a")).status, (await create("b")).status]).toEqual([200, 503]);
  });

  test("skips some, hits some, and is over; a request meets one fault only", async () => {
    const first = zitadel.faults.add({ skip: 1, times: 2, fault });
    const second = zitadel.faults.add({ times: Infinity, fault: { kind: "status", status: 502 } });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) statuses.push((await create()).status);
    expect(statuses).toEqual([502, 503, 503, 502]);
    expect([first.hits, second.hits]).toEqual([2, 2]);
    second.remove();
    expect((await create()).status).toBe(200);
    zitadel.faults.add({ fault });
    zitadel.faults.clear();
    expect((await create("b")).status).toBe(200);
  });
});
