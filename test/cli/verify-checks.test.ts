import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Check, Rejection } from "../../cli/verify/checks";
import { rsa } from "../support/pairs";
import { serve } from "../support/provider";
import { failedOf, type Folder, openFolder, result, signed, verify } from "../support/verify";
import { at, event, key, type Recorded, recordedKeys, recording, signatureOf } from "../support/webhook";

// Every code with which a receiver rejects a delivery, and the check that `verify` then reports as failed.

let folder: Folder;
beforeEach(async () => {
  folder = await openFolder();
});
afterEach(() => folder.remove());

const body = JSON.stringify(event);
const jwt = recording("request-jwt");
const jwe = recording("request-jwe-rsa");
const kid = jwe.encryptionKeyId ?? "";
const [first, second] = recordedKeys.keys;

/** A command line of which `verify` prints a result; it may need files. */
type Ask = () => Promise<string[]>;

const file = (content: string | Uint8Array, name = "body") => folder.file(name, content);
const withHeaders =
  (...headers: string[]): Ask =>
  async () => [await file(body), ...headers.flatMap((one) => ["--header", one]), "--at", String(at)];
const withBody =
  (content: string | Uint8Array, ...more: string[]): Ask =>
  async () => [await file(content), ...signed(content), ...more];

/** The options for tokens: the recorded instance's keys, and the receiver's private key. */
async function tokenKeys(keys: object = recordedKeys): Promise<string[]> {
  return ["--jwks", await file(JSON.stringify(keys), "jwks.json")];
}
async function privateKey(pem = jwe.privateKeyPem ?? "", id = kid): Promise<string[]> {
  return ["--decryption-key", `${id}=${await file(pem, "key.pem")}`];
}

/** A recorded delivery with its own signature. */
async function genuine(
  { headers, body: text, receivedAtUnix, target }: Recorded,
  ...more: string[]
): Promise<string[]> {
  const keys = await file(target.signingKey, "signing-key");
  const header = `ZITADEL-Signature: ${headers["Zitadel-Signature"] ?? ""}`;
  return [await file(text), "--header", header, "--at", String(receivedAtUnix), "--key-file", keys, ...more];
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A JWE for the recorded receiver, as anybody can make one. */
async function sealed(text: string | Uint8Array): Promise<string> {
  const { CompactEncrypt } = await import("jose");
  const header = { alg: "RSA-OAEP-256", enc: "A256GCM", kid };
  const publicKey = createPublicKey(createPrivateKey(jwe.privateKeyPem ?? "").export({ type: "pkcs8", format: "pem" }));
  return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header).encrypt(publicKey);
}

const pkcs = (type: "pkcs1" | "pkcs8", of: KeyObject) => of.export({ type, format: "pem" }).toString();
const stranger = rsa(2048).privateKey;

const cases: Readonly<Record<Rejection["code"], readonly (readonly [what: string, check: Check, ask: Ask])[]>> = {
  body_missing: [["an empty body", "body", withBody("")]],
  body_too_large: [["more than a mebibyte", "body", withBody("x".repeat(1_048_577))]],
  body_parsed: [
    [
      "a body that was parsed",
      "body",
      async () => {
        const headers = { "Zitadel-Signature": signatureOf(body) };
        return [await file(JSON.stringify({ headers, body: event, receivedAtUnix: at }), "d.json")];
      },
    ],
  ],
  settings: [
    [
      "a key with a blank in it",
      "signingKey",
      async () => [...(await withBody(body)()), "--key-file", await file("two words")],
    ],
    [
      "a private key in PKCS#1",
      "decryption",
      async () => genuine(jwe, ...(await tokenKeys()), ...(await privateKey(pkcs("pkcs1", stranger)))),
    ],
  ],
  header_missing: [["no header of signature", "header", withHeaders("Content-Type: application/json")]],
  header_doubled: [
    ["two of them", "header", withHeaders(...["", "X-"].map((x) => `${x}ZITADEL-Signature: ${signatureOf(body)}`))],
    ["two times in it", "header", withHeaders(`ZITADEL-Signature: t=1,${signatureOf(body)}`)],
  ],
  header_malformed: [["half of a signature", "headerForm", withHeaders("ZITADEL-Signature: t=1,v1=abc")]],
  too_old: [
    [
      "301 s later",
      "age",
      async () => [await file(body), ...signed(body, key, at - 301).slice(0, 2), "--at", String(at)],
    ],
  ],
  in_future: [
    [
      "11 s before",
      "age",
      async () => [await file(body), ...signed(body, key, at + 11).slice(0, 2), "--at", String(at)],
    ],
  ],
  signature_mismatch: [["another body", "signature", async () => [await file("another"), ...signed(body)]]],
  payload_type: [
    ["a JWT without keys for it", "payloadType", () => genuine(jwt)],
    ["JSON with keys for JWT", "payloadType", async () => withBody(body, ...(await tokenKeys()))()],
    ["a JWE without its key", "payloadType", async () => genuine(jwe, ...(await tokenKeys()))],
    [
      "a JWT with keys for JWE",
      "payloadType",
      async () => genuine(jwt, ...(await tokenKeys()), ...(await privateKey())),
    ],
  ],
  body_not_utf8: [
    ["bytes that are no text", "payloadType", withBody(Buffer.from([0xff, 0xfe]))],
    [
      "a JWE with bytes that are no text",
      "decryption",
      async () => withBody(await sealed(Buffer.from([0xff])), ...(await tokenKeys()), ...(await privateKey()))(),
    ],
  ],
  body_not_json: [["a text", "payload", withBody("hello")]],
  payload_invalid: [["JSON of another kind", "payload", withBody('{"hello": "world"}')]],
  token_malformed: [
    ["what only looks like a JWT", "tokenSignature", async () => withBody("a.b.c", ...(await tokenKeys()))()],
    [
      "what only looks like a JWE",
      "decryption",
      async () => withBody("a.b.c.d.e", ...(await tokenKeys()), ...(await privateKey()))(),
    ],
    [
      "a JWE with something else in it than a JWT",
      "tokenSignature",
      async () => withBody(await sealed(body), ...(await tokenKeys()), ...(await privateKey()))(),
    ],
  ],
  token_algorithm: [
    [
      "a JWT without a signature",
      "tokenSignature",
      async () => withBody(`${part({ alg: "none", kid: "1" })}.${part(event)}.`, ...(await tokenKeys()))(),
    ],
  ],
  token_compressed: [
    [
      "a JWE that says that it is compressed",
      "decryption",
      async () => {
        const header = part({ alg: "RSA-OAEP-256", enc: "A256GCM", kid, zip: "DEF" });
        const token = [header, ...jwe.body.split(".").slice(1)].join(".");
        return withBody(token, ...(await tokenKeys()), ...(await privateKey()))();
      },
    ],
  ],
  token_key_unknown: [
    ["a JWT of another instance", "tokenSignature", async () => genuine(jwt, ...(await tokenKeys({ keys: [] })))],
    [
      "a JWE for another key",
      "decryption",
      async () => genuine(jwe, ...(await tokenKeys()), ...(await privateKey(undefined, "17"))),
    ],
  ],
  token_signature: [
    [
      "a JWT under the name of another key",
      "tokenSignature",
      async () =>
        genuine(
          jwt,
          ...(await tokenKeys({
            keys: [
              { ...first, kid: second?.kid },
              { ...second, kid: first?.kid },
            ],
          })),
        ),
    ],
  ],
  token_undecryptable: [
    [
      "a JWE with another private key",
      "decryption",
      async () => genuine(jwe, ...(await tokenKeys()), ...(await privateKey(pkcs("pkcs8", stranger)))),
    ],
  ],
};

test.each(
  Object.entries(cases).flatMap(([code, ways]) => ways.map(([what, check, ask]) => [code, what, check, ask] as const)),
)("%s, of %s: %s fails", async (code, _, check, ask) => {
  const said = await result(await ask());
  expect({ code: said.code, failed: failedOf(said) }).toEqual({ code, failed: check });
  expect(said.checks.find((one) => one.status === "failed")?.detail).toBe(code);
  expect(said.explanation).toMatchObject({ what: expect.stringMatching(/\.$/) as string });
  expect(said.explanation?.todo).not.toBe("");
});

describe("tokens", () => {
  test.each(["request-jwt", "request-jwe-rsa", "request-jwe-ec"])("%s is verified as it was recorded", async (name) => {
    const one = recording(name);
    const ofJwe = one.encryptionKeyId === undefined ? [] : await privateKey(one.privateKeyPem, one.encryptionKeyId);
    const said = await result(await genuine(one, ...(await tokenKeys()), ...ofJwe));
    expect(failedOf(said)).toBeUndefined();
    const status = (check: Check) => said.checks.find((found) => found.check === check)?.status;
    expect([status("decryption"), status("tokenSignature")]).toEqual([
      ofJwe.length === 0 ? "notNeeded" : "passed",
      "passed",
    ]);
  });

  test("the instance's keys are fetched where --jwks is its address, and asked for once", async () => {
    const asked: unknown[] = [];
    const server = await serve(({ url }, response) => {
      asked.push(url);
      response.end(JSON.stringify(recordedKeys));
    });
    try {
      expect(await result(await genuine(jwt, "--jwks", server.url))).toMatchObject({ verified: true });
      expect(asked).toEqual(["/oauth/v2/keys"]);
    } finally {
      server.close();
    }
  });

  test("where they cannot be had, the delivery is neither right nor wrong: it failed", async () => {
    const server = await serve((_, response) => response.writeHead(503).end());
    try {
      const { code, stdout, stderr } = await verify(await genuine(jwt, "--jwks", server.url));
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        /^The instance's keys at \S+ could not be fetched \(status 503\)\. .* use --jwks FILE\. .* set ZITADEL_EXTERNAL_DOMAIN to it\.\n$/,
      );
    } finally {
      server.close();
    }
  });

  test("of a delivery that is too old, too, that they could not be had is said", async () => {
    const server = await serve((_, response) => response.writeHead(503).end());
    try {
      const args = await genuine(jwt, "--jwks", server.url);
      const late = args.map((arg) => (arg === String(jwt.receivedAtUnix) ? String(jwt.receivedAtUnix + 500) : arg));
      const said = await result(late);
      expect(said.code).toBe("too_old");
      expect(said.explanation?.what).toMatch(/The other checks could not be made: The instance's keys at /);
    } finally {
      server.close();
    }
  });

  test.each(["{}", "[1]", "keys", '{"keys": [1]}'])("%s is not a key set", async (content) => {
    const path = await file(content, "jwks.json");
    const { code, stderr } = await verify(await genuine(jwt, "--jwks", path));
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Reading ${path} failed: it is not a key set. Save the answer of the instance's /oauth/v2/keys to it.\n`,
    );
  });
});
