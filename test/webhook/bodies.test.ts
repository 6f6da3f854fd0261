import { setImmediate } from "node:timers/promises";
import { deflateRawSync } from "node:zlib";
import { verify, verifyRaw, type VerifyOptions } from "../../webhook";
import { event, headersOf, options, outcome, signatureOf, tried, triedSigned } from "../support/webhook";

const body = JSON.stringify(event);
const mebibyte = 1_048_576;

/** A payload of so many bytes. */
function ofLength(bytes: number): string {
  const start = '{"event_type":"a","event_payload":{"text":"';
  return `${start}${"x".repeat(bytes - start.length - 3)}"}}`;
}

/** A request whose body comes in these chunks, whatever its Content-Length says. */
function streamed(chunks: Iterable<Uint8Array | undefined>, headers: Record<string, string>) {
  const iterator: Iterator<Uint8Array | undefined> = chunks[Symbol.iterator]();
  let pulled = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = iterator.next();
      if (next.done === true) controller.close();
      else if (next.value === undefined) controller.error(new Error("gone"));
      else {
        pulled += next.value.length;
        controller.enqueue(next.value);
      }
    },
    cancel: () => void (cancelled = true),
  });
  const request = new Request("https://example.com", { method: "POST", body: stream, headers, duplex: "half" });
  return { request, pulled: () => pulled, cancelled: () => cancelled };
}

const chunk = new Uint8Array(65_536).fill(0x20);
function* endless() {
  for (;;) yield chunk;
}
const post = (text: string, given: VerifyOptions = options) =>
  outcome(verify(new Request("https://example.com", { method: "POST", body: text, headers: headersOf(text) }), given));

describe("a length", () => {
  test("of no bytes is rejected, also if that is signed", async () => {
    expect(await triedSigned("")).toBe("body_missing");
    expect(await triedSigned(new Uint8Array())).toBe("body_missing");
    expect(await post("")).toBe("body_missing");
    const get = new Request("https://example.com", { headers: headersOf("") });
    expect(await outcome(verify(get, options))).toBe("body_missing");
  });

  test("of 1 MiB is taken, and of a byte more is not", async () => {
    expect(await triedSigned(ofLength(mebibyte))).toBe("taken");
    expect(await triedSigned(ofLength(mebibyte + 1))).toBe("body_too_large");
    expect([await post(ofLength(mebibyte)), await post(ofLength(mebibyte + 1))]).toEqual(["taken", "body_too_large"]);
  });

  test("of 10 MB is rejected before it is signed or read, and taken where the limit allows it", async () => {
    const ten = ofLength(10_000_000);
    expect(await triedSigned(ten)).toBe("body_too_large");
    expect(await triedSigned(Buffer.from(ten))).toBe("body_too_large");
    expect(await tried(ten, headersOf(body))).toBe("body_too_large");
    expect(await post(ten)).toBe("body_too_large");
    expect(await post(ten, { ...options, maxBodyBytes: 10_000_000 })).toBe("taken");
  });

  test("counts in bytes, not in characters", async () => {
    const text = JSON.stringify({ event_type: "ä".repeat(40) });
    expect(await triedSigned(text, { ...options, maxBodyBytes: text.length })).toBe("body_too_large");
    expect(await triedSigned(text, { ...options, maxBodyBytes: Buffer.byteLength(text) })).toBe("taken");
  });

  test.each([{}, { "content-length": "10" }, { "content-length": "0" }])(
    "is not taken from the headers %j: of a stream without end no more is read than the limit and a chunk",
    async (headers) => {
      const { request, pulled, cancelled } = streamed(endless(), { ...headers, ...headersOf(body) });
      expect(await outcome(verify(request, options))).toBe("body_too_large");
      expect(pulled()).toBeLessThanOrEqual(mebibyte + 3 * chunk.length);
      expect(cancelled()).toBe(true);
    },
  );

  test("may come in a hundred thousand chunks of a byte", async () => {
    const bytes = Buffer.from(ofLength(100_000));
    const { request } = streamed(
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
      headersOf(bytes),
    );
    expect(await outcome(verify(request, options))).toBe("taken");
  });
});

describe("a body", () => {
  test("that does not arrive is given up in time, and its stream is let go", async () => {
    let cancelled = false;
    const never = new ReadableStream({
      pull: () => new Promise(() => undefined),
      cancel: () => void (cancelled = true),
    });
    const headers = headersOf(body);
    const request = new Request("https://example.com", { method: "POST", body: never, headers, duplex: "half" });
    expect(await outcome(verify(request, { ...options, bodyTimeout: 1 }))).toBe("body_timeout");
    await setImmediate();
    expect(cancelled).toBe(true);
  });

  test("that breaks off is rejected", async () => {
    const { request } = streamed([Buffer.from(body), undefined], headersOf(body));
    expect(await outcome(verify(request, options))).toBe("body_unreadable");
  });

  test("that something else has read, or is reading, is rejected and the message says what to do", async () => {
    const of = () => new Request("https://example.com", { method: "POST", body, headers: headersOf(body) });
    const read = of();
    await read.json();
    const locked = of();
    locked.body?.getReader();
    expect([await outcome(verify(read, options)), await outcome(verify(locked, options))]).toEqual([
      "body_parsed",
      "body_parsed",
    ]);
    await expect(verify(read, options)).rejects.toThrow(
      "Verify the request first, or let the other code read a copy (`request.clone()`)",
    );
  });

  test.each([[event], [null], [undefined], [42], [[event]], [new Blob([body])]])(
    "that a parser has made something of is refused: %p",
    async (parsed) => {
      // @ts-expect-error -- what JavaScript lets through
      expect(await tried(parsed, headersOf(body))).toBe("body_parsed");
    },
  );

  test("that was parsed and rewritten does not fit, unless it is the same text", async () => {
    const spaced = `{ "event_type": "a" }`;
    expect(await triedSigned(spaced)).toBe("taken");
    expect(await tried(JSON.stringify(JSON.parse(spaced)), headersOf(spaced))).toBe("signature_mismatch");
  });

  test.each([
    ["a byte that begins nothing", [0xff]],
    ["a character cut off", [0xe2, 0x82]],
    ["half a pair", [0xed, 0xa0, 0x80]],
    ["a long way to write a full stop", [0xc0, 0xae]],
  ])("that is not UTF-8 is rejected, if it is signed: %s", async (_, wrong) => {
    const bytes = Buffer.concat([Buffer.from('{"event_type":"'), Buffer.from(wrong), Buffer.from('"}')]);
    expect(await triedSigned(bytes)).toBe("body_not_utf8");
    expect(await tried(bytes, { "ZITADEL-Signature": signatureOf(bytes, "another") })).toBe("signature_mismatch");
  });

  test.each([
    "x",
    "{",
    '{"event_type":"a"',
    "{'a':1}",
    "event_type=a",
    "\ufeff{}",
    "a.b",
    "a.b.c.d",
    "a.b.c.d.e.f",
    deflateRawSync(body),
  ])("that is neither JSON nor a token is rejected: %j", async (text) => {
    expect(["body_not_json", "body_not_utf8"]).toContain(await triedSigned(text));
  });

  test("that is deep is rejected or taken, and no more", async () => {
    const deep = `{"event_type":"a","event_payload":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`;
    expect(["taken", "body_not_json"]).toContain(await triedSigned(deep));
  });
});

test("what is checked first is what costs least: nothing of an unsigned body is read", async () => {
  const bomb = "[".repeat(500_000);
  expect(await tried(bomb, headersOf(bomb, "another-key"))).toBe("signature_mismatch");
  await expect(verifyRaw(bomb, headersOf(bomb), options)).rejects.toMatchObject({ code: "body_not_json", status: 400 });
});
