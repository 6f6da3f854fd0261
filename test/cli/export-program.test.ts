import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import { program as write } from "../../cli/export/program";
import { countsOf, notesOf } from "../../cli/export/report";
import type { Inventory } from "../../cli/inventory";
import { sameName } from "../../provider/target/schema";
import { complaints, declaredBy, formatted } from "../support/exported";
import { execution, inventory, key, target } from "../support/inventory";
import { newKey } from "../support/keys";

// A public key for tests. Its private key was not kept.
const testKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEism++BzTluOwrVjdc42eL2Dkdu+C
5uHZxwLn8Tdfjif3MO6GnFrNsfjZeo8KrmPYL5JOt1nEYHwx4K/IsQEccw==
-----END PUBLIC KEY-----
`;

function program(shown: Inventory) {
  const written = write(shown);
  return { text: written.text, notes: notesOf(written), counts: countsOf(written) };
}

test("a target, its key and what calls it", () => {
  const { text, notes, counts } = program(
    inventory({
      targets: [
        target("1", { name: "Audit log", restAsync: {} }),
        target("2", {
          name: "claims",
          timeout: "1.500s",
          restCall: { interruptOnError: true },
          payloadType: "PAYLOAD_TYPE_JWE",
        }),
      ],
      keys: new Map([["2", [key("9", testKey, { active: true, expirationDate: "2999-01-01T00:00:00Z" })]]]),
      executions: [execution("event/user.human.*", ["1"]), execution("function/preaccesstoken", ["2", "1"])],
    }),
  );
  expect(text).toBe(`// Everything of Actions v2 on acme.zitadel.cloud, written by
// \`pulumi-zitadel-actions export\`. The first \`pulumi up\` takes over what is
// there (adopt: true) and changes nothing. First delete what another stack or
// tool manages: an object that is removed from a program later is deleted, for
// all of them.

import {
  ZitadelTarget,
  ZitadelExecution,
  ZitadelTargetPublicKey,
} from "pulumi-zitadel-actions";

const auditLog = new ZitadelTarget("audit-log", {
  name: "Audit log",
  endpoint: "https://example.com/hook",
  timeout: "10s",
  restAsync: {},
  adopt: true,
});

const claims = new ZitadelTarget("claims", {
  name: "claims",
  endpoint: "https://example.com/hook",
  timeout: "1.500s",
  restCall: { interruptOnError: true },
  payloadType: "PAYLOAD_TYPE_JWE",
  adopt: true,
});

const claimsKey = new ZitadelTargetPublicKey("claims-key", {
  targetId: claims.id,
  publicKey: \`${testKey}\`,
  expirationDate: "2999-01-01T00:00:00Z",
  adopt: true,
});

new ZitadelExecution("event/user.human.*", {
  condition: { event: { group: "user.human" } },
  targets: [auditLog.id],
  adopt: true,
});

new ZitadelExecution(
  "function/preaccesstoken",
  {
    condition: { function: { name: "preaccesstoken" } },
    targets: [claims.id, auditLog.id],
    adopt: true,
  },
  { dependsOn: claimsKey },
);
`);
  expect(notes).toEqual([]);
  expect(counts).toEqual({ targets: 2, keys: 1, executions: 2 });
});

test("only what is used is imported, and only what is referred to has a variable", () => {
  const { text } = program(inventory({ targets: [target("1", { name: "alone" })] }));
  expect(text).toContain('import { ZitadelTarget } from "pulumi-zitadel-actions";\n\nnew ZitadelTarget("alone", {\n');
});

test("an instance without anything is a module without anything", async () => {
  const { text } = program(inventory());
  expect(text.split("\n\n")[1]).toBe("export {};\n");
  expect(declaredBy(text)).toEqual([]);
  expect(await formatted(text)).toBe(text);
});

test("of targets whose names are the same to ZITADEL the newest is declared; names that are the same only to JavaScript are two", () => {
  const named = (...names: string[]) => {
    const targets = names.map((name, index) => target(String(index + 1), { name }));
    return declaredBy(program(inventory({ targets })).text).map(({ args }) => args["name"]);
  };
  expect(named("İ", "i", "ΑΣ", "ασ")).toEqual(["i", "ασ"]);
  expect(named("İ", "i\u0307", "ΑΣ", "ας")).toEqual(["İ", "i\u0307", "ΑΣ", "ας"]);
});

test("a flag that is off, and a payload type that is the default, are left out", () => {
  const [first, second] = declaredBy(
    program(
      inventory({
        targets: [
          target("1", { restWebhook: { interruptOnError: false }, payloadType: "PAYLOAD_TYPE_JSON" }),
          target("2", { restCall: {}, payloadType: "PAYLOAD_TYPE_UNSPECIFIED" }),
        ],
      }),
    ).text,
  );
  expect(first?.args).toEqual({ ...common("target 1"), restWebhook: {} });
  expect(second?.args).toEqual({ ...common("target 2"), restCall: {} });
});

const common = (name: string) => ({ name, endpoint: "https://example.com/hook", timeout: "10s", adopt: true });

test("only a condition that covers ZITADEL's own action API needs allowLockout", () => {
  const ids = [
    "event",
    "request",
    "request/zitadel.action.v2.ActionService",
    "request/zitadel.session.v2.SessionService",
    "response/zitadel.action.v2.ActionService/ListTargets",
  ];
  const declared = declaredBy(
    program(inventory({ targets: [target("1")], executions: ids.map((id) => execution(id, ["1"])) })).text,
  ).slice(1);
  expect(declared.map(({ name }) => name)).toEqual(ids);
  expect(declared.map(({ args }) => args["allowLockout"])).toEqual([undefined, true, true, undefined, true]);
});

// The worst text that a server can contain: anything that a person typed or a program generated.
const special = fc.constantFrom(
  '"',
  "'",
  "\\",
  "`",
  "${",
  "\n",
  "\r",
  "\t",
  "\u2028",
  "\u202e",
  "\u00a0",
  "\ufeff",
  "🚀",
);
const character = fc.oneof(
  special,
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  fc.string({ minLength: 1, maxLength: 1 }),
);
const words = fc.array(character, { minLength: 1, maxLength: 90 }).map((parts) => parts.join(""));
const name = words.filter((text) => text.isWellFormed() && !text.includes("\0"));
const path = words.map((text) => text.replace(/[\p{Cc}\s]/gu, "_"));
const endpoint = fc
  .oneof(
    path,
    path.map((text) => text.replace(/[^ -~]/g, "é")),
  )
  .map((text) => `https://example.com/${text}`);
const method = fc.stringMatching(/^[\w.]{1,70}\/\w{1,30}$/).map((word) => `request/${word}`);
const group = fc.stringMatching(/^[\w.-]{1,80}$/).map((word) => `event/${word}.*`);

test("whatever the texts, a program is as Prettier would have it, and declares just what the server has", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.record({ name, endpoint }), { maxLength: 6, comparator: (a, b) => sameName(a.name, b.name) }),
      fc.uniqueArray(fc.oneof(method, group), { maxLength: 4 }),
      async (texts, ids) => {
        const targets = texts.map((row, index) => target(String(index), row));
        const executions =
          targets.length === 0
            ? []
            : ids.map((id) =>
                execution(
                  id,
                  targets.map((row) => row.id),
                ),
              );
        const { text } = program(inventory({ targets, executions }));
        expect(await formatted(text)).toBe(text);
        const declared = declaredBy(text);
        expect(declared.filter(({ type }) => type === "ZitadelTarget").map(({ args }) => args)).toEqual(
          texts.map((row) => ({ ...row, timeout: "10s", restWebhook: {}, adopt: true })),
        );
        const references = declared.slice(0, targets.length).map((row) => ({ id: `ZitadelTarget ${row.name}` }));
        expect(
          declared.slice(targets.length).map((row) => [row.name, row.args["condition"], row.args["targets"]]),
        ).toEqual(executions.map((row) => [row.id, row.condition, references]));
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);

test("the compiler takes a program with everything in it, under strict rules", () => {
  const { text } = program(
    inventory({
      targets: [
        target("1", { name: "async", restAsync: {} }),
        target("2", { name: "call", restCall: { interruptOnError: true }, payloadType: "PAYLOAD_TYPE_JWE" }),
        target("3", { name: "unused" }),
      ],
      keys: new Map([["2", [key("8", testKey, { active: true }), key("9", testKey)]]]),
      executions: [
        execution("event", ["1"]),
        execution("event/user.human.*", ["1", "77"]),
        execution("event/user.human.added", ["1"]),
        execution("function/preuserinfo", ["2"]),
        execution("request", ["1", "2"]),
        execution("response/zitadel.session.v2.SessionService", ["2"]),
        execution("response/zitadel.session.v2.SessionService/ListSessions", ["2"]),
      ],
    }),
  );
  expect(declaredBy(text)).toHaveLength(12);
  expect(complaints(text, join(__dirname, "..", "data", "programs", "exported.ts"))).toEqual([]);
  expect(
    complaints(`${text}new ZitadelTarget("x", {});`, join(__dirname, "..", "data", "programs", "exported.ts")),
  ).toHaveLength(1);
});

describe("keys", () => {
  const declaredKeys = (...rows: ReturnType<typeof key>[]) =>
    declaredBy(
      program(inventory({ targets: [target("1", { name: "jwe" })], keys: new Map([["1", rows]]) })).text,
    ).slice(1);

  test("the same key twice is declared twice, and only what differs tells the two apart", () => {
    const [one, other] = declaredKeys(
      key("8", testKey, { active: true }),
      key("9", testKey, { expirationDate: "2999-01-01T00:00:00Z" }),
    );
    const same = { targetId: { id: "ZitadelTarget jwe" }, publicKey: testKey, adopt: true };
    expect(one).toMatchObject({ name: "jwe-key", args: same });
    expect(one?.args).toEqual(same);
    expect(other).toMatchObject({ name: "jwe-key-2" });
    expect(other?.args).toEqual({ ...same, expirationDate: "2999-01-01T00:00:00Z", active: false });
  });

  test("one that has expired is declared as it is, is not active for anybody, and that is said", () => {
    const expired = key("8", testKey, { active: true, expirationDate: "2020-01-01T00:00:00Z" });
    const { text, notes } = program(
      inventory({ targets: [target("1")], keys: new Map([["1", [expired]]]), executions: [execution("event", ["1"])] }),
    );
    expect(declaredBy(text).slice(1)).toMatchObject([
      { args: { expirationDate: "2020-01-01T00:00:00Z", active: false } },
      { type: "ZitadelExecution", dependsOn: [] },
    ]);
    expect(notes).toEqual(["Public key 1/8 expired on 2020-01-01T00:00:00Z: ZITADEL can no longer encrypt with it."]);
    expect(text).toContain(
      "// Public key 1/8 expired on 2020-01-01T00:00:00Z: ZITADEL can no longer encrypt\n// with it.\nnew ",
    );
  });

  test("of what was stored around a key, nothing gets into the program", () => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    const secret = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const { text, notes } = program(
      inventory({
        targets: [target("1")],
        keys: new Map([["1", [key("8", pem + secret), key("9", `${pem}\`\${x}\\`)]]]),
      }),
    );
    expect(
      declaredBy(text)
        .slice(1)
        .map(({ args }) => args["publicKey"]),
    ).toEqual([pem, pem]);
    expect(notes).toEqual([expect.stringMatching(/^Public key 1\/8 was added with a PRIVATE key/)]);
    for (const line of secret.split("\n").slice(1, -2)) expect(text + notes.join("")).not.toContain(line);
  });

  test.each([
    ["of another kind", generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["that is too short", newKey.rsa(1024)],
    ["that cannot be read", "-----BEGIN PUBLIC KEY-----\nbm90IGEga2V5\n-----END PUBLIC KEY-----\n"],
  ])("one %s is left out with a word, and its text is not repeated", (_, pem) => {
    const { text, notes } = program(inventory({ targets: [target("1")], keys: new Map([["1", [key("8", pem)]]]) }));
    expect(declaredBy(text)).toHaveLength(1);
    expect(notes).toEqual([expect.stringMatching(/^Public key 1\/8 of target 1 "target 1" is left out: publicKey /)]);
    expect(text + notes.join("")).not.toContain(pem.split("\n")[1]);
  });

  test("one that is not what its fingerprint says could not be taken over, and is left out", () => {
    const { notes } = program(
      inventory({ targets: [target("1")], keys: new Map([["1", [key("8", testKey, { fingerprint: "SHA256:x" })]]]) }),
    );
    expect(notes).toEqual([expect.stringMatching(/its fingerprint is not the one that ZITADEL shows\.$/)]);
  });

  test("what calls several targets with active keys waits for all of them", () => {
    const keys = ["1", "2"].map((id) => [id, [key(`${id}0`, newKey.p256(), { active: true })]] as const);
    const { text } = program(
      inventory({
        targets: [target("1", { name: "a" }), target("2", { name: "b" })],
        keys: new Map(keys),
        executions: [execution("event", ["2", "1"])],
      }),
    );
    expect(declaredBy(text).at(-1)).toMatchObject({ dependsOn: ["b-key", "a-key"] });
    expect(text).toContain("  { dependsOn: [bKey, aKey] },\n);\n");
  });
});

describe("what cannot be declared", () => {
  test.each([
    [
      "a password in its endpoint",
      { endpoint: "https://me:hunter2@example.com/x" },
      /endpoint must not contain a user name or a password/,
    ],
    ["an endpoint of another scheme", { endpoint: "ftp://example.com/hunter2" }, /endpoint must be an absolute URL/],
    ["a payload type of a later version", { payloadType: "PAYLOAD_TYPE_XML" }, /payloadType must be one of/],
    ["a kind of a later version", { restWebhook: undefined }, /this version does not know its kind/],
  ])("a target with %s is left out; what uses it names its id", async (_, row, problem) => {
    const { text, notes, counts } = program(
      inventory({
        targets: [target("400", { name: 'o"dd\u2028\n', ...row }), target("401", { name: "fine" })],
        keys: new Map([["400", [key("9", testKey)]]]),
        executions: [execution("event", ["401", "400"])],
      }),
    );
    expect(notes).toEqual([expect.stringMatching(problem)]);
    expect(notes[0]).toMatch(/^Target 400 "o\\"dd\\u2028\\n" is left out: /);
    expect(text + notes.join("")).not.toContain("hunter2");
    expect(uncommented(text)).toContain(notes[0]);
    expect(counts).toEqual({ targets: 1, keys: 1, executions: 1 });
    expect(declaredBy(text)).toMatchObject([
      { name: "fine" },
      { args: { targetId: "400" } },
      { args: { targets: [{ id: "ZitadelTarget fine" }, "400"] } },
    ]);
    expect(text.match(/"400", \/\/ left out above\n/g)).toHaveLength(2);
    expect(await formatted(text)).toBe(text);
  });

  test("of two targets with one name, the older is one that the read model kept", () => {
    const { text, notes } = program(
      inventory({ targets: [target("1", { name: "Hook" }), target("2", { name: "hook" })] }),
    );
    expect(declaredBy(text)).toMatchObject([{ name: "hook", args: { name: "hook" } }]);
    expect(notes).toEqual([expect.stringMatching(/^Target 1 "Hook" is left out: target 2 has that name too, /)]);
  });

  test("a target that an execution calls and no search shows stays an id", async () => {
    const { text, notes } = program(inventory({ executions: [execution("event", ["77"])] }));
    expect(text).toContain('    "77", // not shown by ZITADEL\n');
    expect(notes).toEqual(["Execution event calls a target that ZITADEL does not show: 77."]);
    expect(await formatted(text)).toBe(text);
  });

  test("a condition of a later version is reported, on one line of what is said", async () => {
    const strange = { id: undefined, condition: { weather: { sky: "clear\u2028" } }, targets: ["1", "2"] };
    const { text, notes } = program(inventory({ strange: [strange] }));
    expect(notes).toEqual([
      'An execution is left out: this version does not know its condition {"weather":{"sky":"clear "}}. It calls 1, 2.',
    ]);
    expect(uncommented(text)).toContain(notes[0]);
    expect(await formatted(text)).toBe(text);
  });

  test("that something came or went in the meantime is reported", () => {
    const { text, notes } = program(inventory({ changed: true }));
    expect(notes).toEqual([expect.stringMatching(/export again\.$/)]);
    expect(uncommented(text)).toContain(notes[0]);
  });

  test("an endpoint with a query is declared, and may hold a secret: that is reported", () => {
    const { text, notes } = program(inventory({ targets: [target("1", { endpoint: "https://example.com/?code=1" })] }));
    expect(declaredBy(text)).toHaveLength(1);
    expect(notes).toEqual([expect.stringMatching(/has an endpoint with a query: if that contains a secret/)]);
  });
});

/** The text with its comments joined to lines again. */
function uncommented(text: string): string {
  return text.replace(/\n?^\/\/ /gm, " ").replace(/\n/g, " ");
}
