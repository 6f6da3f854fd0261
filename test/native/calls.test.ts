import { startZitadel, type Zitadel } from "../../local/zitadel";
import { unknown } from "../../provider/core/properties";
import { marks } from "../support/marks";
import { type Native, opened, secret, settingsOf, startNative, urnOf } from "../support/native";
import { newKey } from "../support/pairs";

// Every call for every resource, as Pulumi's engine makes it.

let zitadel: Zitadel;
let native: Native;

beforeEach(async () => {
  zitadel = await startZitadel();
  native = await startNative(settingsOf(zitadel));
});
afterEach(async () => {
  native.stop();
  await zitadel.stop();
});

const audit = urnOf("Target", "audit");
const hook = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };

/** Declares a resource and creates it, as an `up` does. */
async function up(urn: string, news: Record<string, unknown>) {
  const { inputs, failures } = await native.check(urn, news);
  expect(failures).toEqual([]);
  const { id, state } = await native.create(urn, inputs);
  return { id, inputs, state, known: opened(state) };
}

const target = (more: Record<string, unknown> = {}) => up(audit, { ...hook, ...more });
const writes = () => zitadel.requests.filter(({ operation }) => !operation.startsWith("search")).length;

describe("a target", () => {
  test("is created as previewed, with its signing key as a secret", async () => {
    const { inputs } = await native.check(audit, { ...hook, name: "audit" });
    const preview = await native.create(audit, inputs, "preview");
    const dates = { creationDate: unknown, changeDate: unknown };
    const stored = { ...hook, name: "audit", payloadType: "PAYLOAD_TYPE_JSON", __origin: zitadel.url };
    expect(preview).toEqual({ id: "", state: { ...stored, ...dates, signingKey: secret(unknown) } });
    expect(zitadel.requests).toEqual([]);
    const { id, state } = await native.create(audit, inputs);
    const [there] = zitadel.targets();
    expect(id).toBe(there?.id);
    expect(state).toMatchObject({ ...stored, signingKey: secret(there?.signingKey) });
  });

  test("has an unknown name in the preview, if that is generated: the `up` generates another one", async () => {
    const { inputs } = await native.check(audit, hook);
    const { state } = await native.create(audit, inputs, "preview");
    expect(state).toMatchObject({ ...hook, name: unknown, __autoName: unknown });
  });

  test("is updated, and what does not change stays known in the preview", async () => {
    const { id, known } = await target();
    const { inputs } = await native.check(
      audit,
      { ...hook, timeout: "20s", restWebhook: { interruptOnError: true } },
      known,
    );
    expect(await native.diff(audit, id, known, inputs)).toEqual({
      changes: true,
      replaces: [],
      diffs: ["timeout", "restWebhook"],
      detailed: { timeout: "UPDATE", "restWebhook.interruptOnError": "ADD" },
    });
    const preview = await native.update(audit, id, known, inputs, "preview");
    expect(preview).toEqual({ ...inputs, ...at(known), changeDate: unknown, signingKey: secret(known["signingKey"]) });
    expect(await native.update(audit, id, known, inputs)).toEqual({
      ...preview,
      changeDate: expect.any(String) as string,
    });
    expect(zitadel.targets()).toMatchObject([{ timeout: "20s", kind: "restWebhook", interruptOnError: true }]);
  });

  test("with other triggers gets another key, or is replaced", async () => {
    const { id, known } = await target({ rotationTriggers: [{ "a.b": 1 }] });
    const rotated = { ...hook, rotationTriggers: [{ "a.b": 2 }] };
    const { inputs } = await native.check(audit, rotated, known);
    expect(await native.diff(audit, id, known, inputs)).toMatchObject({
      detailed: { 'rotationTriggers[0]["a.b"]': "UPDATE" },
    });
    expect(await native.update(audit, id, known, inputs, "preview")).toMatchObject({ signingKey: secret(unknown) });
    const after = await native.update(audit, id, known, inputs);
    expect(after).toMatchObject({ signingKey: secret(zitadel.targets()[0]?.signingKey) });
    expect(opened(after)["signingKey"]).not.toBe(known["signingKey"]);
    const replacing = await native.check(
      audit,
      { ...rotated, rotationTriggers: [3], rotationStrategy: "replace" },
      known,
    );
    expect(await native.diff(audit, id, known, replacing.inputs)).toMatchObject({
      changes: true,
      replaces: ["rotationTriggers"],
      detailed: { "rotationTriggers[0]": "UPDATE_REPLACE" },
    });
  });

  test("is read for a refresh, for an import and by get", async () => {
    const { id, known } = await target({ name: "audit" });
    zitadel.change(id, { timeout: "30s" });
    const refreshed = await native.read(audit, id, known);
    expect(refreshed).toMatchObject({
      id,
      state: { timeout: "30s", signingKey: secret(known["signingKey"]) },
      inputs: { timeout: "30s" },
    });
    expect(refreshed.inputs).toEqual({ ...hook, name: "audit", timeout: "30s", payloadType: "PAYLOAD_TYPE_JSON" });
    const imported = await native.read(urnOf("Target", "imported"), id);
    expect(imported).toEqual(refreshed);
    const { inputs } = await native.check(audit, { ...hook, timeout: "30s" }, imported.inputs);
    expect(await native.diff(audit, id, opened(imported.state), inputs)).toMatchObject({
      changes: false,
      detailed: {},
    });
    zitadel.remove(id);
    await inAnother(async (later) => {
      expect(await later.read(audit, id, known)).toEqual({ id: "", state: {}, inputs: {} });
      await expect(later.read(urnOf("Target", "other"), id)).rejects.toEqual({
        code: 2,
        message: expect.stringMatching(
          /^Reading Target \d+ on .* failed: ZITADEL has no such object. Check the id,/,
        ) as string,
      });
    });
  });

  test("is deleted", async () => {
    const { id, known } = await target();
    await inAnother((other) => other.delete(audit, id, known));
    expect(zitadel.targets()).toEqual([]);
  });

  test("keeps what was done in part: id, properties with the key as a secret, inputs, reasons", async () => {
    const { id, known } = await target({ restWebhook: { interruptOnError: true }, rotationTriggers: [1] });
    const { inputs } = await native.check(audit, { ...hook, rotationTriggers: [2] }, known);
    const signingKey = "the-new-signing-key-0123456789";
    marks.add(signingKey, "the new signing key");
    const body = { changeDate: "2026-01-01T00:00:00Z", signingKey };
    zitadel.faults.add({ match: { operation: "update" }, times: 2, fault: { kind: "answer", status: 200, body } });
    await expect(native.update(audit, id, known, inputs)).rejects.toMatchObject({
      unfinished: {
        id,
        inputs,
        state: { rotationTriggers: [2], restWebhook: { interruptOnError: true }, signingKey: secret(signingKey) },
        reasons: [expect.stringContaining("interruptOnError is still true on the server")],
      },
    });
  });
});

describe("an execution", () => {
  const users = urnOf("Execution", "users");
  const condition = { request: { service: "zitadel.user.v2.UserService" } };

  test("is created, updated, refreshed, imported and removed", async () => {
    const [one, other] = [
      await target({ name: "one" }),
      await up(urnOf("Target", "other"), { ...hook, name: "other" }),
    ];
    const { inputs } = await native.check(users, { condition, targets: [one.id] });
    const dates = { creationDate: unknown, changeDate: unknown };
    expect((await native.create(users, inputs, "preview")).state).toEqual({
      ...inputs,
      ...dates,
      __origin: zitadel.url,
    });
    const { id, state } = await native.create(users, inputs);
    expect(id).toBe("request/zitadel.user.v2.UserService");
    const changed = { ...inputs, targets: [one.id, other.id] };
    expect(await native.diff(users, id, state, changed)).toMatchObject({
      replaces: [],
      detailed: { "targets[1]": "ADD" },
    });
    expect(await native.update(users, id, state, changed, "preview")).toEqual({
      ...changed,
      ...at(state),
      changeDate: unknown,
    });
    const after = await native.update(users, id, state, changed);
    expect(zitadel.executions()).toMatchObject([{ targets: [one.id, other.id] }]);
    expect(await native.read(users, id, after)).toEqual({ id, state: after, inputs: changed });
    expect(await native.read(urnOf("Execution", "imported"), id)).toEqual({ id, state: after, inputs: changed });
    const moved = { ...changed, condition: { request: { service: "zitadel.org.v2.OrganizationService" } } };
    expect(await native.diff(users, id, after, moved)).toMatchObject({
      replaces: ["condition"],
      detailed: { "condition.request.service": "UPDATE_REPLACE" },
    });
    await inAnother((destroying) => destroying.delete(users, id, after));
    expect(zitadel.executions()).toEqual([]);
    await expect(native.read(urnOf("Execution", "gone"), id)).rejects.toMatchObject({
      message: expect.stringContaining("Reading Execution request/zitadel.user.v2.UserService on") as string,
    });
  });

  test("takes a resource in place of its id", async () => {
    const { id } = await target();
    const reference = { "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e", urn: audit, id };
    expect((await native.check(users, { condition, targets: [reference] })).inputs).toEqual({
      condition,
      targets: [id],
    });
  });
});

describe("a public key", () => {
  const key = urnOf("TargetPublicKey", "key");

  test("is created, updated, refreshed, imported and deleted", async () => {
    const { id: targetId } = await target();
    const { inputs } = await native.check(key, { targetId, publicKey: newKey(), active: false });
    const preview = (await native.create(key, inputs, "preview")).state;
    const { id, state } = await native.create(key, inputs);
    const [there] = zitadel.publicKeys(targetId);
    expect(id).toBe(`${targetId}/${there?.keyId ?? ""}`);
    expect(preview).toEqual({ ...state, keyId: unknown, creationDate: unknown, changeDate: unknown });
    const active = { ...inputs, active: true };
    expect(await native.diff(key, id, state, active)).toMatchObject({ detailed: { active: "UPDATE" } });
    expect(await native.update(key, id, state, active, "preview")).toEqual({
      ...state,
      active: true,
      changeDate: unknown,
    });
    const after = await native.update(key, id, state, active);
    expect(zitadel.publicKeys(targetId)).toMatchObject([{ active: true }]);
    expect(await native.read(key, id, after)).toEqual({ id, state: after, inputs: active });
    expect(await native.read(urnOf("TargetPublicKey", "imported"), id)).toMatchObject({
      id,
      inputs: { targetId, active: true },
      state: { keyId: there?.keyId },
    });
    expect(await native.diff(key, id, after, { ...active, publicKey: newKey() })).toMatchObject({
      replaces: ["publicKey"],
      detailed: { publicKey: "UPDATE_REPLACE" },
    });
    await inAnother((destroying) => destroying.delete(key, id, after));
    expect(zitadel.publicKeys(targetId)).toEqual([]);
  });

  test("keeps what was done in part", async () => {
    const { id: targetId } = await target();
    const { inputs } = await native.check(key, { targetId, publicKey: newKey() });
    const refusal = { kind: "answer", status: 400, body: { message: "no" } } as const;
    zitadel.faults.add({ match: { operation: "activateKey" }, fault: refusal });
    const error = await native.create(key, inputs).catch((reason: unknown) => reason);
    const id = `${targetId}/${zitadel.publicKeys(targetId)[0]?.keyId ?? ""}`;
    expect(error).toMatchObject({ unfinished: { id, inputs, state: { active: false } } });
  });
});

describe("a mistake", () => {
  test("is found by check, with the short names of the types, and nothing is sent", async () => {
    const { failures } = await native.check(audit, { ...hook, endpont: "x", timeout: "soon" });
    expect(failures).toEqual([
      { property: "timeout", reason: 'must be a duration such as "10s", "1m30s" or "500ms"' },
      { property: "", reason: "Unknown property 'endpont'. Did you mean 'endpoint'?" },
    ]);
    await native.check(audit, { ...hook, name: "same" });
    const twin = urnOf("Target", "twin", "my:Component$");
    expect((await native.check(twin, { ...hook, name: "same" })).failures).toMatchObject([
      { property: "name", reason: expect.stringContaining('is also the name of Target "audit", but') as string },
    ]);
    expect((await native.check(audit, { ...hook, instance: "eu" })).failures).toMatchObject([
      { property: "", reason: expect.stringContaining("zitadel-actions:instances has no instance") as string },
    ]);
    expect(zitadel.requests).toEqual([]);
  });

  test("in a type's name is one of the provider's interface", async () => {
    await expect(native.check(urnOf("Targt", "x"), {})).rejects.toEqual({
      code: 12,
      message: expect.stringContaining("There is no resource type zitadel-actions:index:Targt.") as string,
    });
  });

  test("is told beside its resource if it is only a warning", async () => {
    await native.check(urnOf("Execution", "odd"), { condition: { function: { name: "preuserinf" } }, targets: ["1"] });
    expect(native.logged).toEqual([
      {
        severity: "WARNING",
        urn: urnOf("Execution", "odd"),
        message: expect.stringContaining('Did you mean "preuserinfo"?') as string,
      },
    ]);
  });
});

describe("a state that the dynamic provider wrote", () => {
  test("is not changed: nothing is written, and a refresh forgets that provider", async () => {
    const { id, inputs, known } = await target();
    const dynamic = { __provider: "exports.handler=…", __logicalName: "audit", __parent: "my:Component" };
    const olds = { ...known, ...dynamic };
    zitadel.clearRequests();
    const checked = await native.check(audit, hook, { ...inputs, ...dynamic });
    expect(checked).toEqual({ inputs, failures: [] });
    expect(await native.diff(audit, id, olds, checked.inputs)).toEqual({
      changes: false,
      replaces: [],
      diffs: [],
      detailed: {},
    });
    expect(opened((await native.read(audit, id, olds)).state)).toEqual(known);
    expect(writes()).toBe(0);
  });
});

/** In the provider's process of another command, such as `pulumi destroy`, which does not run the program. */
async function inAnother(act: (native: Native) => Promise<void>): Promise<void> {
  const another = await startNative(settingsOf(zitadel));
  another.stack = "";
  await act(another).finally(() => another.stop());
}

/** What an update keeps of a state. */
function at({ __origin, creationDate }: Record<string, unknown>) {
  return { __origin, creationDate };
}
