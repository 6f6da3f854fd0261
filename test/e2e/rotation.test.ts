import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { measureRotation } from "../../local/gap";
import { openStage, type Stage } from "../support/deploy";

// A rotation creates a new target with a new key first, then updates what depends on it, and deletes the old target last.

const { publicKey } = generateKeyPairSync("ec", {
  namedCurve: "P-384",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const hook = {
  endpoint: "https://example.com/hook",
  timeout: "10s",
  restWebhook: { interruptOnError: true },
  payloadType: "PAYLOAD_TYPE_JWE",
  rotationStrategy: "replace",
  rotationTriggers: ["one"],
};
const rest = {
  key: { type: "ZitadelTargetPublicKey", targetId: "@hook.id", publicKey },
  info: {
    type: "ZitadelExecution",
    condition: { function: { name: "preuserinfo" } },
    targets: ["@hook.id"],
    dependsOn: ["key"],
  },
};

describe("rotationStrategy replace", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    stage.declare({ hook, ...rest });
    expect((await stage.run("up")).exitCode).toBe(0);
  });
  afterAll(() => stage.close());

  test("a preview shows the replacement, and sends nothing", async () => {
    stage.declare({ hook: { ...hook, rotationTriggers: ["two"] }, ...rest });
    const { exitCode, requests, changes } = await stage.run("preview");
    expect({ exitCode, requests, changes }).toMatchObject({
      exitCode: 0,
      requests: {},
      changes: { replace: 2, update: 1 },
    });
  });

  test("an up creates the new target, its key and the execution, and only then deletes the old ones", async () => {
    const [before] = stage.zitadel.targets();
    const { exitCode, text, outputs } = await stage.run("up");
    expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
    expect(stage.zitadel.requests.map(({ operation }) => operation)).toEqual([
      "create",
      "addKey",
      "activateKey",
      "searchExecutions",
      "setExecution",
      // Nothing calls the old target any longer, so its key is not needed.
      "searchKeys",
      "searchExecutions",
      "searchExecutions",
      "deactivateKey",
      "deleteKey",
      "searchExecutions",
      "searchExecutions",
      "searchKeys",
      "delete",
    ]);
    const after = stage.zitadel.targets();
    expect(after).toHaveLength(1);
    expect(after[0]?.name).toMatch(/^hook-[0-9a-f]{7}$/);
    expect(after[0]?.name).not.toBe(before?.name);
    expect(after[0]?.signingKey).not.toBe(before?.signingKey);
    expect(outputs["hook"]?.value).toMatchObject({ id: after[0]?.id, signingKey: after[0]?.signingKey });
    expect(stage.zitadel.executions()).toMatchObject([{ targets: [after[0]?.id] }]);
    expect(stage.zitadel.publicKeys(after[0]?.id ?? "")).toMatchObject([{ active: true }]);
    expect((await stage.run("up")).requests).toEqual({});
  });

  test("together with a name, it fails at preview", async () => {
    stage.declare({ hook: { ...hook, name: "hook" }, ...rest });
    const { exitCode, text } = await stage.run("preview");
    expect(exitCode).not.toBe(0);
    expect(text).toContain('must be left out with rotationStrategy "replace"');
  });
});

const projectDir = join(__dirname, "..", "..", "examples", "rotation");

describe("a client that triggers an interrupting target all the time, while examples/rotation rotates its key,", () => {
  test("loses and fails no call with a new target first", async () => {
    const result = await measureRotation({ projectDir, strategy: "replace", rotations: 1, learning: 300 });
    expect(result).toMatchObject({ failed: 0, refused: 0, missing: 0, keys: 2 });
    expect(result.triggers.length).toBeGreaterThan(10);
  });

  test("sees calls fail with a rotation in place, until the receiver has the new key", async () => {
    const result = await measureRotation({ projectDir, strategy: "inPlace", rotations: 1, learning: 300 });
    expect(result).toMatchObject({ missing: 0, keys: 2 });
    expect(result.failed).toBeGreaterThan(0);
    expect(result.refused).toBe(result.failed);
  });
});
