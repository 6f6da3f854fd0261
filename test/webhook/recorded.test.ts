import { verify, verifyRaw } from "../../webhook";
import { forgeries } from "../support/forgeries";
import { optionsFor, outcome, recorded, recording, tried } from "../support/webhook";

// Deliveries of a real server are accepted unchanged, and rejected with any change.

const names = Object.keys(recorded);

test("deliveries of every kind were recorded, and of every payload type", () => {
  const count = (values: readonly string[]) =>
    Object.fromEntries([...new Set(values)].toSorted().map((one) => [one, values.filter((v) => v === one).length]));
  expect(count(names.map((name) => recording(name).target.payloadType))).toEqual({
    PAYLOAD_TYPE_JSON: 20,
    PAYLOAD_TYPE_JWE: 2,
    PAYLOAD_TYPE_JWT: 1,
  });
  expect(count(names.map((name) => name.split("-")[0] ?? ""))).toEqual({
    event: 13,
    function: 2,
    request: 6,
    response: 2,
  });
});

describe.each(names)("%s", (name) => {
  const genuine = recording(name);

  test("is verified, decrypted and read", async () => {
    const { payload, ...about } = await verifyRaw(genuine.body, genuine.headers, optionsFor(genuine));
    expect(about).toEqual({
      kind: name.split("-")[0],
      payloadType: genuine.target.payloadType,
      signedAt: expect.any(Date) as Date,
    });
    expect(Math.abs(about.signedAt.getTime() / 1_000 - genuine.receivedAtUnix)).toBeLessThanOrEqual(1);
    const listSessions = {
      fullMethod: "/zitadel.session.v2.SessionService/ListSessions",
      userID: "400661014104312870",
      request: { query: { limit: 1 } },
      headers: { Host: ["localhost:8080"] },
    };
    expect(payload).toMatchObject(
      /^request-j/.test(name) ? listSessions : (JSON.parse(genuine.body) as Record<string, unknown>),
    );
  });

  test("is verified as a Request, as bytes and in Node's headers too", async () => {
    const request = new Request("https://example.com", {
      method: "POST",
      headers: genuine.headers,
      body: genuine.body,
    });
    const expected = await verifyRaw(genuine.body, genuine.headers, optionsFor(genuine));
    expect(await verify(request, optionsFor(genuine))).toEqual(expected);
    const bytes = new TextEncoder().encode(genuine.body);
    const lower = Object.fromEntries(
      Object.entries(genuine.headers).map(([header, value]) => [header.toLowerCase(), value]),
    );
    expect(await verifyRaw(bytes, lower, optionsFor(genuine))).toEqual(expected);
    expect(await verifyRaw(bytes.buffer, new Headers(genuine.headers), optionsFor(genuine))).toEqual(expected);
  });

  test("is verified under the documented name of the header, and under no other", async () => {
    const { "Zitadel-Signature": signature = "", ...others } = genuine.headers;
    const named = (header: string) => tried(genuine.body, { ...others, [header]: signature }, optionsFor(genuine));
    expect(await named("X-ZITADEL-Signature")).toBe("taken");
    expect(await named("X-Zitadel-Signatur")).toBe("header_missing");
    expect(await named("Signature")).toBe("header_missing");
  });

  test("is taken until 300 s later, and not after", async () => {
    const after = (seconds: number) => {
      const now = () => new Date((genuine.receivedAtUnix + seconds) * 1_000);
      return tried(genuine.body, genuine.headers, { ...optionsFor(genuine), now });
    };
    expect([await after(300), await after(301)]).toEqual(["taken", "too_old"]);
    expect([await after(-10), await after(-11)]).toEqual(["taken", "in_future"]);
    expect([await after(86_400 * 365), await after(-86_400 * 365)]).toEqual(["too_old", "in_future"]);
  });
});

// The numbers in the titles are those that were tried.
describe("refused after a single change", () => {
  const all = names.flatMap((name) => forgeries(name, recording(name)));
  const classes = [...new Set(all.map(({ change }) => change))];

  const triesOf = (change: string) => all.filter((forgery) => forgery.change === change);
  test.each(classes.map((change) => [triesOf(change).length, change, triesOf(change)] as const))(
    "%i × %s",
    async (_count, _change, tries) => {
      const wrong: unknown[] = [];
      for (const { name, what, verified, codes } of tries) {
        const came = await outcome(verified());
        if (!codes.includes(came)) wrong.push({ name, what, came, codes });
      }
      expect(wrong).toEqual([]);
    },
    180_000,
  );

  test(`${names.length} deliveries taken, ${all.length} forgeries refused`, () => {
    expect(new Set(all.map(({ name }) => name))).toEqual(new Set(names));
    expect(all.length).toBeGreaterThan(10_000);
  });
});
