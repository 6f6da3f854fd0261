import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { startZitadel } from "../../../local/zitadel";
import { unknown } from "../../../provider/core/properties";
import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { fingerprintOf } from "../../../provider/public-key/pem";
import { certify } from "../../support/certificate";
import { compressed } from "../../support/keys";
import { block, derOf, ec, newKey, rsa, spki } from "../../support/pairs";
import { programOf } from "../../support/program";
import { webhook } from "../../support/world";

const rsaPair = rsa(2048);
const p256 = ec("P-256");
const key = { targetId: "400661751630138406", publicKey: spki(p256) };
const [past, future] = ["2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"];

function check(news: Record<string, unknown>, olds?: Record<string, unknown>) {
  return publicKeyLifecycle.check({ olds, news, logicalName: "key", claim: () => undefined });
}

function failures(news: Record<string, unknown>, olds?: Record<string, unknown>): string[] {
  return check(news, olds).failures.map(({ property, reason }) => `${property}: ${reason}`);
}

const other = (type: "ed25519" | "x25519" | "rsa-pss") =>
  type === "rsa-pss"
    ? spki(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }))
    : type === "ed25519"
      ? spki(generateKeyPairSync("ed25519"))
      : spki(generateKeyPairSync("x25519"));

const good: [string, string][] = [
  ["RSA of 2048 bits", spki(rsaPair)],
  ["RSA of 3072 bits", spki(rsa(3072))],
  ["P-256", key.publicKey],
  ["P-384", spki(ec("P-384"))],
  ["P-521", spki(ec("P-521"))],
  ["lines that end in CRLF", key.publicKey.replaceAll("\n", "\r\n")],
  ["no line break at the end", key.publicKey.trimEnd()],
  ["empty lines around it", `\n\r\n${key.publicKey}\n\n`],
  ["one long line", spki(rsaPair).replace(/(?<=[\w+/])\n(?=[\w+/])/g, "")],
  ["blanks within its lines", key.publicKey.replace(/\n(?!-)/g, "\n  ").replace(/(?<=[\w+/=])\n/g, " \n")],
  ["another block after it, which is not looked at", key.publicKey + newKey()],
];

const beginning = 'publicKey: must be a public key in PEM, beginning with "-----BEGIN PUBLIC KEY-----" (SPKI)';
const unreadable = `${beginning}, but the data between its BEGIN and END lines cannot be read`;
const misplaced = `${beginning}, with its BEGIN and END lines at the very start of a line: without spaces or a byte order mark before them, and with real line breaks instead of "\\n"`;
const takes = "but ZITADEL accepts only RSA keys and EC keys on P-256, P-384 or P-521";
const isPrivate =
  "publicKey: contains a PRIVATE key, which must stay secret: set the public key (openssl pkey -in private.pem -pubout), and if this one was committed or logged, create a new pair";

/** What ZITADEL refuses, and what is said of it. */
const bad: [string, string, string][] = [
  [
    "PKCS#1",
    rsaPair.publicKey.export({ type: "pkcs1", format: "pem" }) as string,
    'publicKey: is a public key in PKCS#1 ("BEGIN RSA PUBLIC KEY"), but must be in SPKI: openssl rsa -RSAPublicKey_in -in key.pem -pubout',
  ],
  [
    "a certificate",
    certify("example.com").server.cert,
    "publicKey: is a certificate, but must be the public key in it: openssl x509 -in certificate.pem -pubkey -noout",
  ],
  [
    "explicit curve parameters",
    spki(generateKeyPairSync("ec", { namedCurve: "P-521", paramEncoding: "explicit" })),
    "publicKey: is an EC key with explicit curve parameters, which ZITADEL cannot read: openssl ec -pubin -in key.pem -pubout -param_enc named_curve",
  ],
  ["secp256k1", spki(ec("secp256k1")), `publicKey: is an EC key on the curve secp256k1, ${takes}`],
  ["Ed25519", other("ed25519"), `publicKey: is a key of type ed25519, ${takes}`],
  ["X25519", other("x25519"), `publicKey: is a key of type x25519, ${takes}`],
  ["RSA-PSS", other("rsa-pss"), `publicKey: is a key of type rsa-pss, ${takes}`],
  [
    "a point in the short form",
    compressed(p256.publicKey),
    "publicKey: is an EC key with a compressed point, which ZITADEL cannot read: openssl ec -pubin -in key.pem -pubout -conv_form uncompressed",
  ],
  ["nothing", "", beginning],
  ["blanks", " \n", beginning],
  ["a text", "hello", beginning],
  ["base64 of the PEM", Buffer.from(key.publicKey).toString("base64"), beginning],
  ["a path", "./key.pub.pem", beginning],
  ["OpenSSH's form", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRlc3Q test", beginning],
  ["indented lines", key.publicKey.replace(/^(?=.)/gm, "  "), misplaced],
  ["a blank before it", ` ${key.publicKey}`, misplaced],
  ["a byte order mark before it", `\ufeff${key.publicKey}`, misplaced],
  ["\\n for line breaks", key.publicKey.trimEnd().replaceAll("\n", "\\n"), misplaced],
  ["all in one line", key.publicKey.replaceAll("\n", " "), misplaced],
  ["only CR for line breaks", key.publicKey.replaceAll("\n", "\r"), misplaced],
  ["no end", key.publicKey.slice(0, -10), misplaced],
  ["a text after its end", `${key.publicKey.trimEnd()} hello`, misplaced],
  ["letters that are no base64", key.publicKey.replace(/\nM/, "\n!"), unreadable],
  ["no padding", key.publicKey.replace(/=+\n/, "\n"), unreadable],
  ["half a key", block("PUBLIC KEY", derOf(key.publicKey).subarray(0, 50)), unreadable],
  ["more than a key", block("PUBLIC KEY", Buffer.concat([derOf(key.publicKey), Buffer.alloc(2)])), unreadable],
  ["no bytes", block("PUBLIC KEY", Buffer.alloc(0)), unreadable],
  [
    "more than 8192 bytes",
    `${key.publicKey}${"\n".repeat(8193)}`,
    `publicKey: must have at most 8192 bytes, but has ${Buffer.byteLength(key.publicKey) + 8193}`,
  ],
];

/** Stricter than ZITADEL, which takes them. */
const weak: [string, string, string][] = [
  ["another label", block("EC PUBLIC KEY", derOf(key.publicKey)), beginning],
  ["RSA of 1024 bits", spki(rsa(1024)), "publicKey: is an RSA key of 1024 bits, but must have at least 2048"],
  ["RSA of 2040 bits", spki(rsa(2040)), "publicKey: is an RSA key of 2040 bits, but must have at least 2048"],
];

const privatePems: [string, string][] = [
  ["PKCS#8", p256.privateKey.export({ type: "pkcs8", format: "pem" }) as string],
  ["PKCS#1", rsaPair.privateKey.export({ type: "pkcs1", format: "pem" }) as string],
  ["SEC 1", p256.privateKey.export({ type: "sec1", format: "pem" }) as string],
  [
    "encrypted",
    p256.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "test" }) as string,
  ],
  ["OpenSSH's", block("OPENSSH PRIVATE KEY", p256.privateKey.export({ type: "pkcs8", format: "der" }))],
];

describe("keys that ZITADEL takes", () => {
  test.each(good)("%s", (_case, publicKey) => {
    expect(check({ ...key, publicKey })).toEqual({ inputs: { ...key, publicKey, active: true }, failures: [] });
  });

  test("ZITADEL takes them, with the fingerprint that the state will have", async () => {
    const zitadel = await startZitadel();
    try {
      const { id } = zitadel.add({ ...webhook, name: "a" });
      for (const [, pem] of good) zitadel.addPublicKey(id, { publicKey: Buffer.from(pem).toString("base64") });
      expect(zitadel.publicKeys(id).map(({ fingerprint }) => fingerprint)).toEqual(
        good.map(([, pem]) => fingerprintOf(pem)),
      );
    } finally {
      await zitadel.stop();
    }
  });
});

describe("keys that are rejected", () => {
  test.each([...bad, ...weak])("%s", (_case, publicKey, expected) => {
    expect(check({ ...key, publicKey }).failures).toMatchObject([{ property: "publicKey", sensitive: true }]);
    expect(failures({ ...key, publicKey })).toEqual([expected]);
  });

  test.each<[string, unknown, string]>([
    ["none", undefined, "publicKey: is required: the public key, in PEM"],
    ["null", null, "publicKey: is required: the public key, in PEM"],
    ["a number", 1, "publicKey: must be a string: the public key, in PEM"],
    ["a JWK", { kty: "RSA" }, "publicKey: must be a string: the public key, in PEM"],
  ])("%s", (_case, publicKey, expected) => expect(failures({ ...key, publicKey })).toEqual([expected]));
});

describe("a private key", () => {
  const everyPrivate: [string, string][] = [
    ...privatePems,
    ["after the public one", key.publicKey + (privatePems[0]?.[1] ?? "")],
    ["under the public one's label", block("PUBLIC KEY", p256.privateKey.export({ type: "pkcs8", format: "der" }))],
    ["without its lines", (privatePems[0]?.[1] ?? "").split("\n")[1] ?? ""],
    ["in base64", Buffer.from(privatePems[0]?.[1] ?? "").toString("base64")],
    ["indented", (privatePems[0]?.[1] ?? "").replace(/^/gm, "  ")],
    ["as a JWK", JSON.stringify(p256.privateKey.export({ format: "jwk" }))],
  ];

  test.each(privatePems)("%s is said to be one", (_case, pem) => {
    expect(failures({ ...key, publicKey: pem })).toEqual([isPrivate]);
    expect(failures({ ...key, publicKey: key.publicKey + pem })).toEqual([isPrivate]);
  });

  test.each(everyPrivate)("%s is not repeated, not by a byte", async (_case, secret) => {
    const program = programOf(publicKeyLifecycle);
    for (const property of ["publicKey", "privateKey", "public_key", "key"]) {
      const shown = await program.check("key", { ...key, [property]: secret });
      // Pulumi prints the value of a property that a failure names.
      expect(shown).toMatchObject([{ property: "" }]);
      for (const part of parts(secret)) expect(JSON.stringify(shown)).not.toContain(part);
    }
  });

  test.each(privatePems)("%s in the place of another property is not shown either", async (_case, secret) => {
    for (const property of ["targetId", "expirationDate", "active", "adopt"]) {
      const shown = await programOf(publicKeyLifecycle).check("key", { ...key, [property]: secret });
      expect(shown).toMatchObject([{ property: "", reason: expect.stringContaining(`${property} must be`) as string }]);
      for (const part of parts(secret)) expect(JSON.stringify(shown)).not.toContain(part);
    }
  });
});

/** Every part of a secret that is long enough to be no coincidence. */
function parts(secret: string): string[] {
  const words = secret
    .replace(/-----[^-]*-----/g, "\n")
    .split(/[^\w+/=]+/)
    .filter((word) => word.length >= 8);
  return words.flatMap((word) =>
    Array.from({ length: Math.ceil(word.length / 8) }, (_, at) => word.slice(at * 8, at * 8 + 8)).filter(
      (part) => part.length === 8 && part !== "-----BEG",
    ),
  );
}

describe("the other properties", () => {
  const anId = 'targetId: must be the id of a target, such as "400661751630138406": use the target\'s `id` output';
  const moment = "expirationDate: must be an RFC 3339 date and time with an offset, such as 2027-01-31T00:00:00Z";

  test.each<[string, Record<string, unknown>, string]>([
    ["no target", { targetId: undefined }, "targetId: is required: the id of the target"],
    ["a target that is a number", { targetId: 4006 }, "targetId: must be the id of a target"],
    ["an empty target", { targetId: "" }, anId],
    ["a target's name", { targetId: "my hook" }, anId],
    ["a path for a target", { targetId: "../x" }, anId],
    ["a target with an id of more than 200 characters", { targetId: "1".repeat(201) }, anId],
    ["a date without a time", { expirationDate: "2099-01-31" }, moment],
    ["a date without an offset", { expirationDate: "2099-01-31T00:00:00" }, moment],
    ["a date with a blank", { expirationDate: "2099-01-31 00:00:00Z" }, moment],
    ["a date in words", { expirationDate: "in a year" }, moment],
    ["the thirteenth month", { expirationDate: "2099-13-01T00:00:00Z" }, moment],
    ["the thirtieth of February", { expirationDate: "2099-02-30T00:00:00Z" }, moment],
    ["a 29th of February that there is not", { expirationDate: "2099-02-29T00:00:00+01:00" }, moment],
    ["the hour 24", { expirationDate: "2099-01-31T24:00:00Z" }, moment],
    ["the second 60", { expirationDate: "2099-01-31T23:59:60Z" }, moment],
    ["an offset of a day", { expirationDate: "2099-01-31T00:00:00+24:00" }, moment],
    ["ten decimals", { expirationDate: "2099-01-31T00:00:00.0123456789Z" }, moment],
    [
      "a date that is a number",
      { expirationDate: 4073500800 },
      "expirationDate: must be a string such as 2027-01-31T00:00:00Z",
    ],
    ["active as a text", { active: "true" }, "active: must be true or false"],
    ["adopt as a text", { adopt: "true" }, "adopt: must be true or false"],
    ["an instance that is none", { instance: 1 }, "instance: must be a name from zitadel-actions:instances"],
    [
      "an empty instance",
      { instance: "" },
      "instance: must not be empty: give a name from zitadel-actions:instances, or leave it out for the default instance",
    ],
    ["a misspelt property", { targetID: "1" }, "targetID: Unknown property 'targetID'. Did you mean 'targetId'?"],
    [
      "an unknown property",
      { keyId: "1" },
      "keyId: Unknown property 'keyId'. A public key of a ZITADEL target has the properties targetId, publicKey, expirationDate, active, adopt, instance",
    ],
  ])("%s", (_case, more, expected) => expect(failures({ ...key, ...more })).toEqual([expected]));

  test.each([
    future,
    "2099-01-31T00:00:00.5Z",
    "2099-01-31T00:00:00.123456789Z",
    "2096-02-29T00:00:00Z",
    "2099-01-31T23:59:59+14:00",
    "2099-01-31T23:59:59-00:30",
  ])("the date %s", (expirationDate) => {
    expect(check({ ...key, expirationDate })).toMatchObject({ failures: [], inputs: { expirationDate } });
  });

  test("active is true unless it is said to be false", () => {
    expect(check(key).inputs).toEqual({ ...key, active: true });
    expect(check({ ...key, active: null }).inputs).toEqual({ ...key, active: true });
    expect(check({ ...key, active: false }).inputs).toEqual({ ...key, active: false });
  });

  test("all mistakes are reported at once", () => {
    expect(
      check({ targetId: "", publicKey: "", expirationDate: "", active: 1 }).failures.map(({ property }) => property),
    ).toEqual(["targetId", "publicKey", "expirationDate", "active"]);
  });

  test("checking what was checked changes nothing", () => {
    const { inputs } = check({ ...key, expirationDate: future, adopt: true, instance: "eu" });
    expect(check(inputs, inputs)).toEqual({ inputs, failures: [] });
  });
});

describe("an expiry in the past", () => {
  const old = { ...key, expirationDate: past };
  const refusal = "expirationDate: is in the past: ZITADEL does not accept an expired key";
  const warning = `The public key of target ${key.targetId} expired on ${past}: ZITADEL can no longer encrypt with it. Declare another publicKey, which replaces the old one.`;

  test.each<[string, Record<string, unknown>, Record<string, unknown> | undefined]>([
    ["of a new key", old, undefined],
    ["of a replacement, which is checked as a new one", { ...old, targetId: "2" }, undefined],
    ["that the key did not have before", old, { ...key, active: true }],
    ["that was another before", old, { ...old, expirationDate: "2000-01-01T00:00:00Z" }],
    ["of another key than before", old, { ...old, publicKey: newKey() }],
    ["of an inactive key", { ...old, active: false }, undefined],
    ["in another offset", { ...old, expirationDate: "2001-01-01T00:00:00+01:00" }, undefined],
  ])("%s is rejected", (_case, news, olds) => {
    expect(failures(news, olds)).toEqual([refusal]);
    expect(check(news, olds).warnings).toBeUndefined();
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown> | undefined]>([
    ["that is as it was", old, { ...old, active: true }],
    [
      "that is as it was, in other spellings",
      { ...old, publicKey: key.publicKey.replaceAll("\n", "\r\n") },
      { ...old, expirationDate: "2001-01-01T01:00:00+01:00" },
    ],
    ["of a key that is taken over", { ...old, adopt: true }, undefined],
  ])("%s gives a warning", (_case, news, olds) => {
    expect(check(news, olds)).toMatchObject({ failures: [], warnings: [warning] });
  });

  test("that is as it was gives none for a key that is not to be active", () => {
    const { failures: found, warnings = [] } = check({ ...old, active: false }, old);
    expect([found, warnings]).toEqual([[], []]);
  });

  test("is not talked about where the date cannot be read", () => {
    expect(failures({ ...key, expirationDate: "2001-02-30T00:00:00Z" })).toHaveLength(1);
  });

  test("the warning reaches the person", async () => {
    const shown = jest.spyOn(console, "error").mockImplementation(() => undefined);
    try {
      expect(await programOf(publicKeyLifecycle).check("key", old, { ...old, active: true })).toEqual([]);
      expect(shown.mock.calls).toEqual([[`warning: ${warning}`]]);
    } finally {
      shown.mockRestore();
    }
  });
});

describe("values that are not known before the deployment pass", () => {
  test.each(["targetId", "publicKey", "expirationDate", "active", "adopt", "instance"])("%s", (property) => {
    const news = { ...key, active: true, [property]: unknown };
    expect(check(news)).toEqual({ inputs: news, failures: [] });
  });

  test("together with mistakes, which are still found", () => {
    expect(failures({ targetId: unknown, publicKey: "x", expirationDate: past })).toHaveLength(2);
  });
});

describe("two active keys for one target in a program", () => {
  const second = { ...key, publicKey: newKey() };

  test("fail at preview, and the message names the first one", async () => {
    const program = programOf(publicKeyLifecycle);
    expect(await program.check("first", key)).toEqual([]);
    expect(await program.check("second", second)).toEqual([
      {
        property: "active",
        reason:
          'is true for ZitadelTargetPublicKey "first" too, but a target has only one active key: set active: false for one of them',
      },
    ]);
    expect(await program.check("first", key)).toEqual([]);
  });

  test("one of them may wait", async () => {
    const program = programOf(publicKeyLifecycle);
    for (const name of ["a", "b"]) expect(await program.check(name, { ...key, active: false })).toEqual([]);
    expect(await program.check("c", second)).toEqual([]);
    expect(await program.check("d", { ...second, active: unknown })).toEqual([]);
  });

  test.each<[string, Record<string, unknown>]>([
    ["on another target", { targetId: "2" }],
    ["on another server", { instance: "us" }],
    ["on an instance not yet known", { instance: unknown }],
    ["of a target not yet known", { targetId: unknown }],
  ])("%s they are not", async (_case, more) => {
    const program = programOf(publicKeyLifecycle);
    await program.check("first", { ...key, ...more });
    expect(await program.check("second", second)).toEqual([]);
    if (Object.values(more).includes(unknown)) expect(await program.check("third", { ...second, ...more })).toEqual([]);
  });

  test("are found also where one of them names the same server's other instance name", async () => {
    const program = programOf(publicKeyLifecycle);
    await program.check("first", key);
    expect(await program.check("second", { ...second, instance: "eu" })).toMatchObject([{ property: "active" }]);
  });

  test("nor are those whose target is not known", async () => {
    const program = programOf(publicKeyLifecycle);
    const { targetId: _, ...none } = key;
    await program.check("first", none);
    expect(await program.check("second", none)).toMatchObject([{ property: "targetId" }]);
  });
});

test("whatever the program declares, check answers, and names each property once", () => {
  const property = fc.constantFrom("targetId", "publicKey", "expirationDate", "active", "adopt", "instance", "x");
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(unknown, key.publicKey, past, future, true, "1"));
  fc.assert(
    fc.property(fc.dictionary(property, value), (news) => {
      const { failures } = check(news);
      expect(new Set(failures.map((failure) => failure.property)).size).toBe(failures.length);
    }),
  );
});
