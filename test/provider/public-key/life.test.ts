import { Unfinished } from "../../../provider/core/unfinished";
import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { fingerprintOf } from "../../../provider/public-key/pem";
import { newKey, rsa, spki } from "../../support/pairs";
import { forwarderText, programOf } from "../../support/program";
import { fakeClock, type FakeClock } from "../../support/provider";
import { eachInItsOwnWorld, type Life, seen, webhook, type World } from "../../support/world";

const expirationDate = "2099-01-01T00:00:00Z";
const afterwards = Date.parse("2099-01-02T00:00:00Z") - Date.parse("2026-07-01T12:00:00Z");

let clock: FakeClock;
let world: World;
let life: Life;
let targetId: string;

eachInItsOwnWorld(
  (opened) => {
    world = opened;
    life = opened.process().of(publicKeyLifecycle);
    targetId = opened.zitadel.add({ ...webhook, name: "hook", payloadType: "PAYLOAD_TYPE_JWE" }).id;
  },
  () => ({ clock: (clock = fakeClock()) }),
);

const base64 = (pem: string) => Buffer.from(pem).toString("base64");

/** A key that somebody else added. */
function theirs(publicKey: string, more: { expirationDate?: string; active?: boolean } = {}): string {
  const { active, ...rest } = more;
  const { keyId } = world.zitadel.addPublicKey(targetId, { publicKey: base64(publicKey), ...rest });
  if (active === true) world.zitadel.activatePublicKey(targetId, keyId);
  return keyId;
}

const keys = () => world.zitadel.publicKeys(targetId);
const operations = () => world.zitadel.requests.map(({ operation }) => operation);

describe("create", () => {
  test("adds and activates, and returns the inputs, the key's id, its fingerprint and the dates", async () => {
    const news = { targetId, publicKey: newKey(), expirationDate: "2099-01-01T02:00:00+02:00", adopt: false };
    const { id, state } = await life.create(news);
    expect(operations()).toEqual(["addKey", "activateKey"]);
    expect(world.zitadel.requests[0]?.body).toEqual({
      publicKey: base64(news.publicKey),
      expirationDate: news.expirationDate,
    });
    const [key] = keys();
    expect(keys()).toMatchObject([{ active: true, publicKey: base64(news.publicKey), expirationDate }]);
    expect(id).toBe(`${targetId}/${key?.keyId ?? ""}`);
    expect(state).toEqual({
      ...news,
      active: true,
      keyId: key?.keyId,
      fingerprint: key?.fingerprint,
      creationDate: key?.creationDate,
      changeDate: key?.changeDate,
    });
    expect(state["changeDate"]).not.toBe(state["creationDate"]);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect([world.warnings, world.told]).toEqual([[], []]);
  });

  test("of one that is not to be active is one request", async () => {
    const { id, state } = await life.create({ targetId, publicKey: newKey(), active: false });
    expect(seen(world.zitadel)).toEqual({ addKey: 1 });
    const [key] = keys();
    expect(key).toMatchObject({ active: false });
    expect(key).not.toHaveProperty("expirationDate");
    expect(id).toBe(`${targetId}/${key?.keyId ?? ""}`);
    expect(state).toMatchObject({ active: false, keyId: key?.keyId, changeDate: key?.creationDate });
    expect(state).not.toHaveProperty("expirationDate");
  });

  test.each([
    ["CRLF", (pem: string) => pem.replaceAll("\n", "\r\n")],
    ["no line end", (pem: string) => pem.trimEnd()],
    ["RSA", () => spki(rsa(2048))],
  ])("sends the key byte for byte: %s", async (_case, spelt) => {
    const publicKey = spelt(newKey());
    const { state } = await life.create({ targetId, publicKey });
    expect(keys()).toMatchObject([{ publicKey: base64(publicKey), fingerprint: fingerprintOf(publicKey) }]);
    expect(state).toMatchObject({ publicKey, fingerprint: keys()[0]?.fingerprint });
  });

  test("makes the key the active one in place of another", async () => {
    const before = theirs(newKey(), { active: true });
    const { state } = await life.create({ targetId, publicKey: newKey() });
    expect(keys()).toMatchObject([
      { keyId: before, active: false },
      { keyId: state["keyId"], active: true },
    ]);
  });

  test("adds the same key once more where it is there: that one is somebody else's", async () => {
    const publicKey = newKey();
    const before = theirs(publicKey);
    const { state } = await life.create({ targetId, publicKey });
    expect(keys()).toHaveLength(2);
    expect(state["keyId"]).not.toBe(before);
  });

  test("for a target that is not there says so, and what to do", async () => {
    await expect(life.create({ targetId: "123", publicKey: newKey() })).rejects.toMatchObject({
      code: "not_found",
      status: 400,
      errorId: "ErrTargetNotFound",
      operation: "add public key",
      message: `Adding a public key to target 123 on ${world.zitadel.url} failed: ZITADEL answered 400 "Target not found (ErrTargetNotFound)". This instance has no target 123. If somebody deleted it, run \`pulumi refresh\`, then \`pulumi up\`; otherwise check targetId.`,
    });
    expect(operations()).toEqual(["addKey"]);
  });

  test("of what ZITADEL rejects anyway repeats no part of the key", async () => {
    const publicKey = newKey();
    const body = { code: 3, message: "The public key is invalid.", details: [{ id: "ErrPublicKeyFormat" }] };
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault: { kind: "answer", status: 400, body } });
    const error = await life.create({ targetId, publicKey }).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: "invalid_request", errorId: "ErrPublicKeyFormat" });
    expect((error as Error).message).not.toContain(publicKey.split("\n")[1]);
  });

  test("200 in another form is not a success: ZITADEL is asked whether the key is there", async () => {
    const unread = { kind: "answer", status: 200, body: {} } as const;
    world.zitadel.faults.add({ match: { operation: "addKey" }, times: 3, fault: unread });
    await expect(life.create({ targetId, publicKey: newKey() })).rejects.toMatchObject({
      code: "unanswered",
      message: expect.stringContaining("failed: ZITADEL's answer with status 200 cannot be read, so") as string,
    });
    expect(keys()).toEqual([]);
    world.zitadel.faults.add({ match: { operation: "addKey" }, fault: { ...unread, work: true } });
    const { id } = await life.create({ targetId, publicKey: newKey(), active: false });
    expect(keys().map(({ keyId }) => `${targetId}/${keyId}`)).toEqual([id]);
  });

  test.each([
    ["no_membership", "none", 404],
    ["forbidden", "IAM_OWNER_VIEWER", 403],
  ] as const)("by a user with %s", async (code, role, status) => {
    const stranger = world.process(world.zitadel.addUser({ userName: "stranger", role })).of(publicKeyLifecycle);
    await expect(stranger.create({ targetId, publicKey: newKey() })).rejects.toMatchObject({ code, status });
  });
});

describe("a key that was added and cannot be activated", () => {
  const refusal = (id: string) => ({ code: 9, message: "refused", details: [{ id }] });

  test.each([
    ["for a while", { kind: "status", status: 503 }, "unavailable"],
    ["as it is not answered", { kind: "reset" }, "unanswered"],
    ["since it is refused", { kind: "answer", status: 400, body: refusal("X-1") }, "invalid_request"],
    [
      "since it has just expired",
      { kind: "answer", status: 400, body: refusal("ErrPublicKeyExpired") },
      "invalid_request",
    ],
    ["since somebody deleted it", { kind: "answer", status: 400, body: refusal("ErrKeyNotFound") }, "not_found"],
  ] as const)("%s is kept, and the next update activates it", async (_case, fault, code) => {
    const news = { targetId, publicKey: newKey(), expirationDate };
    world.zitadel.faults.add({ match: { operation: "activateKey" }, times: Infinity, fault });
    const error = await life.create(news).catch((reason: unknown) => reason as Unfinished);
    expect(error).toBeInstanceOf(Unfinished);
    const [key] = keys();
    const id = `${targetId}/${key?.keyId ?? ""}`;
    expect(error).toMatchObject({
      code,
      operation: "activate public key",
      message: expect.stringContaining(`Activating public key ${id} on ${world.zitadel.url} failed: `) as string,
      id,
    });
    const { __origin: origin, __unsure: _unsure, ...state } = (error as Unfinished).properties;
    expect(origin).toBe(world.zitadel.url);
    expect(state).toEqual({
      ...news,
      active: false,
      keyId: key?.keyId,
      fingerprint: key?.fingerprint,
      creationDate: key?.creationDate,
      changeDate: key?.creationDate,
    });
    expect(publicKeyLifecycle.diff(state, life.check(news))).toMatchObject({ changes: true, replaces: [] });

    world.zitadel.faults.clear();
    world.zitadel.clearRequests();
    const after = await life.update(id, state, news);
    expect(operations()).toEqual(["activateKey"]);
    expect(keys()).toMatchObject([{ active: true, changeDate: after["changeDate"] }]);
    expect(after).toEqual({ ...state, active: true, changeDate: after["changeDate"] });
  });

  test("reaches Pulumi as what is there: id, properties with the forwarder, reasons", async () => {
    const program = programOf(publicKeyLifecycle, world.zitadel);
    const fault = { kind: "answer", status: 400, body: refusal("X-1") } as const;
    world.zitadel.faults.add({ match: { operation: "activateKey" }, fault });
    const inputs = await program.inputs("key", { targetId, publicKey: newKey() });
    const error = (await program.provider.create(inputs).catch((reason: unknown) => reason)) as {
      id: string;
      properties: Record<string, unknown>;
    };
    const [key] = keys();
    expect(error).toMatchObject({
      id: `${targetId}/${key?.keyId ?? ""}`,
      properties: { ...forwarderText, targetId, active: false, keyId: key?.keyId },
      reasons: [expect.stringContaining("Activating public key") as string],
    });
    expect(JSON.parse(JSON.stringify(error.properties))).toEqual(error.properties);
    await program.provider.update(error.id, error.properties, inputs);
    expect(keys()).toMatchObject([{ active: true }]);
  });

  test("says what to do where it has expired", async () => {
    const { id, state } = await life.create({ targetId, publicKey: newKey(), expirationDate, active: false });
    clock.advance(afterwards);
    const news = { targetId, publicKey: state["publicKey"], expirationDate };
    await expect(life.update(id, state, news)).rejects.toMatchObject({
      errorId: "ErrPublicKeyExpired",
      message: `Activating public key ${id} on ${world.zitadel.url} failed: ZITADEL answered 400 "Target public key is expired (ErrPublicKeyExpired)". The key has expired: declare another publicKey, or set active: false to keep this one unused.`,
    });
  });
});

describe("update", () => {
  test("to inactive asks first who needs it, and back is one request", async () => {
    const news = { targetId, publicKey: newKey() };
    const { id, state } = await life.create(news);
    world.zitadel.clearRequests();
    const idle = await life.update(id, state, { ...news, active: false });
    expect(keys()).toMatchObject([{ active: false, changeDate: idle["changeDate"] }]);
    expect(idle).toEqual({ ...state, active: false, changeDate: idle["changeDate"] });
    const again = await life.update(id, idle, news);
    expect(keys()).toMatchObject([{ active: true, changeDate: again["changeDate"] }]);
    expect(operations()).toEqual(["search", "searchKeys", "searchExecutions", "deactivateKey", "activateKey"]);
  });

  test("of a spelling, or of adopt, sends nothing and is remembered", async () => {
    const news = { targetId, publicKey: newKey(), expirationDate, adopt: true };
    const { id, state } = await life.create(news);
    world.zitadel.clearRequests();
    const { adopt: _, ...other } = {
      ...news,
      publicKey: news.publicKey.trimEnd(),
      expirationDate: "2099-01-01T00:00:00.0Z",
    };
    const { adopt: _adopt, ...rest } = state;
    expect(await life.update(id, state, other)).toEqual({ ...rest, ...other });
    expect(seen(world.zitadel)).toEqual({});
  });

  test("that was done already is found to be, and waited for where ZITADEL shows it late", async () => {
    const news = { targetId, publicKey: newKey(), active: false };
    const { id, state } = await life.create(news);
    clock.advance(10_000);
    world.zitadel.activatePublicKey(targetId, String(state["keyId"]));
    clock.advance(10_000);
    world.zitadel.clearRequests();
    const after = await life.update(id, state, { ...news, active: true });
    expect(after).toMatchObject({ active: true, changeDate: keys()[0]?.changeDate });
    expect(operations()).toEqual(["activateKey", "searchKeys"]);

    clock.advance(10_000);
    world.zitadel.readModel.lag(25_000);
    world.zitadel.deactivatePublicKey(targetId, String(state["keyId"]));
    clock.advance(10_000);
    await life.update(id, after, news);
    expect(world.slept()).toBeGreaterThanOrEqual(15_000);
    expect(seen(world.zitadel)).toMatchObject({ activateKey: 1, deactivateKey: 1 });
  });

  test("that the read side lost, from which ZITADEL encrypts, is written once more", async () => {
    const news = { targetId, publicKey: newKey() };
    world.zitadel.readModel.loseNext("activateKey");
    const { id, state } = await life.create(news);
    clock.advance(60_000);
    const read = await life.read(id, state);
    expect(read?.state).toEqual({ ...state, active: false, changeDate: state["creationDate"] });
    world.zitadel.clearRequests();
    const after = await life.update(id, read?.state ?? {}, news);
    expect(operations().filter((operation) => operation !== "searchKeys")).toEqual([
      "activateKey",
      "deactivateKey",
      "activateKey",
    ]);
    expect((await world.process().of(publicKeyLifecycle).read(id, after))?.state).toEqual(after);
  });

  test("to inactive that the read side lost is an error that says so: another key may be the active one", async () => {
    const news = { targetId, publicKey: newKey() };
    const { id, state } = await life.create(news);
    world.zitadel.readModel.loseNext("activateKey");
    const other = theirs(newKey(), { active: true });
    clock.advance(60_000);
    await expect(life.update(id, state, { ...news, active: false })).rejects.toMatchObject({
      code: "not_applied",
      message: `Deactivating public key ${id} on ${world.zitadel.url} failed: ZITADEL answered 200 but saved nothing, and still shows the key as active. Run \`pulumi refresh\`, then \`pulumi up\`, which activates the target's other key again.`,
    });
    expect(keys()).toMatchObject([{ active: false }, { keyId: other, active: true }]);
  });

  test.each(["the key", "its target"])("of %s that is gone says so, and what to do", async (what) => {
    const news = { targetId, publicKey: newKey(), active: false };
    const { id, state } = await life.create(news);
    if (what === "the key") world.zitadel.removePublicKey(targetId, String(state["keyId"]));
    else world.zitadel.remove(targetId);
    await expect(life.update(id, state, { ...news, active: true })).rejects.toMatchObject({
      code: "not_found",
      message: `Activating public key ${id} on ${world.zitadel.url} failed: ZITADEL says that the key or its target does not exist: somebody deleted it. Run \`pulumi refresh\` to remove it from the state, then \`pulumi up\` to create it again.`,
    });
  });

  test("that fails keeps what is so", async () => {
    const news = { targetId, publicKey: newKey() };
    const { id, state } = await life.create(news);
    const fault = { kind: "status", status: 503 } as const;
    world.zitadel.faults.add({ match: { operation: "deactivateKey" }, times: Infinity, fault });
    const error = await life.update(id, state, { ...news, active: false }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Unfinished);
    expect(error).toMatchObject({ id, properties: state });
  });
});

describe("another key in place of one", () => {
  test("is added and active before the old one goes, and at no time is there none", async () => {
    const old = await life.create({ targetId, publicKey: newKey() });
    world.zitadel.clearRequests();
    // The order in which Pulumi replaces: create, then delete.
    const deployment = world.process().of(publicKeyLifecycle);
    const made = await deployment.create({ targetId, publicKey: newKey() });
    expect(keys()).toMatchObject([{ active: false }, { keyId: made.state["keyId"], active: true }]);
    await deployment.delete(old.id, old.state);
    expect(keys()).toMatchObject([{ keyId: made.state["keyId"], active: true }]);
    const questions = ["search", "searchKeys"];
    expect(operations()).toEqual(["addKey", "activateKey", ...questions, "deactivateKey", "deleteKey"]);
  });

  test("that cannot be activated leaves the old one in use", async () => {
    const old = await life.create({ targetId, publicKey: newKey() });
    const fault = { kind: "status", status: 503 } as const;
    world.zitadel.faults.add({ match: { operation: "activateKey" }, times: Infinity, fault });
    await expect(life.create({ targetId, publicKey: newKey() })).rejects.toBeInstanceOf(Unfinished);
    expect(keys()).toMatchObject([{ keyId: old.state["keyId"], active: true }, { active: false }]);
  });
});

describe("delete", () => {
  test("of one that is not active is one request, also where it is gone", async () => {
    const { id, state } = await life.create({ targetId, publicKey: newKey(), active: false });
    world.zitadel.clearRequests();
    await life.delete(id, state);
    expect(keys()).toEqual([]);
    await life.delete(id, state);
    expect(operations()).toEqual(["deleteKey", "deleteKey"]);
  });

  test("of the active one deactivates it first", async () => {
    const { id, state } = await life.create({ targetId, publicKey: newKey() });
    world.zitadel.clearRequests();
    await life.delete(id, state);
    expect(keys()).toEqual([]);
    const questions = ["search", "searchKeys", "searchExecutions"];
    expect(operations()).toEqual([...questions, "deactivateKey", "deleteKey"]);
  });

  test("of one that somebody activated since", async () => {
    const { id, state } = await life.create({ targetId, publicKey: newKey(), active: false });
    world.zitadel.activatePublicKey(targetId, String(state["keyId"]));
    world.zitadel.clearRequests();
    await life.delete(id, state);
    expect(keys()).toEqual([]);
    const questions = ["search", "searchKeys", "searchExecutions"];
    expect(operations()).toEqual(["deleteKey", ...questions, "deactivateKey", "deleteKey"]);
  });

  test("of one in whose place somebody activated another leaves that one alone", async () => {
    const { id, state } = await life.create({ targetId, publicKey: newKey() });
    const other = theirs(newKey(), { active: true });
    await life.delete(id, state);
    expect(keys()).toMatchObject([{ keyId: other, active: true }]);
  });

  test("of one that has expired", async () => {
    const { id, state } = await life.create({ targetId, publicKey: newKey(), expirationDate });
    clock.advance(afterwards);
    const read = await life.read(id, state);
    await life.delete(id, read?.state);
    expect(keys()).toEqual([]);
  });

  test.each([
    ["the key", true],
    ["the key", false],
    ["its target", true],
    ["its target", false],
  ])("where %s is gone (active: %s) is done", async (what, active) => {
    const { id, state } = await life.create({ targetId, publicKey: newKey(), active });
    if (active) world.zitadel.deactivatePublicKey(targetId, String(state["keyId"]));
    if (what === "the key") world.zitadel.removePublicKey(targetId, String(state["keyId"]));
    else world.zitadel.remove(targetId);
    await life.delete(id, state);
    expect(keys()).toEqual([]);
  });

  test.each([
    ["no_membership", "none", 404, true],
    ["no_membership", "none", 404, false],
    ["forbidden", "IAM_OWNER_VIEWER", 403, true],
    ["forbidden", "IAM_OWNER_VIEWER", 403, false],
  ] as const)("with %s is a refusal", async (code, role, status, active) => {
    const { id, state } = await life.create({ targetId, publicKey: newKey(), active });
    const stranger = world.process(world.zitadel.addUser({ userName: `u-${role}`, role })).of(publicKeyLifecycle);
    // A user without membership is rejected as soon as the provider asks whether anything needs the key.
    const isAsked = active && code === "no_membership";
    const operation = isAsked ? "search targets" : active ? "deactivate public key" : "delete public key";
    await expect(stranger.delete(id, state)).rejects.toMatchObject({ code, status, operation });
    expect(keys()).toHaveLength(1);
  });

  test("that ZITADEL rejects twice is an error", async () => {
    const { id, state } = await life.create({ targetId, publicKey: newKey(), active: false });
    const body = { code: 9, message: "Cannot delete", details: [{ id: "ErrPublicKeyDeleteActiveKey" }] };
    const fault = { kind: "answer", status: 400, body } as const;
    world.zitadel.faults.add({ match: { operation: "deleteKey" }, times: Infinity, fault });
    await expect(life.delete(id, state)).rejects.toMatchObject({ errorId: "ErrPublicKeyDeleteActiveKey" });
    const deletes = ["deleteKey", "search", "searchKeys", "deactivateKey", "deleteKey"];
    expect(operations()).toEqual(["addKey", ...deletes, "activateKey"]);
  });

  test("that fails after the key was deactivated makes it active again", async () => {
    const { id, state } = await life.create({ targetId, publicKey: newKey() });
    const fault = { kind: "answer", status: 400, body: { code: 9, message: "no", details: [{ id: "X-1" }] } } as const;
    const failing = world.zitadel.faults.add({ match: { operation: "deleteKey" }, times: Infinity, fault });
    await expect(life.delete(id, state)).rejects.toMatchObject({ errorId: "X-1" });
    expect(keys()).toMatchObject([{ active: true }]);
    world.zitadel.faults.add({ match: { operation: "activateKey" }, times: Infinity, fault });
    await expect(life.delete(id, state)).rejects.toMatchObject({ errorId: "X-1" });
    expect(keys()).toMatchObject([{ active: false }]);
    expect(world.warnings).toEqual([
      `Public key ${id} is no longer active. Run \`pulumi refresh\` before the next \`pulumi up\`.`,
    ]);
    failing.remove();
    await life.delete(id, state);
    expect(keys()).toEqual([]);
  });
});
