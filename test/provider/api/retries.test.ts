import { startZitadel, type Fault, type Zitadel } from "../../../local/zitadel";
import { poll } from "../../../provider/api/retry";
import { clientFor, create, failure, fakeClock, type FakeClock, rotate, search } from "../../support/provider";

let clock: FakeClock;
let zitadel: Zitadel;

beforeEach(async () => {
  clock = fakeClock();
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

const client = () => clientFor(zitadel, { clock });
const status = (code: 429 | 502 | 503 | 504, more: Partial<Fault & { kind: "status" }> = {}): Fault => ({
  kind: "status",
  status: code,
  ...more,
});

function target(): string {
  return zitadel.add({ ...create().body }).id;
}

test("a server that did not answer and then is not there may have done it", async () => {
  zitadel.faults.add({ fault: { kind: "reset", work: true } });
  const stopping = { ...clock, sleep: () => zitadel.stop() };
  const error = await failure(clientFor(zitadel, { clock: stopping }).call(create()), zitadel.accessToken);
  expect(error).toMatchObject({ code: "unanswered", operation: "create target" });
  expect(error.message).toContain(
    "no complete answer arrived (ECONNREFUSED), so the call may or may not have taken effect",
  );
  zitadel = await startZitadel();
});

describe("a server that did not begin", () => {
  test.each([429, 503] as const)("with %i is asked again, whatever the call", async (code) => {
    const id = target();
    for (const call of [search, create("other"), rotate(id)]) {
      zitadel.clearRequests();
      zitadel.faults.add({ times: 2, fault: status(code, { retryAfter: 1 }) });
      await client().call(call);
      expect(zitadel.requests.map((request) => request.status)).toEqual([code, code, 200]);
    }
  });

  test("and names seconds to wait for is left alone for that long", async () => {
    zitadel.faults.add({ fault: status(429, { retryAfter: 7 }) });
    await client().call(rotate(target()));
    expect(clock.slept).toEqual([7000]);
  });

  test.each([
    ["minutes behind ours", "Wed, 01 Jul 2026 11:55:00 GMT", "Wed, 01 Jul 2026 11:55:11 GMT"],
    ["years ahead of ours", "Tue, 01 Jul 2036 12:00:00 GMT", "Tue, 01 Jul 2036 12:00:11 GMT"],
    ["missing: then ours counts", "", "Wed, 01 Jul 2026 12:00:11 GMT"],
  ])("and names a date is left alone until then, by the clock of its answer (%s)", async (_case, date, retryAfter) => {
    const headers = { date, "retry-after": retryAfter };
    zitadel.faults.add({ fault: { kind: "answer", status: 503, body: { code: 14, message: "busy" }, headers } });
    await client().call(search);
    expect(clock.slept).toEqual([11_000]);
  });

  test.each(["soon", "-1", "1.5", "Wed, 01 Jul 2020 12:00:00 GMT", ""])(
    "and asks for %j is asked again after the usual pause",
    async (retryAfter) => {
      zitadel.faults.add({ fault: status(503, { retryAfter }) });
      await client().call(search);
      expect(clock.slept).toEqual([187.5]);
    },
  );

  test("and asks for less than the usual pause gets that", async () => {
    zitadel.faults.add({ fault: status(503, { retryAfter: 0 }) });
    await client().call(search);
    expect(clock.slept).toEqual([187.5]);
  });

  test.each(["61", "86400", "99999999999999999999"])("and wants %s s is given up at once", async (retryAfter) => {
    zitadel.faults.add({ fault: status(429, { retryAfter }) });
    const error = await failure(client().call(create()), zitadel.accessToken);
    expect(error).toMatchObject({ code: "unavailable", status: 429, operation: "create target" });
    expect(error.message).toContain("Run the same command again later. Nothing was removed from the state.");
    expect(clock.slept).toEqual([]);
  });

  test("for good is given up after six tries, with pauses that double", async () => {
    const fault = zitadel.faults.add({ times: Infinity, fault: status(503) });
    const error = await failure(client().call(create()), zitadel.accessToken);
    expect(error).toMatchObject({ code: "unavailable", status: 503 });
    expect(error.message).toBe(
      `Creating target "hook" on ${zitadel.url} failed: ZITADEL answered 503 "Service Unavailable: create". Run the same command again later. Nothing was removed from the state.`,
    );
    expect(fault.hits).toBe(6);
    expect(clock.slept).toEqual([187.5, 375, 750, 1500, 3000]);
  });

  test("for good is given up within a minute", async () => {
    const fault = zitadel.faults.add({ times: Infinity, fault: status(429, { retryAfter: 25 }) });
    await failure(client().call(search));
    expect(clock.slept).toEqual([25_000, 25_000]);
    expect(fault.hits).toBe(3);
  });

  test("pauses vary between half and the whole", async () => {
    const pauses: number[] = [];
    for (const random of [0, 1]) {
      zitadel.faults.add({ fault: status(503) });
      const fixed = {
        ...fakeClock(),
        random: () => random,
        sleep: (pause: number) => Promise.resolve(void pauses.push(pause)),
      };
      await clientFor(zitadel, { clock: fixed }).call(search);
    }
    expect(pauses).toEqual([125, 250]);
  });
});

describe("a call of which it is not known whether it was done", () => {
  const faults: [string, Fault, string][] = [
    [
      "502",
      status(502, { work: true, html: true }),
      "a proxy answered 502, so the call may or may not have taken effect",
    ],
    ["504", status(504, { work: true }), "a proxy answered 504, so the call may or may not have taken effect"],
    [
      "a reset",
      { kind: "reset", work: true },
      "no complete answer arrived (ECONNRESET), so the call may or may not have taken effect. Run the same command again: it finds out",
    ],
    [
      "half an answer",
      { kind: "halfAnswer" },
      "no complete answer arrived (ERR_HTTP_CONTENT_LENGTH_MISMATCH), so the call may or may not have taken effect. Run the same command again: it finds out",
    ],
  ];

  test.each(faults)("after %s is sent again if it may be, and told to be doubtful", async (_what, fault) => {
    zitadel.faults.add({ fault });
    const reply = await client().ask(create());
    expect(reply).toMatchObject({ doubtful: true, refusal: { code: "name_taken" } });
    expect(zitadel.targets()).toHaveLength(1);
    expect(zitadel.count().create).toBe(2);
    expect(await client().ask(search)).toMatchObject({ doubtful: false });
  });

  test.each(faults)("after %s is not sent again otherwise", async (_what, fault, said) => {
    const id = target();
    const before = zitadel.targets()[0]?.signingKey;
    zitadel.faults.add({ fault });
    const error = await failure(client().call(rotate(id)), zitadel.accessToken);
    expect(error).toMatchObject({ code: "unanswered", operation: "update target" });
    expect(error.message).toBe(`Updating target ${id} on ${zitadel.url} failed: ${said}.`);
    expect(zitadel.count().update).toBe(1);
    expect(clock.slept).toEqual([]);
    expect(zitadel.targets()[0]?.signingKey).not.toBe(before);
  });

  test("for good is given up after six tries", async () => {
    zitadel.faults.add({ times: Infinity, fault: { kind: "reset" } });
    const error = await failure(client().call(search), zitadel.accessToken);
    expect(error).toMatchObject({ code: "unanswered", cause: { code: "ECONNRESET" } });
    expect(zitadel.count().search).toBe(6);
    zitadel.faults.clear();
    zitadel.faults.add({ times: Infinity, fault: status(502, { html: true }) });
    expect(await failure(client().call(search))).toMatchObject({ code: "unavailable", status: 502 });
  });

  test("a 503 that comes after a reset does not make it certain", async () => {
    zitadel.faults.add({ fault: { kind: "reset", work: true } });
    zitadel.faults.add({ fault: status(503) });
    expect(await client().ask(create())).toMatchObject({ doubtful: true, refusal: { code: "name_taken" } });
  });

  test("a 503 that names no time to come back may have come from a proxy after the work", async () => {
    const fault = status(503, { work: true });
    zitadel.faults.add({ fault });
    expect(await client().ask(create())).toMatchObject({ doubtful: true, refusal: { code: "name_taken" } });
    zitadel.faults.add({ fault });
    const id = zitadel.targets()[0]?.id ?? "";
    expect(await failure(client().call(rotate(id)))).toMatchObject({ code: "unanswered", status: 503 });
    zitadel.faults.add({ fault: status(503, { retryAfter: 1 }) });
    expect(await client().ask(create())).toMatchObject({ doubtful: false, refusal: { code: "name_taken" } });
  });

  test("does not end as one that was not sent", async () => {
    zitadel.faults.add({ fault: { kind: "reset", work: true } });
    const away = { ...clock };
    away.sleep = () => zitadel.stop();
    const error = await failure(clientFor(zitadel, { clock: away }).call(create()));
    expect(error).toMatchObject({ code: "unanswered", doubtful: true, cause: { code: "ECONNREFUSED" } });
    zitadel = await startZitadel();
  });

  test("stays doubtful when a new token is asked for in between", async () => {
    zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset", work: true } });
    zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "answer", status: 401, body: {} } });
    const clientSecret = zitadel.owner.clientSecret();
    const credential = { kind: "clientCredentials", source: "environment", clientId: "owner", clientSecret } as const;
    const reply = await clientFor(zitadel, { clock, instance: { credential } }).ask(create());
    expect(reply).toMatchObject({ doubtful: true, refusal: { code: "name_taken" } });
    expect(zitadel.count()).toMatchObject({ create: 3, token: 2 });
  });

  test.each([
    ["is refused", { kind: "answer", status: 400, body: { error: "invalid_client" } }, "answered 400"],
    ["ends at a page of a proxy", { kind: "answer", status: 404, body: "<html></html>" }, "answered 404"],
    ["gets no answer", { kind: "reset" }, "no complete answer arrived (ECONNRESET)"],
  ] as const)("stays doubtful when the new login %s", async (_how, fault, said) => {
    zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "status", status: 503, work: true } });
    zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "answer", status: 401, body: {} } });
    zitadel.faults.add({ match: { operation: "token" }, skip: 1, times: Infinity, fault });
    const clientSecret = zitadel.owner.clientSecret();
    const credential = { kind: "clientCredentials", source: "environment", clientId: "owner", clientSecret } as const;
    const error = await failure(clientFor(zitadel, { clock, instance: { credential } }).call(create()), clientSecret);
    expect(zitadel.targets()).toHaveLength(1);
    expect(error).toMatchObject({ code: "unanswered", operation: "create target", doubtful: true });
    expect(error.message).toContain(
      "a try got no complete answer, so the call may or may not have taken effect, and repeating it failed (Logging in to ",
    );
    expect(error.message).toContain(said);
    expect(error.message).toMatch(/\. Run the same command again: it finds out\.$/);
  });
});

test("a refused connection is tried again, whatever the call, and nothing was sent", async () => {
  const accessToken = zitadel.accessToken;
  const { url } = zitadel;
  await zitadel.stop();
  const error = await failure(clientFor({ url, accessToken }, { clock }).call(rotate("1")), accessToken);
  expect(error).toMatchObject({ code: "unreachable", operation: "update target", cause: { code: "ECONNREFUSED" } });
  expect(error.message).toBe(
    `Updating target 1 on ${url} failed: no connection (ECONNREFUSED). Check \`zitadel-actions:domain\`, \`zitadel-actions:port\`, the network and HTTPS_PROXY. Nothing was sent. A refresh or destroy alone uses the settings that the last run stored.`,
  );
  expect(clock.slept).toHaveLength(5);
});

test("a server that comes up in the meantime is found", async () => {
  const { port, url, accessToken } = zitadel;
  await zitadel.stop();
  const starting = { ...clock };
  starting.sleep = async () => {
    zitadel = await startZitadel({ port });
  };
  const credential = { kind: "accessToken", source: "environment", accessToken } as const;
  const reply = await clientFor({ url, accessToken }, { clock: starting, instance: { credential } }).ask(search);
  // Another server with other tokens: it was asked.
  expect(reply.refusal?.code).toBe("unauthenticated");
});

describe("cancelling", () => {
  test("ends the wait between tries", async () => {
    const stop = new AbortController();
    const fault = zitadel.faults.add({ times: Infinity, fault: status(503) });
    const waiting = { ...clock };
    waiting.sleep = (pause, signal) => {
      stop.abort();
      return clock.sleep(pause, signal);
    };
    const error = await failure(clientFor(zitadel, { clock: waiting, signal: stop.signal }).call(create()));
    expect(error).toMatchObject({
      code: "cancelled",
      message: `Creating target "hook" on ${zitadel.url} failed: it was cancelled.`,
    });
    expect(fault.hits).toBe(1);
  });

  test.each([
    ["a write", create(), true],
    ["a search", search, false],
  ])("leaves open what %s did", async (_what, call, doubtful) => {
    const stop = new AbortController();
    zitadel.faults.add({ fault: { kind: "hang", work: true } });
    const hanging = cancellable(stop.signal).call(call);
    await arrived();
    stop.abort();
    expect(await failure(hanging, zitadel.accessToken)).toMatchObject({ code: "cancelled", doubtful });
  });

  test("ends a request on its way", async () => {
    const stop = new AbortController();
    zitadel.faults.add({ fault: { kind: "hang" } });
    const hanging = cancellable(stop.signal).call(create());
    await arrived();
    stop.abort();
    const error = await failure(hanging, zitadel.accessToken);
    expect(error.code).toBe("cancelled");
  });

  test("sends nothing afterwards", async () => {
    const error = await failure(cancellable(AbortSignal.abort()).call(create()), zitadel.accessToken);
    expect(error.code).toBe("cancelled");
    expect(zitadel.requests).toEqual([]);
  });

  const cancellable = (signal: AbortSignal) => clientFor(zitadel, { clock, signal });

  async function arrived(): Promise<void> {
    while (zitadel.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  }
});

describe("asking until the answer will do", () => {
  test("ends with the first that will", async () => {
    let asked = 0;
    expect(await poll(clock, () => Promise.resolve(++asked === 4 ? "yes" : undefined), 20_000)).toBe("yes");
    expect(clock.slept).toEqual([100, 200, 400]);
  });

  test("ends after the time that it was given", async () => {
    expect(await poll<string>(clock, () => Promise.resolve(undefined), 20_000)).toBeUndefined();
    const total = clock.slept.reduce((sum, pause) => sum + pause, 0);
    expect(total).toBeGreaterThan(17_000);
    expect(total).toBeLessThanOrEqual(20_000);
  });
});
