import { secretsOf, withoutSecrets } from "../../provider/api/redact";
import { openStage } from "../support/deploy";
import { marks } from "../support/marks";
import { clientFor, create, failure, instanceFor, serve } from "../support/provider";

// Secrets that no message repeats. test/provider/api/authentication.test.ts and test/docs/marks.test.ts do the same for ZITADEL's own credentials.

const token = "pul-0123456789abcdef0123456789abcdef01234567";
const before = process.env["PULUMI_ACCESS_TOKEN"];

beforeEach(() => {
  process.env["PULUMI_ACCESS_TOKEN"] = token;
  marks.add(token, "an access token of Pulumi's service");
});
afterEach(() => {
  if (before === undefined) delete process.env["PULUMI_ACCESS_TOKEN"];
  else process.env["PULUMI_ACCESS_TOKEN"] = before;
});

test.each([
  ["as it is", token],
  ["in base64", Buffer.from(`x${token}`).toString("base64")],
])("a server that sends Pulumi's access token back does not get it into a message: %s", async (_, text) => {
  const server = await serve((_request, response) => {
    response.writeHead(400, { "content-type": "application/json" });
    response.end(JSON.stringify({ code: 3, message: `you sent ${text}` }));
  });
  try {
    const client = clientFor({ url: server.url, accessToken: "a-token-of-zitadel" });
    const { message } = await failure(client.call(create()), token, text);
    expect(message).toContain("[secret]");
  } finally {
    server.close();
  }
});

test("without one in the environment nothing is replaced", () => {
  const instance = instanceFor({ url: "https://example.com", accessToken: "a-token-of-zitadel" });
  expect(secretsOf(instance, {})).toEqual(["a-token-of-zitadel"]);
  expect(withoutSecrets("nothing to hide", secretsOf(instance, { PULUMI_ACCESS_TOKEN: "" }))).toBe("nothing to hide");
});

test("deployments of the tests run with one, and it is searched for in all that they write", async () => {
  const given = process.env["PULUMI_ACCESS_TOKEN"];
  const known = marks.tally.marks;
  const stage = await openStage();
  try {
    stage.declare({ hook: { endpoint: "https://example.com", timeout: "10s", restAsync: {} } });
    expect((await stage.run("up")).exitCode).toBe(0);
    expect(given).toMatch(/.{16}/);
    expect(known).toBeGreaterThan(0);
  } finally {
    await stage.close();
  }
});

test.each(['{"changeDate":"2026-07-01T00:00:00Z","signingKey":"KEY"}', 'bad "{\\"signingKey\\": \\"KEY\\"}"'])(
  "a signing key that is new to the provider is not repeated: %s",
  (text) => {
    const key = "FxP9It9kjNgHenDxp3FEg17NnmUAiPNLdfmP";
    expect(withoutSecrets(text.replace("KEY", key), [])).toBe(text.replace("KEY", "[secret]"));
  },
);

test.each([
  "target {ID:1 SigningKey:KEY Name:a}",
  'signing_key:"KEY" name:"a"',
  "the signing key KEY is in use",
  "SIGNING-Key: KEY",
])("nor is it in other notations: %s", (text) => {
  const key = "zONMymFxP9It9kjNgHenDxp3FEg17Nnm";
  expect(withoutSecrets(text.replace("KEY", key), [])).toBe(text.replace("KEY", "[secret]"));
});

test.each(["the key KEY is not allowed", "the signing key is KEY", "key=KEY", '["KEY"]'])(
  "nor where nothing says what it is: %s",
  (text) => {
    const key = "sN8gftbGShmkmNrSrqYu3AwtvBE9QXMcAAzN";
    expect(withoutSecrets(text.replace("KEY", key), [])).toBe(text.replace("KEY", "[secret]"));
  },
);

test.each([
  [
    "fingerprints and ids",
    "400661412109618214, 7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069, COMMAND-1r2k6qo6wg",
  ],
  ["a trace", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
  ["a UUID", "1B4E28BA-2fa1-11d2-883f-0016d3cca427"],
  ["the name of a method", "no method AddOrganizationOAuth2ProviderRequest"],
])("%s stay as they are", (_, text) => {
  expect(withoutSecrets(text, ["a-token-of-zitadel"])).toBe(text);
});

test.each([
  ["in capitals beyond ASCII", "geheimüberall", "key GEHEIMÜBERALL x"],
  ["after a percent sign", "abcdefghij", "100%abcdefghij x"],
  ["after an escaped percent sign", "abcdefghij", "x%25abcdefghij x"],
  ["after a percent sign, of hexadecimal digits", "deadbeefcafe", "value=%deadbeefcafe"],
  ["after a backslash", "uabcdefgh", "a\\uabcdefgh b"],
  ["with what looks like a signing key", "horse battery aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6", null],
  ["with line breaks, in JSON", "Line1aB9\nLine2cD8\nLine3eF7", '"Line1aB9\\nLine2cD8\\nLine3eF7"'],
  ["with quotes, in JSON in a URL", 'Pass"word1\\A2bcdef"Zz9', "%22Pass%5C%22word1%5C%5CA2bcdef%5C%22Zz9%22"],
  ["with a percent sign, escaped", "gyipx%1DajzNUbm3", "%67%79%69%70%78%25%31%44%61%6a%7a%4e%55%62%6d%33"],
  ["with a percent sign, escaped twice", "gyipx%1DajzNUbm3", "%2567%2579ipx%2525%2531%2544ajzNUbm3"],
])("a secret is replaced %s", (_, secret, text) => {
  const shown = withoutSecrets(text ?? `bad ${secret} tail`, [secret]);
  expect(shown).toContain("[secret]");
  for (const word of secret.match(/[a-zü\d]{4,}/gi) ?? [])
    expect(shown.toLowerCase()).not.toContain(word.toLowerCase());
});

test.each([
  ["a".repeat(4_000), "a".repeat(100_000)],
  ["A1".repeat(5_000), "A1".repeat(50_000)],
  ["%".repeat(5_000), "%".repeat(100_000)],
])(
  "a long secret in a long text is replaced at once: %#",
  (secret, text) => {
    expect(withoutSecrets(text, [secret])).toMatch(/^\[secret\]/);
  },
  5_000,
);

test("a message that only speaks of a signing key stays as it is", () => {
  const text = "the signing key verification failed: signing_key: unknown";
  expect(withoutSecrets(text, [])).toBe(text);
});

/** Writes every character by its hexadecimal code. */
const byCode = (write: (code: string) => string) => (text: string) =>
  text.replace(/[^]/g, (one) => write(one.charCodeAt(0).toString(16)));
const inURL = byCode((code) => `%${code}`);
const inJson = byCode((code) => `\\u00${code}`);
const inProgram = byCode((code) => `\\x${code}`);
const withBraces = byCode((code) => `\\u{${code}}`);

describe("a part of a secret", () => {
  const secret = "tok-secret-1234567890/abcdefghij";
  const inBase64 = Buffer.from(`user:${secret}`).toString("base64");

  test.each([
    ["its beginning", `bad token ${secret.slice(0, 18)}…`, "bad token [secret]…"],
    ["its end", `…${secret.slice(9)}: bad token`, "…[secret]: bad token"],
    ["the beginning in base64", `Basic ${inBase64.slice(0, 30)}…`, "Basic "],
    ["two lines", `${secret.slice(0, 16)}\n${secret.slice(16)} is bad`, "[secret]\n[secret] is bad"],
  ])("is replaced: %s", (_, text, said) => {
    const shown = withoutSecrets(text, [secret]);
    expect(shown.startsWith(said)).toBe(true);
    expect(shown).toContain("[secret]");
    for (let at = 0; at + 12 <= secret.length; at++) expect(shown).not.toContain(secret.slice(at, at + 12));
  });

  const cut = secret.slice(1, -1);

  test.each([
    ["in capitals", cut.toUpperCase()],
    ["in capitals, of which a URL escapes some", `TOK-%73ecret%2D${secret.slice(11, -2)}`],
    ["escaped for a URL", inURL(cut)],
    ["escaped for a URL three times", encodeURIComponent(encodeURIComponent(inURL(cut)))],
    ["escaped for JSON", inJson(cut)],
    ["escaped for JSON four times", inJson(cut).replaceAll("\\", "\\".repeat(8))],
    ["escaped as in programs", inProgram(cut) + withBraces(cut)],
  ])("is replaced in another form, too: %s", (_, form) => {
    expect(withoutSecrets(`no "${form}" here`, [secret])).toBe('no "[secret]" here');
  });

  test("is left if it is a word", () => {
    const text = "hooks.example.com is not reachable from gateway.example.com";
    expect(withoutSecrets(text, ["zitadel.example.com"])).toBe(text);
  });

  test("of a key file is replaced in JSON too, and the words around a key are left", () => {
    const body = Array.from({ length: 4 }, (_, line) => `MII${line}EpAIBAAKCAQEA7uHxJk+${line}/aZ09`);
    const key = ["-----BEGIN RSA PRIVATE KEY-----", ...body, "-----END RSA PRIVATE KEY-----", ""].join("\n");
    const shown = withoutSecrets(`no ${JSON.stringify({ key })} as BEGIN RSA PRIVATE KEY`, [key]);
    for (const line of body) expect(shown).not.toContain(line.slice(0, 12));
    expect(shown).toContain("as BEGIN RSA PRIVATE KEY");
  });
});

test("what a header consists of is a secret too: the token after its scheme, a password in base64, a cookie", () => {
  const instance = {
    ...instanceFor({ url: "https://example.com", accessToken: "a-token-of-zitadel" }),
    headers: {
      "x-gateway-auth": "Bearer gw-secret-value-1234567890",
      "proxy-authorization": `Basic ${Buffer.from("robot:hunter2-hunter2").toString("base64")}`,
      cookie: "session=abcdefgh12345678; lang=en",
    },
  };
  const text = "gw-secret-value-1234567890, robot:hunter2-hunter2, abcdefgh12345678";
  expect(withoutSecrets(text, secretsOf(instance, {}))).toBe("[secret], robot:[secret], [secret]");
});

// Expressions for these would try out for longer than anybody waits.
test.each([
  ["\\".repeat(24) + "abcdefghijkl1", "\\".repeat(50_000)],
  ["\\abcdefghijk1", "%5c".repeat(100_000)],
  ["x\\".repeat(20), "x".repeat(20_000) + "\\".repeat(50)],
  ["\\u005c".repeat(8) + "ab", "\\u005c".repeat(2_000)],
  ["\\a".repeat(20), "\\a".repeat(15) + "\\".repeat(2_000)],
  ["u0075".repeat(10), "\\u0075".repeat(10_000)],
])(
  "a message that is nearly a secret of many backslashes is read at once: %#",
  (secret, text) => {
    expect(withoutSecrets(text, [secret]).length).toBeLessThanOrEqual(text.length);
    expect(withoutSecrets(`it was ${JSON.stringify(JSON.stringify(secret))}.`, [secret])).not.toContain(
      secret.slice(-9),
    );
  },
  5_000,
);

test("refusals with a key file as the secret are not slower than others: what it can look like is made once", () => {
  const key = Array.from({ length: 1_700 }, (_, at) => "aB3+/x9"[at % 7]).join("");
  const said = Array.from({ length: 1_000 }, (_, at) => withoutSecrets(`refusal ${at} of a target`, [key]));
  expect(said[999]).toBe("refusal 999 of a target");
}, 5_000);

describe("a secret in other forms", () => {
  // In base64 it has a slash and a plus sign, which some writers of JSON escape.
  const secret = "key~~~???>>>0123456789/+";
  const base64 = Buffer.from(secret).toString("base64");
  const ascii = (text: string) => text.replace(/\W/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const forms = {
    "base64 with \\/": base64.replaceAll("/", String.raw`\/`),
    "base64 with \\u002b and \\u003d": ascii(base64),
    "base64 in JSON within JSON": JSON.stringify(ascii(base64)).slice(1, -1),
    "base64 with every character escaped": inJson(base64),
    "base64 in a URL": encodeURIComponent(base64),
    "base64url of something longer": Buffer.from(`ab${secret}c`).toString("base64url"),
    "with \\/": secret.replaceAll("/", String.raw`\/`),
    "in JSON within JSON": JSON.stringify(ascii(secret)).slice(1, -1),
    "with \\\\\\/": secret.replaceAll("/", String.raw`\\\/`),
    "in a URL within a URL": encodeURIComponent(encodeURIComponent(secret)),
  };

  test.each(Object.entries(forms))("%s is replaced, and nothing around it", (_, form) => {
    expect(withoutSecrets(`{"a\\/b":"${form}\\n"}`, [secret])).toMatch(/^\{"a\\\/b":".{0,3}\[secret\].{0,4}\\n"\}$/);
  });
});
