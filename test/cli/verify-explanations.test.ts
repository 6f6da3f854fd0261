import { bodyChanges, keyChanges } from "../../cli/verify/changes";
import { type Folder, openFolder, type Result, result, signed, verify } from "../support/verify";
import { at, event, key, recording, signatureOf } from "../support/webhook";

// `verify` recognizes what can happen to deliveries and keys on their way, confirms it by a test, and names it. It claims nothing else.

let folder: Folder;
beforeEach(async () => {
  folder = await openFolder();
});
afterEach(() => folder.remove());

/** As Go writes JSON. */
const escaped = (text: string) => text.replaceAll("<", String.raw`\u003c`).replaceAll("&", String.raw`\u0026`);
const payload = { ...event, event_payload: { userName: "a<b>&ü" } };
const body = JSON.stringify(payload);
const lines = JSON.stringify(payload, undefined, 2);

const because = (said: Result) => ({ isProven: said.explanation?.isProven, what: said.explanation?.what });

/** What is said of a body that came as `came` where `sent` was signed. */
async function saidOf(sent: string | Buffer, came: string | Buffer, headers: readonly string[] = []) {
  const more = headers.flatMap((header) => ["--header", header]);
  const said = await result([await folder.file("body", came), ...signed(sent), ...more]);
  expect(said.code).toBe("signature_mismatch");
  return because(said);
}

const [lineBreak, rewritten, escapes, crlf, mark, text, base64, latin1, length] = bodyChanges.map(
  ({ undone }) => undone,
);

type Damage = readonly [
  what: string,
  sent: string,
  came: string | Buffer,
  undone: readonly (string | undefined)[],
  headers: readonly string[],
];

const damages: readonly Damage[] = (
  [
    ["a line break at its end", body, `${body}\n`, [lineBreak]],
    ["two of Windows'", body, `${body}\r\n\r\n`, [lineBreak]],
    ["another layout", body, `${lines}\n`, [rewritten]],
    [
      "blanks and escapes, as Python writes",
      body,
      JSON.stringify(payload)
        .replaceAll('":', '": ')
        .replace("ü", String.raw`\u00fc`),
      [rewritten],
    ],
    ["what Go escapes, and JavaScript does not", escaped(body).replace(">", String.raw`\u003e`), body, [escapes]],
    ["CRLF in it", lines, lines.replaceAll("\n", "\r\n"), [crlf]],
    ["a byte order mark", body, `\uFEFF${body}`, [mark]],
    ["quotes around it", body, JSON.stringify(body), [text]],
    ["base64", body, Buffer.from(body).toString("base64"), [base64]],
    ["base64 of URLs", body, Buffer.from(body).toString("base64url"), [base64]],
    ["another encoding", body, Buffer.from(Buffer.from(body).toString("latin1")), [latin1]],
    [
      "more than its Content-Length says",
      body,
      `${body}0\r\n\r\n--`,
      [length],
      [`Content-Length: ${Buffer.byteLength(body)}`],
    ],
    [
      "another layout, and what Go escapes",
      escaped(body).replace(">", String.raw`\u003e`),
      lines,
      [rewritten, escapes],
    ],
    ["CRLF in it and at its end", lines, `${lines}\n`.replaceAll("\n", "\r\n"), [lineBreak, crlf]],
    ["a byte order mark and quotes", body, `\uFEFF${JSON.stringify(body)}`, [mark, text]],
  ] as const
).map(([what, sent, came, undone, headers = []]) => [what, sent, came, undone, headers]);

test("every change of a body is among these", () => {
  const known = new Set(damages.flatMap(([, , , undone]) => undone));
  expect([...known].toSorted()).toEqual(bodyChanges.map(({ undone }) => undone).toSorted());
});

test.each(damages)("a body with %s", async (_, sent, came, undone, headers) => {
  expect(await saidOf(sent, came, headers)).toEqual({
    isProven: true,
    what: expect.stringContaining(`matches the key from ZITADEL_SIGNING_KEY once ${undone.join(" and ")}. `) as string,
  });
});

test.each([
  ["another value", body.replace("user.human.added", "user.human.removed")],
  ["a member less", JSON.stringify(event)],
  ["another order", JSON.stringify(Object.fromEntries(Object.entries(payload).toReversed()))],
  ["half of it missing", body.slice(0, 40)],
])("of a body with %s nothing is claimed", async (_, came) => {
  expect(await saidOf(body, came)).toEqual({
    isProven: false,
    what: expect.stringMatching(
      /^The key is another target's, or .*: no usual change to bodies or keys explains it\.$/,
    ) as string,
  });
});

describe("a key", () => {
  const said = async (given: string, more: string[] = []) =>
    result([await folder.file("body", body), ...signed(body), ...more], { env: { ZITADEL_SIGNING_KEY: given } });
  const [mark, around, quotes, encoded, written] = keyChanges.map(({ undone }) => undone);

  test.each([
    ["a byte order mark", `\uFEFF${key}`, mark, "settings"],
    ["a line break", `${key}\n`, around, "settings"],
    ["blanks", `  ${key} `, around, "settings"],
    ["quotes", `"${key}"`, quotes, "settings"],
    ["other quotes", `'${key}'`, quotes, "settings"],
    ["base64 around it", Buffer.from(key).toString("base64"), encoded, "signature_mismatch"],
    ["a line break in two characters", String.raw`${key}\n`, written, "settings"],
  ])("with %s", async (_, given, undone, code) => {
    const came = await said(given);
    expect(came.code).toBe(code);
    expect(because(came)).toEqual({
      isProven: true,
      what: expect.stringMatching(
        new RegExp(
          `^The signature matches the key from ZITADEL_SIGNING_KEY once ${undone?.replace("\\", "\\\\") ?? ""}\\. `,
        ),
      ) as string,
    });
  });

  test("every change of a key is among these", () => {
    expect(keyChanges.map(({ undone }) => undone)).toEqual([mark, around, quotes, encoded, written]);
  });

  test("in a file in UTF-16 is an error that says so", async () => {
    const file = await folder.file("body", body);
    const path = await folder.file("key", Buffer.from(`\uFEFF${key}\r\n`, "utf16le"));
    const { code, stderr } = await verify([file, ...signed(body), "--key-file", path]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `Reading ${path} failed: it is in UTF-16. Save it as UTF-8: old versions of PowerShell write UTF-16 with \`>\`.\n`,
    });
  });

  test("in one file with a line break of Windows is read as it is meant", async () => {
    const path = await folder.file("key", `${key}\r\n`);
    expect(await said("", ["--key-file", path])).toMatchObject({ verified: true });
  });

  test("and the body may both be changed", async () => {
    const came = await result([await folder.file("body", `${body}\n`), ...signed(body)], {
      env: { ZITADEL_SIGNING_KEY: `"${key}"` },
    });
    expect(because(came)).toEqual({
      isProven: true,
      what: expect.stringContaining(`once ${lineBreak ?? ""} and ${quotes ?? ""}. `) as string,
    });
  });

  test("that was cut off is reported by its length", async () => {
    const came = await said(key.slice(0, 30));
    expect(came.explanation).toMatchObject({ isProven: false });
    expect(came.explanation?.what).toMatch(/the key from ZITADEL_SIGNING_KEY has 30 characters\.$/);
  });

  test("of another target is what is left", async () => {
    const came = await said("another0another1another2another3anot");
    expect(came.explanation?.what).toMatch(/^The key is another target's, .* explains it\.$/);
  });
});

describe("a body that a parser has been at", () => {
  const parsed = async (value: unknown, sent = body) => {
    const headers = { "ZITADEL-Signature": signatureOf(sent) };
    return result([await folder.file("d.json", JSON.stringify({ headers, body: value })), "--at", String(at)]);
  };

  test("may be written so that the signature fits, which proves header and key", async () => {
    const came = await parsed(payload);
    expect(came.code).toBe("body_parsed");
    expect(because(came)).toEqual({
      isProven: true,
      what: expect.stringContaining(
        "After writing it as JSON again, the signature matches the key from ZITADEL_SIGNING_KEY, so",
      ) as string,
    });
  });

  test("may have had escapes", async () => {
    const came = await parsed(payload, escaped(body).replace(">", String.raw`\u003e`));
    expect(because(came)).toMatchObject({
      isProven: true,
      what: expect.stringContaining(`once ${escapes ?? ""}`) as string,
    });
  });

  test("may be lost", async () => {
    expect((await parsed(event)).explanation).toMatchObject({ isProven: false });
  });
});

describe("a signature", () => {
  const under = async (name: string, of = body) =>
    result([await folder.file("body", body), "--header", `${name}: ${signatureOf(of)}`, "--at", String(at)]);

  test.each(["HTTP_ZITADEL_SIGNATURE", "X-Signature"])("under the name %s is recognised by its form", async (name) => {
    const came = await under(name);
    expect(came.code).toBe("header_missing");
    expect(because(came)).toEqual({
      isProven: true,
      what: `The signature is in the header "${name}", and under its own name it matches the key from ZITADEL_SIGNING_KEY: a proxy or gateway has renamed it.`,
    });
  });

  test("that would not fit either is not said to", async () => {
    expect((await under("X-Signature", "another")).explanation?.what).toBe(
      'The signature is in the header "X-Signature": a proxy or gateway has renamed it.',
    );
  });

  test("that is nowhere was left out, or it does not come from ZITADEL", async () => {
    const came = await result([await folder.file("body", body), "--header", "X-Signature: abc"]);
    expect(because(came)).toMatchObject({ isProven: false });
  });
});

describe("an old delivery", () => {
  const late = async (came: string) =>
    (await result([await folder.file("body", came), ...signed(body, key, at - 400).slice(0, 2), "--at", String(at)]))
      .explanation?.what;

  test("is said to be in order apart from that, where it is", async () => {
    expect(await late(body)).toMatch(/ It passes all other checks\.$/);
  });

  test("is said not to be, where it is not", async () => {
    expect(await late(`${body}\n`)).toMatch(/ It also fails another check \(signature_mismatch\): /);
  });
});

test("of another type it says which one came, and how to have it checked", async () => {
  const { headers, body: token, target, receivedAtUnix } = recording("request-jwt");
  const header = `ZITADEL-Signature: ${headers["Zitadel-Signature"] ?? ""}`;
  const args = [await folder.file("body", token), "--header", header, "--at", String(receivedAtUnix)];
  const { explanation } = await result(args, { env: { ZITADEL_SIGNING_KEY: target.signingKey } });
  expect(explanation?.what).toMatch(/^It is a JWT, but with these keys a receiver accepts only JSON, /);
  expect(explanation?.todo).toMatch(/^To check it as a JWT, give --jwks and no --decryption-key\. /);
});

test("a key that is asked for is named, beside those that are given", async () => {
  const { headers, body: token, target, receivedAtUnix, encryptionKeyId, privateKeyPem } = recording("request-jwe-ec");
  const jwks = await folder.file("jwks.json", '{"keys": []}');
  const pem = await folder.file("key.pem", privateKeyPem ?? "");
  const header = `ZITADEL-Signature: ${headers["Zitadel-Signature"] ?? ""}`;
  const args = [await folder.file("body", token), "--header", header, "--at", String(receivedAtUnix), "--jwks", jwks];
  const env = { ZITADEL_SIGNING_KEY: target.signingKey };
  const said = async (kid: string) =>
    (await result([...args, "--decryption-key", `${kid}=${pem}`], { env })).explanation?.what;
  expect(await said("17")).toBe(
    `The token is encrypted for the key "${encryptionKeyId ?? ""}", but the given keys are "17".`,
  );
  // Once it is open, the JWT in it names one of the instance's.
  expect(await said(encryptionKeyId ?? "")).toMatch(
    /^The token is signed with the key "4006610\d+", which is not in the key set: /,
  );
});
