import { verify, verifyRaw } from "../webhook";
import { forgeries } from "./support/forgeries";
import { optionsFor, outcome, recorded, recording, tried } from "./support/webhook";

// Deliveries of a real server are accepted unchanged, and rejected with any change.

const names = Object.keys(recorded);

test("five deliveries were recorded, of every payload type", () => {
  const types = names.map((name) => recording(name).target.payloadType);
  expect(types.toSorted()).toEqual([
    "PAYLOAD_TYPE_JSON",
    "PAYLOAD_TYPE_JSON",
    "PAYLOAD_TYPE_JWE",
    "PAYLOAD_TYPE_JWE",
    "PAYLOAD_TYPE_JWT",
  ]);
});

describe.each(names)("%s", (name) => {
  const genuine = recording(name);
  const isEvent = name.startsWith("event");

  test("is verified, decrypted and read", async () => {
    const delivery = await verifyRaw(genuine.body, genuine.headers, optionsFor(genuine));
    expect(delivery).toMatchObject({
      kind: isEvent ? "event" : "request",
      payloadType: genuine.target.payloadType,
      signedAt: new Date(genuine.receivedAtUnix * 1_000),
      payload: isEvent
        ? {
            aggregateType: "user",
            sequence: 1,
            event_type: "user.machine.added",
            event_payload: { userName: "evt-87fc4" },
          }
        : {
            fullMethod: "/zitadel.session.v2.SessionService/ListSessions",
            userID: "400661014104312870",
            request: { query: { limit: 1 } },
            headers: { Host: ["localhost:8080"] },
          },
    });
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
