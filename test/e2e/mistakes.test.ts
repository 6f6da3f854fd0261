import { generateKeyPairSync } from "node:crypto";
import { openStage, type Stage } from "../support/deploy";

// The mistakes in executions and keys that a preview finds, and what an up leaves behind if it fails halfway.

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const hook = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
const sessions = {
  type: "ZitadelExecution",
  condition: { response: { service: "zitadel.session.v2.SessionService" } },
};
const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const key = { type: "ZitadelTargetPublicKey", targetId: "@hook.id", publicKey: pair.publicKey };

async function refused(declared: Record<string, object>): Promise<string> {
  stage.declare(declared);
  const { exitCode, text, requests } = await stage.run("preview");
  expect({ exitCode: exitCode === 0, requests }).toEqual({ exitCode: false, requests: {} });
  return text;
}

describe("a preview rejects, without a request,", () => {
  test("the same target twice", async () => {
    const text = await refused({ twice: { ...sessions, targets: ["1", "2", "1"] } });
    expect(text).toContain("targets[2] is the same target as targets[0]");
  });

  test("an empty list of targets", async () => {
    expect(await refused({ empty: { ...sessions, targets: [] } })).toContain("must not be empty");
  });

  test("two executions of one condition, and names both", async () => {
    const text = await refused({
      hook,
      one: { ...sessions, targets: ["@hook.id"] },
      two: { ...sessions, targets: ["1"] },
    });
    expect(text).toMatch(
      /resource 'one'.* is also the condition of ZitadelExecution \\?"two\\?"|resource 'two'.* is also the condition of ZitadelExecution \\?"one\\?"/,
    );
  });

  test("a condition that could lock everybody out, and says what would happen", async () => {
    const text = await refused({
      all: { type: "ZitadelExecution", condition: { request: { all: true } }, targets: ["1"] },
    });
    expect(text).toContain("including this provider's and any that would undo it");
    expect(text).toContain("set allowLockout: true");
  });

  test("a private key, without repeating a byte of it", async () => {
    const text = await refused({ key: { ...key, targetId: "1", publicKey: pair.privateKey } });
    expect(text).toContain("contains a PRIVATE key");
    for (const line of pair.privateKey.split("\n").filter((one) => one !== "" && !one.startsWith("-"))) {
      expect(text).not.toContain(line);
    }
  });

  test("an expiry in the past", async () => {
    const text = await refused({ key: { ...key, targetId: "1", expirationDate: "2020-01-01T00:00:00Z" } });
    expect(text).toContain("is in the past");
  });
});

test("events for a target of JWT are warned about in the preview, before anything exists", async () => {
  stage.declare({
    hook: { ...hook, payloadType: "PAYLOAD_TYPE_JWT" },
    users: { type: "ZitadelExecution", condition: { event: { group: "user" } }, targets: ["@hook.id"] },
  });
  const { exitCode, text, requests } = await stage.run("preview");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: {} });
  expect(text).toContain("ZITADEL never delivers events to a target with PAYLOAD_TYPE_JWT");
});

test("if a key was added but could not be activated, the next up activates it", async () => {
  const jwe = { ...hook, payloadType: "PAYLOAD_TYPE_JWE" };
  stage.declare({ hook: jwe, key });
  const fault = stage.zitadel.faults.add({
    match: { operation: "activateKey" },
    times: Infinity,
    fault: { kind: "answer", status: 403, body: { code: 7, message: "No matching permissions found (AUTH-5mWD2)" } },
  });
  const failed = await stage.run("up");
  expect(failed.exitCode).not.toBe(0);
  expect(failed.text).toContain("Activating public key");
  expect(failed.text).not.toContain("warning: ");
  fault.remove();
  const [target] = stage.zitadel.targets();
  expect(stage.zitadel.publicKeys(target?.id ?? "")).toMatchObject([{ active: false }]);

  const { exitCode, requests } = await stage.run("up");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { activateKey: 1 } });
  expect(stage.zitadel.publicKeys(target?.id ?? "")).toMatchObject([{ active: true }]);
  expect((await stage.run("up")).requests).toEqual({});
});
