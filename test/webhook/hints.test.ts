import { instanceKeys, verifyRaw, verifySignature, type WebhookError } from "../../webhook";
import { event, headersOf, options, outcome } from "../support/webhook";

// A signature that does not match, and what the body looks like; and signatures over other bodies than those of actions.

const body = JSON.stringify(event);
async function message(changed: string | Uint8Array): Promise<string> {
  const error: unknown = await verifyRaw(changed, headersOf(body), options).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "signature_mismatch", status: 401 });
  return (error as WebhookError).message;
}

test.each([
  ["base64", Buffer.from(body).toString("base64"), "base64. Decode it first: AWS Lambda sets `isBase64Encoded`"],
  ["base64url", Buffer.from(body).toString("base64url"), "base64. Decode it first"],
  ["base64 of a long body", Buffer.from(body.repeat(500)).toString("base64"), "base64. Decode it first"],
  ["an object turned into a string", "[object Object]", "a parsed object that was turned into a string"],
  ["a Buffer as JSON", JSON.stringify(Buffer.from(body)), "a Buffer that was serialised as JSON"],
  ["JSON in a string", JSON.stringify(body), "JSON inside a JSON string"],
  ["indented JSON", JSON.stringify(event, undefined, 2), "JSON that was formatted again"],
  ["a form", "payload=%7B%22a%22%3A1%7D", "neither JSON nor a token"],
  ["XML", "<event/>", "neither JSON nor a token"],
  ["a list", "[1]", "neither JSON nor a token"],
])("%s: the message says what the body looks like", async (_, changed, expected) => {
  expect(await message(changed)).toMatch(new RegExp(`^No signature matches: the body looks like .*`));
  expect(await message(changed)).toContain(expected);
  expect(await message(changed)).not.toContain(body.slice(2, 12));
});

test.each(["&", "<", ">"])("JSON that has %s as it is was parsed and written again", async (sign) => {
  expect(await message(JSON.stringify({ ...event, aggregateID: `a${sign}b` }))).toBe(
    "No signature matches: the body looks like JSON that was parsed and written again: ZITADEL writes &, < and > as \\u0026, \\u003c and \\u003e. Keep the bytes as they arrive.",
  );
});

test("a line break at the end is named", async () => {
  expect(await message(`${body}\n`)).toBe(
    "No signature matches: the body ends in a line break, which ZITADEL never sends. Keep the bytes as they arrive.",
  );
});

test.each([
  ["JSON", `{"a":1}`],
  ["a token", "aaaa.bbbb.cccc"],
  ["a long token", `${"a".repeat(100)}.b.c`],
])("what ZITADEL could have sent gets the general message: %s", async (_, changed) => {
  expect(await message(changed)).toContain("is not, byte for byte, what ZITADEL sent");
});

describe("verifySignature", () => {
  const mail = JSON.stringify({ contextInfo: { recipientEmailAddress: "ada@example.com" }, templateData: {} });

  test("gives the body of an e-mail provider's request, from a Request or from headers and body", async () => {
    const headers = headersOf(mail);
    const request = () => new Request("https://example.com", { method: "POST", body: mail, headers });
    const expected = { text: mail, signedAt: options.now?.() };
    expect(await verifySignature(request(), options)).toEqual(expected);
    expect(await verifySignature({ body: mail, headers }, options)).toEqual(expected);
    expect(await verifySignature({ body: Buffer.from(mail), headers: new Headers(headers) }, options)).toEqual(
      expected,
    );
    expect(await outcome(verifyRaw(mail, headers, options))).toBe("payload_invalid");
  });

  test.each([
    ["header_missing", mail, {}],
    ["signature_mismatch", `${mail} `, headersOf(mail)],
    ["too_old", mail, headersOf(mail, undefined, 1)],
    ["body_missing", "", headersOf("")],
    ["body_too_large", mail.repeat(20_000), headersOf(mail)],
    ["body_not_utf8", Uint8Array.of(0xff), headersOf(Uint8Array.of(0xff))],
  ])("rejects as %s", async (code, text, headers) => {
    await expect(verifySignature({ body: text, headers }, options)).rejects.toMatchObject({
      name: "WebhookError",
      code,
    });
  });

  test("rejects what was accepted before, if there is a store", async () => {
    const replays = { add: () => false };
    const request = { body: mail, headers: headersOf(mail) };
    await expect(verifySignature(request, { ...options, replays })).rejects.toMatchObject({ code: "replayed" });
  });

  test("says that a body is parsed", async () => {
    const request = { body: JSON.parse(mail) as string, headers: headersOf(mail) };
    await expect(verifySignature(request, options)).rejects.toMatchObject({ code: "body_parsed" });
  });
});

test("instance keys that cannot be meant are found at once", () => {
  expect(() => instanceKeys("example.com")).toThrow("must be its http or https URL");
});
