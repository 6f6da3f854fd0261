import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";
import {
  type DecryptionKeys,
  instanceKeys,
  type InstanceKeysOptions,
  type JsonWebKeySet,
  memoryReplays,
  verifyRaw,
  type VerifyOptions,
  type WebCryptoKey,
} from "../../webhook";
import { at, event, options, triedSigned, headersOf, tried } from "../support/webhook";

const pair = (alg: "RS256" | "ES256" | "EdDSA") => {
  if (alg === "RS256") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  return alg === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
};
const instance = pair("RS256");
const jwkOf = (publicKey: KeyObject, kid: string, alg = "RS256") => ({
  ...publicKey.export({ format: "jwk" }),
  kid,
  alg,
  use: "sig",
});
const jwks: JsonWebKeySet = { keys: [jwkOf(instance.publicKey, "k1")] };

async function jwt(
  payload: unknown = event,
  { kid = "k1", alg = "RS256", key = instance.privateKey } = {},
): Promise<string> {
  const { CompactSign } = await import("jose");
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  return new CompactSign(bytes).setProtectedHeader({ alg, kid, typ: "JWT" }).sign(key);
}

async function jwe(text: string, publicKey: KeyObject, kid = "e1"): Promise<string> {
  const { CompactEncrypt } = await import("jose");
  const alg = publicKey.asymmetricKeyType === "rsa" ? "RSA-OAEP-256" : "ECDH-ES+A256KW";
  return new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader({ alg, enc: "A256GCM", cty: "JWT", kid })
    .encrypt(publicKey);
}

const forJwt: VerifyOptions = { ...options, instanceKeys: jwks };

describe("a JWT", () => {
  test.each(["RS256", "ES256", "EdDSA"] as const)(
    "is taken that is signed with %s, as the instance's web key says",
    async (alg) => {
      const { publicKey, privateKey } = pair(alg);
      const given = { ...options, instanceKeys: { keys: [jwkOf(publicKey, "w", alg)] } };
      expect(await triedSigned(await jwt(event, { kid: "w", alg, key: privateKey }), given)).toBe("taken");
      expect(await triedSigned(await jwt(event, { kid: "w" }), given)).toBe(
        alg === "RS256" ? "token_signature" : "token_key_unknown",
      );
    },
  );

  test("needs the signature header too: it has no time of its own", async () => {
    const token = await jwt();
    expect(await tried(token, {}, forJwt)).toBe("header_missing");
    expect(await tried(token, headersOf(token, "another"), forJwt)).toBe("signature_mismatch");
    expect(await tried(token, headersOf(token, undefined, 1), forJwt)).toBe("too_old");
  });

  test("whose payload is not one, not JSON or not UTF-8 is rejected", async () => {
    expect(await triedSigned(await jwt({ sub: "1", iss: "https://example.com" }), forJwt)).toBe("payload_invalid");
    expect(await triedSigned(await jwt(Buffer.from("text")), forJwt)).toBe("body_not_json");
    expect(await triedSigned(await jwt(Buffer.from([0x22, 0xff, 0x22])), forJwt)).toBe("body_not_utf8");
  });

  test.each(["iss", "sub", "aud", "exp"])("with the claim %s is another token of the instance", async (claim) => {
    const token = await jwt({ ...event, [claim]: "1" });
    expect(await triedSigned(token, forJwt)).toBe("payload_invalid");
    const asFunction = { function: "function/preuserinfo", userinfo: { [claim]: "1" } };
    expect(await triedSigned(await jwt(asFunction), forJwt)).toBe("taken");
  });

  test.each([[undefined], ["at+jwt"], ["logout+jwt"], [""]])("of the type %j is none of a delivery", async (typ) => {
    const { CompactSign } = await import("jose");
    const header = { alg: "RS256", kid: "k1", ...(typ !== undefined && { typ }) };
    const token = await new CompactSign(Buffer.from(JSON.stringify(event)))
      .setProtectedHeader(header)
      .sign(instance.privateKey);
    expect(await triedSigned(token, forJwt)).toBe("payload_invalid");
  });

  const keyFor = (result: () => unknown): VerifyOptions => ({
    ...options,
    lookupTimeout: 20,
    instanceKeys: { keyFor: result as () => Promise<WebCryptoKey> },
  });
  const thrown = (error: unknown) => () => {
    throw error;
  };
  test.each<[string, () => unknown, string]>([
    ["throws", thrown(new TypeError("secret")), "keys_unavailable"],
    ["throws no error", thrown(null), "keys_unavailable"],
    ["rejects", () => Promise.reject(new Error("secret")), "keys_unavailable"],
    ["hangs", () => new Promise(() => undefined), "keys_unavailable"],
    ["returns nothing", () => undefined, "settings"],
    ["returns text", () => Promise.resolve("-----BEGIN PUBLIC KEY-----"), "settings"],
  ])("whose `keyFor` %s: %#", async (_, result, code) => {
    const token = await jwt();
    await expect(verifyRaw(token, headersOf(token), keyFor(result))).rejects.toMatchObject({
      code,
      message: expect.not.stringContaining("secret") as string,
    });
  });

  test("is not taken where its keys are not given, and nothing weaker than what they are for", async () => {
    const [json, token] = [JSON.stringify(event), await jwt()];
    expect(await triedSigned(token, options)).toBe("payload_type");
    expect(await triedSigned(json, forJwt)).toBe("payload_type");
    const both: VerifyOptions = { ...forJwt, payloadTypes: ["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT"] };
    expect([await triedSigned(json, both), await triedSigned(token, both)]).toEqual(["taken", "taken"]);
  });

  test.each([
    ["..", "payload_type"],
    ["a.b.c", "token_malformed"],
    [`${Buffer.from("[]").toString("base64url")}.b.c`, "token_malformed"],
    [`${Buffer.from('{"alg":1,"kid":"k1"}').toString("base64url")}.b.c`, "token_malformed"],
    [`${Buffer.from('{"alg":"RS256"}').toString("base64url")}.b.c`, "token_malformed"],
    [`${Buffer.from('{"alg":"RS256","kid":{}}').toString("base64url")}.b.c`, "token_malformed"],
    [
      `${Buffer.from('{"alg":"RS256","kid":"k1","b64":false,"crit":["b64"]}').toString("base64url")}.b.c`,
      "token_malformed",
    ],
    [`${Buffer.from('{"alg":"RS256","kid":"k1"}').toString("base64url")}.b.AAAA`, "token_signature"],
    [`${Buffer.from('{"alg":"RS256","kid":"k1"}').toString("base64url")}.b.`, "token_signature"],
    [`${"a".repeat(500_000)}.${"b".repeat(500_000)}.c`, "token_malformed"],
  ])("that is invalid is rejected: %.60s", async (token, code) => {
    expect(await triedSigned(token, forJwt)).toBe(code);
  });

  test("cannot be verified with something that is not a key set", async () => {
    for (const wrong of [{ keys: "none" }, { keys: [1] }, {}]) {
      const given = { ...options, instanceKeys: wrong as unknown as JsonWebKeySet };
      expect(await triedSigned(await jwt(), given)).toBe("settings");
    }
    for (const issuer of ["", "my-instance.zitadel.cloud", "ftp://example.com", "https://user:password@example.com"]) {
      expect(() => instanceKeys(issuer)).toThrow("its http or https URL without credentials");
    }
  });
});

describe("a JWE", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
  const withKeys = (decryptionKeys: DecryptionKeys): VerifyOptions => ({ ...forJwt, decryptionKeys });
  const received = async (publicKey: KeyObject, decryptionKeys: DecryptionKeys, kid?: string) =>
    triedSigned(await jwe(await jwt(), publicKey, kid), withKeys(decryptionKeys));

  test.each([
    ["RSA", rsa],
    ["EC on P-384", ec],
    ["EC on P-521", generateKeyPairSync("ec", { namedCurve: "P-521" })],
  ])(
    "is opened with a key of %s, as PEM, JWK or CryptoKey, or from a function",
    async (_, { publicKey, privateKey }) => {
      const { importPKCS8 } = await import("jose");
      const alg = publicKey.asymmetricKeyType === "rsa" ? "RSA-OAEP-256" : "ECDH-ES+A256KW";
      const kinds = [
        pem(privateKey),
        `\n${pem(privateKey)}\n`,
        privateKey.export({ format: "jwk" }) as { kty: string },
        await importPKCS8(pem(privateKey), alg),
      ];
      for (const key of kinds) {
        expect(await received(publicKey, { e1: key })).toBe("taken");
        expect(await received(publicKey, (kid) => Promise.resolve(kid === "e1" ? key : undefined))).toBe("taken");
      }
    },
  );

  test("during a rotation of the encryption key is opened with the key that its kid names", async () => {
    const keys = { e1: pem(rsa.privateKey), e2: pem(ec.privateKey) };
    expect([await received(rsa.publicKey, keys, "e1"), await received(ec.publicKey, keys, "e2")]).toEqual([
      "taken",
      "taken",
    ]);
    expect(await received(rsa.publicKey, keys, "e3")).toBe("token_key_unknown");
    expect(await received(rsa.publicKey, {}, "toString")).toBe("token_key_unknown");
  });

  test("for another key of the same kid does not open", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(await received(publicKey, { e1: pem(rsa.privateKey) })).toBe("token_undecryptable");
    const point = generateKeyPairSync("ec", { namedCurve: "P-384" });
    expect(await received(point.publicKey, { e1: pem(ec.privateKey) })).toBe("token_undecryptable");
  });

  test.each([
    ["the public key", rsa.publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["a key in PKCS#1", rsa.privateKey.export({ type: "pkcs1", format: "pem" }).toString()],
    [
      "an encrypted key",
      rsa.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" }).toString(),
    ],
    ["text", "not a key"],
    ["nothing", ""],
  ])("cannot be opened with %s, and the message holds nothing of it", async (_, key) => {
    const token = await jwe(await jwt(), rsa.publicKey);
    const error: unknown = await verifyRaw(token, headersOf(token), withKeys({ e1: key })).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "settings" });
    expect(key === "" ? "" : String(error)).not.toContain(key.slice(28, 60) || "BEGIN RSA");
  });

  test.each([
    ["RSA", rsa.publicKey, ec.privateKey, "for an RSA key, but the private key for it is an EC key"],
    ["EC", ec.publicKey, rsa.privateKey, "for an EC key, but the private key for it is an RSA key"],
  ])("for an %s key is not opened by a key of the other kind, in any form", async (_, publicKey, other, said) => {
    const { importPKCS8 } = await import("jose");
    const alg = other.asymmetricKeyType === "rsa" ? "RSA-OAEP-256" : "ECDH-ES+A256KW";
    const token = await jwe(await jwt(), publicKey);
    const jwk = other.export({ format: "jwk" }) as { kty: string };
    for (const key of [pem(other), jwk, await importPKCS8(pem(other), alg), other as unknown as string]) {
      const error: unknown = await verifyRaw(token, headersOf(token), withKeys({ e1: key })).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: "token_undecryptable" });
      expect(String(error)).toContain(said);
    }
  });

  test("whose key function throws or hangs is neither right nor wrong", async () => {
    expect(await received(rsa.publicKey, () => Promise.reject(new Error("store")))).toBe("keys_unavailable");
    const token = await jwe(await jwt(), rsa.publicKey);
    const hanging = { ...withKeys(() => new Promise(() => undefined)), lookupTimeout: 20 };
    expect(await triedSigned(token, hanging)).toBe("keys_unavailable");
  });

  test.each([[42], [Buffer.from(pem(rsa.privateKey))], [rsa.publicKey], [{ kty: "RSA", n: "AQ" }], [{}]])(
    "cannot be opened with a key that is none: %#",
    async (key) => {
      expect(await received(rsa.publicKey, () => key as unknown as string)).toBe("settings");
    },
  );

  test("has a JWT of the instance within, and nothing else", async () => {
    const given = withKeys({ e1: pem(rsa.privateKey) });
    const { privateKey } = pair("RS256");
    const within = async (text: string) => triedSigned(await jwe(text, rsa.publicKey), given);
    expect(await within(await jwt(event, { key: privateKey }))).toBe("token_signature");
    expect(await within(JSON.stringify(event))).toBe("token_malformed");
    expect(await within(await jwe(await jwt(), rsa.publicKey))).toBe("token_malformed");
    expect(await within("")).toBe("token_malformed");
    expect(await triedSigned(await jwt(), given)).toBe("payload_type");
  });
});

describe("a token that is signed again with a stolen signing key", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const later = (token: string) => headersOf(token, undefined, at + 1);
  /** What comes of each of these bodies, signed by turns at one second and at the next, with one store. */
  async function outcomes(given: VerifyOptions, ...bodies: string[]): Promise<string[]> {
    const all = { ...given, replays: memoryReplays(), now: () => new Date((at + 2) * 1_000) };
    const came: string[] = [];
    for (const body of bodies) came.push(await tried(body, came.length % 2 === 0 ? headersOf(body) : later(body), all));
    return came;
  }
  /** Other text for the same bytes: the last character has spare bits. */
  const respelt = (base64: string) => {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const next = letters[letters.indexOf(base64.slice(-1)) + 1] ?? "";
    const other = `${base64.slice(0, -1)}${next}`;
    expect(Buffer.from(other, "base64url").equals(Buffer.from(base64, "base64url"))).toBe(true);
    return other;
  };

  test("is a replay as a JWE, also in another spelling; another JWE of the same call is none", async () => {
    const given = { ...forJwt, decryptionKeys: { e1: rsa.privateKey.export({ format: "jwk" }) as { kty: string } } };
    const [token, other] = [await jwe(await jwt(), rsa.publicKey), await jwe(await jwt(), rsa.publicKey)];
    const [header, key = "", nonce, text = "", tag = ""] = token.split(".");
    // 22 characters for 16 bytes, 342 for 256.
    const tagRespelt = [header, key, nonce, text, respelt(tag)].join(".");
    const keyRespelt = [header, respelt(key), nonce, text, tag].join(".");
    // The same bytes, split elsewhere.
    const bytes = Buffer.concat([Buffer.from(text, "base64url"), Buffer.from(tag, "base64url")]);
    const [less, more] = [bytes.subarray(0, -17), bytes.subarray(-17)].map((part) => part.toString("base64url"));
    const split = [header, key, nonce, less, more].join(".");
    const [first, ...rest] = await outcomes(given, token, token, tagRespelt, keyRespelt, split, other);
    expect([first, rest.pop()]).toEqual(["taken", "taken"]);
    expect(rest.every((code) => ["replayed", "token_malformed", "token_undecryptable"].includes(code))).toBe(true);
    expect(rest.slice(0, 3)).toEqual(["replayed", "replayed", "replayed"]);
  });

  test("is a replay as a JWT with ES256, also with the other valid signature; another JWT of the same call is none", async () => {
    const { publicKey, privateKey } = pair("ES256");
    const given = { ...options, instanceKeys: { keys: [jwkOf(publicKey, "w", "ES256")] } };
    const signed = () => jwt(event, { kid: "w", alg: "ES256", key: privateKey });
    const [token, other] = [await signed(), await signed()];
    const signature = Buffer.from(token.split(".")[2] ?? "", "base64url");
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const s = order - BigInt(`0x${signature.subarray(32).toString("hex")}`);
    const flipped = Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
    const mirrored = [...token.split(".").slice(0, 2), flipped.toString("base64url")].join(".");
    expect(await triedSigned(mirrored, given)).toBe("taken");
    expect(await outcomes(given, token, token, mirrored, other)).toEqual(["taken", "replayed", "replayed", "taken"]);
  });

  test("is not to be told from an equal call as a JWT with RS256", async () => {
    const token = await jwt();
    expect(await outcomes(forJwt, token, token, token)).toEqual(["taken", "taken", "replayed"]);
  });
});

describe("the instance's keys", () => {
  /** A server of a key set, and a receiver that fetches from it by a clock that is moved by hand. */
  async function setUp(given: InstanceKeysOptions = {}) {
    const state = {
      keys: jwks as unknown,
      status: 200,
      requests: 0,
      seconds: 0,
      headers: {} as Record<string, string>,
      held: Promise.resolve(),
    };
    let answered: Promise<unknown> = Promise.resolve();
    const server = createServer((request, response) => {
      state.requests++;
      expect(request.url).toBe("/oauth/v2/keys");
      void state.held.then(() => {
        response.writeHead(state.status, { "content-type": "application/json", ...state.headers });
        response.end(typeof state.keys === "string" ? state.keys : JSON.stringify(state.keys));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const fetchNow: NonNullable<InstanceKeysOptions["fetch"]> = (...args) => {
      const whole = fetch(...args).then(async (one) => new Response(await one.text(), { status: one.status }));
      answered = whole;
      return whole;
    };
    const now = () => new Date(state.seconds * 1_000);
    const keys = instanceKeys(url, { now, fetch: fetchNow, ...given });
    /** Waits until the keys that were fetched in the background are read. */
    const idle = async () => {
      await answered;
      await setImmediate();
    };
    const receive = async (token?: string) => triedSigned(token ?? (await jwt()), { ...options, instanceKeys: keys });
    return { state, receive, url, idle };
  }
  /** Keeps the server from answering until the returned function is called. */
  function hold(state: { held: Promise<void> }): () => void {
    let release: () => void = () => undefined;
    state.held = new Promise((resolve) => (release = resolve));
    return () => release();
  }
  const servers: (() => void)[] = [];
  afterEach(() => servers.splice(0).forEach((close) => close()));

  test("are fetched once for many deliveries, also at once", async () => {
    const { state, receive } = await setUp();
    const token = await jwt();
    expect(await Promise.all(Array.from({ length: 20 }, () => receive(token)))).toEqual(Array(20).fill("taken"));
    expect([await receive(), state.requests]).toEqual(["taken", 1]);
  });

  test("are not fetched for what is not signed with the signing key", async () => {
    const { state, url } = await setUp();
    const token = await jwt();
    expect(await tried(token, headersOf(token, "another"), { ...options, instanceKeys: instanceKeys(url) })).toBe(
      "signature_mismatch",
    );
    expect(state.requests).toBe(0);
  });

  test("are fetched again for an unknown kid, after pauses that grow to 30 s, however many there are", async () => {
    const { state, receive } = await setUp();
    const unknown = async (i: number) => receive(await jwt(event, { kid: `unknown-${i}` }));
    expect(await receive()).toBe("taken");
    const asked: number[] = [];
    for (; state.seconds < 150; state.seconds += 0.25) {
      const before = state.requests;
      expect([await unknown(1), await unknown(2)]).toEqual(["token_key_unknown", "token_key_unknown"]);
      if (state.requests > before) asked.push(state.seconds);
    }
    expect(asked).toEqual([0.5, 1, 2, 4, 8, 16, 32, 62, 92, 122]);
  });

  test("are fetched at once for a key that is new, and once for all deliveries that need it", async () => {
    const { state, receive } = await setUp();
    const next = pair("RS256");
    const token = await jwt(event, { kid: "k2", key: next.privateKey });
    expect(await receive()).toBe("taken");
    state.keys = { keys: [...jwks.keys, jwkOf(next.publicKey, "k2")] };
    state.seconds = 20;
    expect(await Promise.all([receive(token), receive(token), receive()])).toEqual(["taken", "taken", "taken"]);
    expect(state.requests).toBe(2);
  });

  test("of another server, at first, cost half a second once the route is right", async () => {
    const { state, receive } = await setUp();
    state.keys = { keys: [jwkOf(pair("RS256").publicKey, "other")] };
    expect([await receive(), await receive()]).toEqual(["token_key_unknown", "token_key_unknown"]);
    state.keys = jwks;
    state.seconds = 0.5;
    expect([await receive(), state.requests]).toEqual(["taken", 2]);
  });

  test("stay valid where a fetch brings another server's keys, for ten minutes, and are asked for again", async () => {
    const { state, receive, idle } = await setUp();
    const gone = await jwt(event, { kid: "gone" });
    expect(await receive()).toBe("taken");
    state.keys = { keys: [jwkOf(pair("RS256").publicKey, "other")] };
    for (state.seconds = 600; state.seconds < 1_200; state.seconds += 20) {
      expect(await receive()).toBe("taken");
      await idle();
    }
    expect(state.requests).toBeGreaterThan(10);
    expect([await receive(), await receive(gone)]).toEqual(["token_key_unknown", "token_key_unknown"]);
    state.keys = jwks;
    state.seconds += 30;
    expect(await receive()).toBe("taken");
  });

  test("are neither too old nor too new for a clock that steps", async () => {
    const { state, receive, idle } = await setUp();
    state.seconds = 1_000_000;
    expect(await receive()).toBe("taken");
    const next = pair("RS256");
    state.keys = { keys: [jwkOf(next.publicKey, "k2")] };
    state.seconds = 1_000;
    expect(await receive(await jwt(event, { kid: "k2", key: next.privateKey }))).toBe("taken");
    await idle();
    expect(state.requests).toBe(2);
    // The default clock is not the machine's.
    const date = jest.spyOn(Date, "now").mockReturnValue(0);
    const { state: other, receive: receiveThere } = await setUp({ now: undefined as unknown as () => Date });
    expect(await receiveThere()).toBe("taken");
    date.mockReturnValue(Number.MAX_SAFE_INTEGER / 2);
    expect([await receiveThere(), other.requests]).toEqual(["taken", 1]);
    date.mockRestore();
  });

  test("and a clock that throws end nothing, also while keys are fetched in the background", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on("unhandledRejection", note);
    let seconds: number | undefined = 0;
    const now = () => {
      if (seconds === undefined) throw new Error("clock");
      return new Date(seconds * 1_000);
    };
    const { state, receive, idle } = await setUp({ now });
    expect(await receive()).toBe("taken");
    seconds = 600;
    const release = hold(state);
    expect(await receive()).toBe("taken");
    seconds = undefined;
    release();
    await idle();
    expect(await receive()).toBe("keys_unavailable");
    await setTimeout(20);
    process.off("unhandledRejection", note);
    expect([unhandled, state.requests]).toEqual([[], 2]);
  });

  test("are fetched anew after ten minutes, while deliveries go on with those at hand; a key that is gone then is unknown", async () => {
    const { state, receive, idle } = await setUp();
    expect(await receive()).toBe("taken");
    const next = pair("RS256");
    const rotated = await jwt(event, { kid: "k2", key: next.privateKey });
    state.keys = { keys: [jwkOf(next.publicKey, "k2")] };
    state.seconds = 599;
    expect([await receive(), state.requests]).toEqual(["taken", 1]);
    state.seconds = 600;
    const release = hold(state);
    // The server has not answered yet: these do not wait for it.
    expect([await receive(), await receive()]).toEqual(["taken", "taken"]);
    release();
    expect(await receive(rotated)).toBe("taken");
    await idle();
    expect([await receive(), state.requests]).toEqual(["token_key_unknown", 2]);
  });

  test.each([
    ["the instance does not answer", { status: 503 }],
    ["it answers with an empty set", { keys: { keys: [] } }],
  ])("are kept until a newer set with keys comes: %s", async (_, wrong) => {
    const { state, receive, idle } = await setUp();
    const unknown = await jwt(event, { kid: "k2" });
    expect(await receive()).toBe("taken");
    Object.assign(state, { status: 200, keys: jwks, ...wrong });
    state.seconds = 10_000;
    expect(await receive()).toBe("taken");
    await idle();
    expect([await receive(), state.requests]).toEqual(["taken", 2]);
    // The newest keys could not be had, so this key may be among them.
    expect([await receive(unknown), state.requests]).toEqual(["keys_unavailable", 2]);
    Object.assign(state, { status: 200, keys: jwks });
    state.seconds = 10_000.5;
    expect([await receive(unknown), state.requests]).toEqual(["token_key_unknown", 3]);
  });

  test("that were never there are asked for again after pauses that grow to 30 s, and at once when they are there", async () => {
    const { state, receive } = await setUp();
    state.status = 500;
    const asked: number[] = [];
    for (; state.seconds < 150; state.seconds += 0.25) {
      const before = state.requests;
      expect(await receive()).toBe("keys_unavailable");
      if (state.requests > before) asked.push(state.seconds);
    }
    expect(asked).toEqual([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5, 121.5]);
    state.status = 200;
    state.seconds = 151.5;
    expect([await receive(), await receive(), state.requests]).toEqual(["taken", "taken", asked.length + 1]);
  });

  test("that fail once cost half a second, and then their pauses begin anew", async () => {
    const { state, receive } = await setUp();
    state.status = 500;
    expect(await receive()).toBe("keys_unavailable");
    state.status = 200;
    state.seconds = 0.5;
    expect([await receive(), state.requests]).toEqual(["taken", 2]);
    state.status = 500;
    state.seconds = 30.5;
    expect(await receive(await jwt(event, { kid: "k2" }))).toBe("keys_unavailable");
    state.status = 200;
    state.seconds = 31;
    expect([await receive(await jwt(event, { kid: "k2" })), state.requests]).toEqual(["token_key_unknown", 4]);
  });

  test.each([{ maxAge: Number.NaN }, { timeout: -1 }, { cooldown: 0.5 }])(
    "options that cannot be meant are rejected: %j",
    (wrong) => {
      expect(() => instanceKeys("https://example.com", wrong)).toThrow("must be a whole number");
    },
  );

  test("so is an unknown one", () => {
    const misspelt: object = { maxage: 5 };
    expect(() => instanceKeys("https://example.com", misspelt)).toThrow(
      "Unknown option `maxage`. Did you mean `maxAge`?",
    );
  });

  test.each([
    ["no JSON", "<html>"],
    ["another JSON", { error: "no" }],
    ["a list", []],
    ["a key set without keys", { keys: [] }],
    ["a key set of texts", { keys: ["k1"] }],
    ["more than 256 KiB", `{"keys":[]}${" ".repeat(300_000)}`],
  ])("that come as %s are none", async (_, keys) => {
    const { state, receive } = await setUp();
    state.keys = keys;
    expect(await receive()).toBe("keys_unavailable");
  });

  test("are not looked for where a redirect leads", async () => {
    const { state, receive, url } = await setUp();
    Object.assign(state, { status: 302, headers: { location: `${url}/oauth/v2/keys` } });
    expect([await receive(), state.requests]).toEqual(["keys_unavailable", 1]);
  });

  test("that do not come are given up in time, and nothing listening is an answer too", async () => {
    const never = { fetch: () => new Promise<Response>(() => undefined), timeout: 1 };
    expect(await (await setUp(never)).receive()).toBe("keys_unavailable");
    const { receive } = await setUp({ fetch: () => Promise.reject(new TypeError("fetch failed")) });
    expect(await receive()).toBe("keys_unavailable");
  });

  test("may be of any strength but a weak one, and only public ones count", async () => {
    const { state, receive } = await setUp();
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
    state.keys = {
      keys: [
        jwkOf(weak.publicKey, "k1"),
        { kty: "oct", k: "c2VjcmV0", kid: "k2", alg: "HS256" },
        { kid: "k3" },
        { ...instance.privateKey.export({ format: "jwk" }), kid: "k4", alg: "RS256" },
      ],
    };
    const { privateKey } = pair("RS256");
    for (const kid of ["k1", "k2", "k3", "k4"]) {
      expect(["token_malformed", "token_key_unknown"]).toContain(
        await receive(await jwt(event, { kid, key: privateKey })),
      );
    }
  });
});
