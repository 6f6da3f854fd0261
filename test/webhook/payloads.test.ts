import {
  appendAttributes,
  appendClaims,
  appendLogClaims,
  type EventPayload,
  type ForwardedStatus,
  forwardStatus,
  type FunctionPayload,
  memoryReplays,
  setUserMetadata,
  verifyRaw,
} from "../../webhook";
import { LIST_SESSIONS } from "../support/receiver";
import { at, event, headersOf, key, options, tried, triedSigned } from "../support/webhook";

const triedJson = (payload: unknown) => triedSigned(JSON.stringify(payload));

describe("a payload", () => {
  const call = { fullMethod: LIST_SESSIONS, request: {} };

  test.each([
    ["request", call],
    ["request", { fullMethod: LIST_SESSIONS }],
    ["request", { ...call, projectID: "1", headers: { Host: ["a", "b"] }, more: 1 }],
    ["response", { ...call, response: {} }],
    ["event", event],
    ["event", { event_type: "instance.added" }],
    ["function", { function: "function/preuserinfo", userinfo: { sub: "1" }, user_grants: [{ roles: ["a"] }] }],
    ["function", { function: "function/preaccesstoken", request: { scope: ["openid"] } }],
    ["function", { function: "function/presamlresponse", response: {} }],
  ])("is read as a %s: %j", async (kind, payload) => {
    const body = JSON.stringify(payload);
    expect(await verifyRaw(body, headersOf(body), options)).toMatchObject({ kind, payload });
  });

  test.each([
    [{}],
    [[call]],
    [null],
    ["text"],
    [1],
    [{ fullMethod: 1 }],
    [{ fullMethod: null }],
    [{ ...call, request: [] }],
    [{ ...call, response: null }],
    [{ ...call, headers: { Host: "a" } }],
    [{ ...call, userID: 1 }],
    [{ event_type: ["a"] }],
    [{ event_type: "a", sequence: "1" }],
    [{ event_type: "a", sequence: 1.5 }],
    [{ event_type: "a", event_payload: "{}" }],
    [{ function: "function/other" }],
    [{ function: "function/preuserinfo", user: [] }],
    [{ function: "function/preuserinfo", user_metadata: {} }],
    [{ function: "function/preuserinfo", request: { scope: "openid" } }],
    [{ __proto__: null, request: {} }],
  ])("that is invalid is rejected: %j", async (payload) => {
    expect(await triedJson(payload)).toBe("payload_invalid");
  });

  test("of a function has the scopes of the request as strings, if the server sends them", () => {
    const name = "function/preaccesstoken";
    const payloads: FunctionPayload[] = [
      { function: name },
      { function: name, request: {} },
      { function: name, request: { scope: ["openid"] } },
      // @ts-expect-error: scopes are strings
      { function: name, request: { scope: [1] } },
    ];
    expect(payloads.map(({ request }) => request?.scope?.length)).toEqual([undefined, undefined, 1, 1]);
  });

  test.each(["__proto__", "\\u005f_proto__", "__\\u0070roto_\\u005F", "__pr\\u006fto__"])(
    "comes without members of the name %s, at any depth: copying it would change a prototype",
    async (name) => {
      const body = `{"${name}":{"fullMethod":"/a"},"constructor":1,"event_type":"__proto__","event_payload":{"list":[{"${name}":{"isAdmin":true},"a":1}]}}`;
      const { payload } = await verifyRaw(body, headersOf(body), options);
      expect(Object.keys(payload)).toEqual(["constructor", "event_type", "event_payload"]);
      expect(JSON.stringify(payload)).toBe(
        '{"constructor":1,"event_type":"__proto__","event_payload":{"list":[{"a":1}]}}',
      );
      const copied: Record<string, unknown> = {};
      for (const [member, value] of Object.entries(payload)) copied[member] = value;
      expect([copied["fullMethod"], Object.getPrototypeOf(copied)]).toEqual([undefined, Object.prototype]);
    },
  );

  test.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
  ])(
    "may be nested as deep as a body can be, with %s, and with a member __proto__ at the end",
    async (_, open, close) => {
      const most = 1_048_576;
      for (const inner of ['"\\u005f"', '{"__proto__":{"a":1},"b":2}']) {
        const depth = Math.floor((most - 100) / (open.length + close.length));
        const body = `{"event_type":"a","event_payload":{"deep":${open.repeat(depth)}${inner}${close.repeat(depth)}}}`;
        const { payload } = await verifyRaw(body, headersOf(body), options);
        let value: unknown = (payload as EventPayload).event_payload?.["deep"];
        for (let i = 0; i < depth; i++)
          value = (value as unknown[] & { a: unknown })[open === "[" ? 0 : ("a" as never)];
        expect(JSON.stringify(value)).toBe(inner.startsWith("{") ? '{"b":2}' : '"_"');
      }
    },
  );

  test("is not about what only its member `__proto__` says", async () => {
    expect(await triedSigned('{"__proto__":{"fullMethod":"/a"}}')).toBe("payload_invalid");
  });
});

describe("replays", () => {
  const body = JSON.stringify(event);

  test("are rejected where there is a store, and taken where there is none", async () => {
    const given = { ...options, replays: memoryReplays({ now: () => new Date(at * 1_000) }) };
    expect([await tried(body, headersOf(body), given), await tried(body, headersOf(body), given)]).toEqual([
      "taken",
      "replayed",
    ]);
    expect(await tried(body, headersOf(body, key, at - 1), given)).toBe("taken");
    expect([await triedSigned(body), await triedSigned(body)]).toEqual(["taken", "taken"]);
  });

  test("under the other of two keys, or the other of two signatures, are the same", async () => {
    const given = { ...options, signingKey: [key, "old"], replays: memoryReplays({ now: () => new Date(at * 1_000) }) };
    expect(await tried(body, headersOf(body), given)).toBe("taken");
    expect(await tried(body, headersOf(body, "old"), given)).toBe("replayed");
  });

  test("are not waited for longer than `lookupTimeout`, and what a store throws is no foreign error", async () => {
    const with_ = (add: () => unknown) => ({ ...options, lookupTimeout: 20, replays: { add: add as () => boolean } });
    const fail = () => Promise.reject(new TypeError("redis://user:secret@host"));
    for (const add of [() => new Promise(() => undefined), fail]) {
      await expect(verifyRaw(body, headersOf(body), with_(add))).rejects.toMatchObject({
        code: "replays_unavailable",
        message: expect.not.stringContaining("secret") as string,
      });
    }
    const late = () => new Promise((resolve) => setTimeout(() => resolve(true), 1));
    expect(await tried(body, headersOf(body), with_(late))).toBe("taken");
  });

  test("are noted only once everything else is right, for as long as the time is accepted", async () => {
    const added: [string, number][] = [];
    const replays = { add: (id: string, seconds: number) => added.push([id, seconds]) === 1 };
    const given = { ...options, replays };
    expect(await tried(body, headersOf(body, "another"), given)).toBe("signature_mismatch");
    expect(await triedSigned('{"a":1}', given)).toBe("payload_invalid");
    expect(added).toEqual([]);
    expect(await tried(body, headersOf(body, key, at - 100), given)).toBe("taken");
    expect(added).toEqual([[expect.stringMatching(/^[0-9a-f]{64}$/), 201]]);
  });

  test("cannot be told where the store fails", async () => {
    const replays = { add: () => Promise.reject(new Error("redis://user:password@store")) };
    const error: unknown = await verifyRaw(body, headersOf(body), { ...options, replays }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "replays_unavailable", status: 503 });
    expect(String(error)).not.toContain("password");
  });

  test("are remembered until they are out of date, and no more of them than the store may hold", async () => {
    let now = 0;
    const store = memoryReplays({ most: 3, now: () => new Date(now * 1_000) });
    expect([store.add("a", 10), store.add("a", 10)]).toEqual([true, false]);
    now = 9;
    expect(store.add("a", 10)).toBe(false);
    now = 10;
    expect(store.add("a", 10)).toBe(true);
    expect(["b", "c"].map((id) => store.add(id, 10))).toEqual([true, true]);
    expect(["a", "c"].map((id) => store.add(id, 10))).toEqual([false, false]);
    await Promise.resolve();
  });

  test("that a full store could forget are not forgotten: new deliveries are rejected, and the message says what to raise", async () => {
    let now = at;
    const replays = memoryReplays({ most: 2, now: () => new Date(now * 1_000) });
    const given = { ...options, now: () => new Date(now * 1_000), replays };
    const send = (id: number, time = now) => {
      const text = JSON.stringify({ ...event, sequence: id });
      return verifyRaw(text, headersOf(text, key, time), given).then(
        () => "taken",
        (error: unknown) => error,
      );
    };
    expect([await send(1, at - 100), await send(2)]).toEqual(["taken", "taken"]);
    expect(await send(3)).toMatchObject({
      code: "replays_unavailable",
      status: 503,
      message:
        "memoryReplays is full: it stores 2 deliveries that could still be sent again. Raise its `most`, or lower `tolerance`.",
    });
    expect([await send(1, at - 100), await send(2)]).toMatchObject([{ code: "replayed" }, { code: "replayed" }]);
    now = at + 202; // The first one is out of date, although the second was added after it.
    expect([await send(4), await send(2, at)]).toMatchObject(["taken", { code: "replayed" }]);
  });

  test("make room for others as soon as they are out of date, whatever the order in which they came", () => {
    let now = 0;
    const store = memoryReplays({ most: 2, now: () => new Date(now * 1_000) });
    expect([store.add("long", 100), store.add("short", 10)]).toEqual([true, true]);
    now = 10;
    expect([store.add("new", 10), store.add("long", 100)]).toEqual([true, false]);
  });

  test.each([0, -1, 1.5, Number.NaN, "100"])("cannot be stored in a store for %p", (most) => {
    expect(() => memoryReplays({ most: most as number })).toThrow("`most` must be a whole number from 1 to ");
    expect(() => memoryReplays({ mots: most } as object)).toThrow("Unknown option `mots`. Did you mean `most`?");
  });
});

test.each([
  [
    () => appendClaims({ a: 1, b: { c: ["d", null] } }),
    {
      append_claims: [
        { key: "a", value: 1 },
        { key: "b", value: { c: ["d", null] } },
      ],
    },
  ],
  [() => appendLogClaims("a", "b"), { append_log_claims: ["a", "b"] }],
  [
    () => setUserMetadata({ a: "ä", b: Uint8Array.of(0, 255) }),
    {
      set_user_metadata: [
        { key: "a", value: "w6Q=" },
        { key: "b", value: "AP8=" },
      ],
    },
  ],
  [
    () => appendAttributes({ team: ["a", "b"], role: { format: "urn:x", values: ["c"] } }),
    {
      append_attribute: [
        { name: "team", name_format: "", value: ["a", "b"] },
        { name: "role", name_format: "urn:x", value: ["c"] },
      ],
    },
  ],
  [() => forwardStatus(403, "go away"), { forwardedStatusCode: 403, forwardedErrorMessage: "go away" }],
  [
    () => ({ ...appendClaims({ a: 1 }), ...appendLogClaims("b") }),
    { append_claims: [{ key: "a", value: 1 }], append_log_claims: ["b"] },
  ],
])("an answer has ZITADEL's own form: %s", (make, expected) => {
  expect(make()).toEqual(expected);
});

test.each([
  ["claims of ZITADEL's own", () => appendClaims({ "urn:zitadel:iam:org:id": "1" })],
  ["a status that is not handed on", () => forwardStatus(418 as ForwardedStatus, "teapot")],
  ["a success", () => forwardStatus(200 as ForwardedStatus, "")],
])("an answer that ZITADEL would ignore or fail on is rejected: %s", (_, make) => {
  expect(make).toThrow(expect.objectContaining({ name: "WebhookError", code: "answer_invalid" }) as Error);
});
