import fc from "fast-check";
import { type SigningKeySource, verify, verifyRaw, WebhookError } from "../../webhook";
import { at, event, headersOf, key, options, outcome, signatureOf, tried } from "../support/webhook";

const body = JSON.stringify(event);
const genuine = signatureOf(body);
const [, v1 = ""] = genuine.split(",v1=");
const other = "0".repeat(64);
const withHeader = (value: string) => tried(body, { "ZITADEL-Signature": value });

describe("the header", () => {
  test.each([
    ["as it is sent", genuine],
    ["with blanks, as proxies join values", `t=${at}, v1=${v1}`],
    ["the other way round", `v1=${v1},t=${at}`],
    ["in capitals", `t=${at},v1=${v1.toUpperCase()}`],
    ["with a second signature that does not fit", `t=${at},v1=${other},v1=${v1}`],
    ["with eight signatures", `t=${at},${`v1=${other},`.repeat(7)}v1=${v1}`],
    ["with a version that is still to come", `t=${at},v2=what-ever,v1=${v1}`],
  ])("is taken %s", async (_, value) => {
    expect(await withHeader(value)).toBe("taken");
  });

  test.each([
    ["header_missing", { "Content-Type": "application/json" }],
    ["header_missing", {}],
    ["header_missing", { "ZITADEL-Signature": undefined }],
    ["header_malformed", { "ZITADEL-Signature": "" }],
    ["header_doubled", { "ZITADEL-Signature": [genuine, genuine] }],
    ["header_doubled", { "ZITADEL-Signature": genuine, "X-ZITADEL-Signature": genuine }],
    ["header_doubled", { "ZITADEL-Signature": genuine, "zitadel-signature": genuine }],
    ["header_doubled", { "ZITADEL-Signature": `${genuine}, ${genuine}` }],
    ["header_doubled", { "ZITADEL-Signature": `t=1,${genuine}` }],
  ])("is rejected as %s: %j", async (code, headers) => {
    expect(await tried(body, headers)).toBe(code);
  });

  test.each([
    ["nothing but blanks", " "],
    ["a signature alone", `v1=${v1}`],
    ["a bare signature", v1],
    ["no signature", `t=${at}`],
    ["a time that is no number", `t=now,v1=${v1}`],
    ["a time below 0", `t=-${at},v1=${v1}`],
    ["a time with a sign", `t=+${at},v1=${v1}`],
    ["a time with a fraction", `t=${at}.0,v1=${v1}`],
    ["a time in hexadecimal", `t=0x${at.toString(16)},v1=${v1}`],
    ["a time with zeros before it", `t=0${at},v1=${v1}`],
    ["a time of many digits", `t=${at}000000,v1=${v1}`],
    ["no time at all", `t=,v1=${v1}`],
    ["a short signature", `t=${at},v1=${v1.slice(2)}`],
    ["a long signature", `t=${at},v1=${v1}00`],
    ["digits that are none", `t=${at},v1=${v1.slice(1)}g`],
    ["semicolons", `t=${at};v1=${v1}`],
    ["an empty part", `t=${at},,v1=${v1}`],
    ["a part without a value", `t=${at},v1`],
    ["two equals signs", `t==${at},v1=${v1}`],
    ["nine signatures", `t=${at}${`,v1=${v1}`.repeat(9)}`],
    ["ten thousand parts", `t=${at}${",a=b".repeat(10_000)},v1=${v1}`],
    ["a megabyte", `t=${at},v1=${"0".repeat(1_000_000)}`],
  ])("is rejected as malformed: %s", async (_, value) => {
    expect(await withHeader(value)).toBe("header_malformed");
  });

  test("may come in pairs, and in a Headers, which joins two", async () => {
    expect(await tried(body, [["zitadel-SIGNATURE", genuine]])).toBe("taken");
    const headers = new Headers({ "Zitadel-Signature": genuine });
    expect(await tried(body, headers)).toBe("taken");
    headers.append("Zitadel-Signature", genuine);
    expect(await tried(body, headers)).toBe("header_doubled");
  });
});

describe("the time", () => {
  const within = (tolerance: number, age: number) =>
    tried(body, headersOf(body, key, at - age), { ...options, tolerance, clockSkew: 0 });

  test.each([
    ["taken", 5, 5],
    ["too_old", 5, 6],
    ["taken", 0, 0],
    ["too_old", 0, 1],
    ["in_future", 300, -1],
    ["taken", 86_400, 86_400],
  ])("is %s with a tolerance of %d s, signed %d s ago", async (code, tolerance, age) => {
    expect(await within(tolerance, age)).toBe(code);
  });

  test("of 1970 and of the year 33000 are rejected, and a clock that shows none lets nothing pass", async () => {
    expect(await tried(body, headersOf(body, key, 0))).toBe("too_old");
    expect(await tried(body, headersOf(body, key, 999_999_999_999))).toBe("in_future");
    expect(await tried(body, headersOf(body), { ...options, now: () => new Date(Number.NaN) })).toBe("too_old");
  });

  test("is the machine's unless another clock is given", async () => {
    const now = Math.floor(Date.now() / 1_000);
    expect(await tried(body, headersOf(body, key, now), { signingKey: key })).toBe("taken");
    expect(await tried(body, headersOf(body, key, now - 1_000), { signingKey: key })).toBe("too_old");
  });
});

describe("keys", () => {
  const withKeys = (signingKey: SigningKeySource, signedWith = key) =>
    tried(body, headersOf(body, signedWith), { ...options, signingKey });

  test("during a rotation, the old and the new one are taken, and an older one is not", async () => {
    const ring = ["newest", "before"];
    expect(await withKeys(ring, "newest")).toBe("taken");
    expect(await withKeys(ring, "before")).toBe("taken");
    expect(await withKeys(ring, "oldest")).toBe("signature_mismatch");
  });

  test("may be given by a function, which is asked for each delivery", async () => {
    let current: string | string[] = "first";
    const source = () => Promise.resolve(current);
    expect(await withKeys(source, "first")).toBe("taken");
    expect(await withKeys(source, "second")).toBe("signature_mismatch");
    current = ["second", "first"];
    expect([await withKeys(source, "first"), await withKeys(source, "second")]).toEqual(["taken", "taken"]);
    current = "second";
    expect(await withKeys(source, "first")).toBe("signature_mismatch");
  });

  test.each([[[key, ""]], [[key, undefined]], [["", key]], [[undefined, key]], [[undefined, key, ""]]])(
    "may come from variables of which one is not set, as when no rotation is under way: %j",
    async (ring) => {
      expect([await withKeys(ring), await withKeys(() => ring)]).toEqual(["taken", "taken"]);
      expect([await withKeys(ring, "another"), await withKeys(ring, "undefined")]).toEqual([
        "signature_mismatch",
        "signature_mismatch",
      ]);
    },
  );

  test("the message about one of several says which one it is, without it", async () => {
    const message = async (signingKey: SigningKeySource) =>
      String(await verifyRaw(body, headersOf(body), { ...options, signingKey }).catch((error: unknown) => error));
    expect(await message([key, "old secret"])).toContain("The signing key 2 of 2 has spaces");
    expect(await message([key, "old secret"])).not.toContain("secret");
    expect(await message("old secret")).toContain("The signing key has spaces");
    expect(await message("old,secret")).toMatch(/never have: pass several keys as a list\.$/);
    expect(await message(["undefined", key])).toContain("The signing key 1 of 2 is the text undefined");
  });

  test("that a function does not return are missing for this path, which the message names without its query", async () => {
    const given = { ...options, signingKey: () => undefined };
    const message = async (verified: Promise<unknown>) => String(await verified.catch((error: unknown) => error));
    const url = "https://example.com/zitadel/claims?token=secret";
    const request = new Request(url, { method: "POST", body, headers: headersOf(body) });
    expect(await message(verify(request, given))).toContain(
      'The function in `signingKey` returned no key for "https://example.com/zitadel/claims": ',
    );
    expect(await message(verifyRaw(body, headersOf(body), given))).toContain("returned no key: return");
  });

  test("that cannot be had are an error of their own: only its `cause` is what the function threw", async () => {
    const secret = "password of the secret store";
    const cause = new TypeError(secret);
    const failing = () => Promise.reject(cause);
    const error: unknown = await verifyRaw(body, headersOf(body), { ...options, signingKey: failing }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: "keys_unavailable", status: 503, cause });
    expect(String(error)).toContain("`signingKey` threw TypeError (the `cause` of this error).");
    expect(String(error)).not.toContain(secret);
    const thrower = () => {
      throw new Error(secret);
    };
    expect(await withKeys(thrower)).toBe("keys_unavailable");
  });

  test.each([
    ["none", undefined],
    ["an empty one", ""],
    ["an empty list", []],
    ["a list of empty ones", ["", undefined]],
    ["a list with one that is no text", [key, 5 as unknown as string]],
    ["one with a line break, as files have them", `${key}\n`],
    ["one with a blank", ` ${key}`],
    ["one in quotes", `"${key}"`],
    ["two in one text", `${key},${key}`],
    ["a variable that nothing has replaced", "${ZITADEL_SIGNING_KEY}"],
    ["the name of one", "$ZITADEL_SIGNING_KEY"],
    ["JSON", `{"signingKey":"${key}"}`],
    ["a placeholder", "<signing-key>"],
    ["one with a line break in two characters", `${key}\\n`],
    ["nine", Array.from({ length: 9 }, () => key)],
    ["a function that gives none", () => undefined],
    ["a function that gives null", () => null as unknown as undefined],
    ["a function that gives an empty list", () => []],
    ["a function that gives a list of empty ones", () => ["", undefined]],
  ])("that are %s are a mistake in the settings", async (_, signingKey) => {
    expect(await withKeys(signingKey)).toBe("settings");
  });
});

test.each([
  { tolerance: Number.NaN },
  { tolerance: -1 },
  { clockSkew: 0.5 },
  { maxBodyBytes: Number.POSITIVE_INFINITY },
  { bodyTimeout: 3e9 },
  { payloadTypes: [] },
  { payloadTypes: ["PAYLOAD_TYPE_JWT" as const] },
  { payloadTypes: ["PAYLOAD_TYPE_JWE" as const], instanceKeys: { keys: [] } },
  { decryptionKeys: {} },
])("options that cannot be meant are rejected: %j", async (wrong) => {
  expect(await tried(body, headersOf(body), { ...options, ...wrong })).toBe("settings");
});

test("no error holds a key, a signature, or anything of the body", async () => {
  const secrets = [key, v1, "user.human.added", "another-key"];
  const attempts = await Promise.allSettled([
    verifyRaw(body, { "ZITADEL-Signature": v1 }, options),
    verifyRaw(`${body} `, headersOf(body), options),
    verifyRaw(body, headersOf(body), { ...options, signingKey: "another-key" }),
    verifyRaw(`${body}x`, headersOf(`${body}x`), options),
  ]);
  for (const attempt of attempts) {
    const error: unknown = attempt.status === "rejected" ? attempt.reason : undefined;
    expect(error).toBeInstanceOf(WebhookError);
    const shown = JSON.stringify([error, String(error), (error as Error).stack, Object.entries(error as Error)]);
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  }
});

describe("whatever the body and the key", () => {
  const json = fc
    .jsonValue()
    .map((value) => JSON.stringify({ event_type: "a", event_payload: { value } }))
    .filter((text) => !text.includes("__proto__")); // such members are dropped
  const keys = fc.string({
    minLength: 1,
    maxLength: 80,
    unit: fc
      .integer({ min: 0x21, max: 0x7e })
      .map((c) => String.fromCharCode(c))
      .filter((one) => !/[,;"'`${}<>\\]/.test(one)),
  });

  test("what is signed with it is taken, and gives the payload back; what is signed with another one is not", async () => {
    await fc.assert(
      fc.asyncProperty(json, keys, keys, fc.integer({ min: -10, max: 300 }), async (text, one, two, age) => {
        const given = { ...options, signingKey: one };
        const delivery = await verifyRaw(text, headersOf(text, one, at - age), given);
        expect(delivery.payload).toEqual(JSON.parse(text));
        fc.pre(one !== two);
        expect(await tried(text, headersOf(text, two, at - age), given)).toBe("signature_mismatch");
        expect(await tried(text, headersOf(text, two, at - age), { ...given, signingKey: [one, two] })).toBe("taken");
      }),
      { numRuns: 300 },
    );
  });

  test("one byte changed anywhere is one too many", async () => {
    const change = fc.tuple(json, fc.nat(), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(change, async ([text, position, bits]) => {
        const bytes = Buffer.from(text);
        const index = position % bytes.length;
        const changed = bytes.map((byte, i) => (i === index ? byte ^ bits : byte));
        expect(await tried(changed, headersOf(bytes))).toBe("signature_mismatch");
      }),
      { numRuns: 300 },
    );
  });

  test("any bytes with any header are rejected with a code, and any that are signed are taken or refused with one", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
      fc.json().map((text) => Buffer.from(text)),
    );
    const pieces = fc.constantFrom("t", "v1", "=", ",", " ", String(at), v1, other, "\u0000", "é");
    const header = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")),
    );
    await fc.assert(
      fc.asyncProperty(bytes, header, async (raw, value) => {
        expect(await tried(raw, { "ZITADEL-Signature": value })).not.toBe("taken");
        await tried(raw, headersOf(raw));
      }),
      { numRuns: 500 },
    );
  });
});

test("a Request is verified in three lines", async () => {
  const request = new Request("https://example.com", { method: "POST", body, headers: headersOf(body) });
  const { kind, payload } = await verify(request, options);
  expect({ kind, payload }).toEqual({ kind: "event", payload: event });
  expect(await outcome(verify(request, options))).toBe("body_parsed");
});
