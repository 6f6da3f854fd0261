import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { Connections } from "../../../provider/core/connections";
import { dynamicProvider } from "../../../provider/dynamic/runtime";
import { targetLifecycle } from "../../../provider/target/lifecycle";
import { marks } from "../../support/marks";

// What Pulumi's provider process sees: the contract of dynamic providers.

const text = { __provider: "the forwarder" };
const hook = { ...text, __logicalName: "hook", endpoint: "https://example.com", timeout: "10s", rotationTriggers: [1] };
let zitadel: Zitadel;
let provider: Required<ReturnType<typeof dynamicProvider>>;

beforeEach(async () => {
  zitadel = await startZitadel();
  const config: Record<string, string> = {
    "zitadel-actions:domain": zitadel.domain,
    "zitadel-actions:port": String(zitadel.port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:accessToken": zitadel.accessToken,
  };
  config["zitadel-actions:instances"] = JSON.stringify({
    eu: { domain: zitadel.domain, port: zitadel.port, insecure: true, accessToken: zitadel.accessToken },
  });
  provider = dynamicProvider(targetLifecycle, new Connections()) as typeof provider;
  await provider.configure({ config: { get: (key: string) => config[key] } as never });
});
afterEach(() => zitadel.stop());

/** As the SDK calls it, which adds the text again. */
async function check(olds: object, news: object): Promise<Record<string, unknown>> {
  const result = (await provider.check(olds, news)) as { inputs: object };
  return { ...result.inputs, ...text };
}

async function create(news: object) {
  const { id, outs } = (await provider.create(await check({}, news))) as { id: string; outs: object };
  return { id, state: { ...outs, ...text } as Record<string, unknown> };
}

test("the provider's hidden properties never reach the server, and the state keeps the resource's name and place", async () => {
  const { id, state } = await create({ ...hook, __parent: "my:Component", restAsync: {} });
  expect(state).toMatchObject({ __logicalName: "hook", __parent: "my:Component", __origin: zitadel.url });
  expect(state["name"]).toMatch(/^hook-[0-9a-f]{7}$/);
  expect(zitadel.requests[0]?.body).toEqual({
    name: state["name"],
    endpoint: "https://example.com",
    timeout: "10s",
    restAsync: {},
    payloadType: "PAYLOAD_TYPE_JSON",
  });
  expect(await provider.read(id, state)).toMatchObject({
    id,
    props: { name: state["name"], __logicalName: "hook", __parent: "my:Component", __origin: zitadel.url },
    inputs: { timeout: "10s", __logicalName: "hook", __parent: "my:Component" },
  });
});

test("nothing that is returned is undefined, which Pulumi's protocol refuses", async () => {
  const { id, state } = await create({ ...hook, restAsync: {} });
  const inputs = await check(state, { ...hook, timeout: "20s", restAsync: {} });
  const answers = [
    await provider.read(id, state),
    await provider.update(id, state, inputs),
    await provider.diff(id, state, inputs),
  ];
  for (const answer of answers) expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
});

test("a target that is gone has an empty id", async () => {
  const { id, state } = await create({ ...hook, restAsync: {} });
  zitadel.remove(id);
  expect(await provider.read(id, state)).toEqual({ id: "", props: {} });
});

test.each([
  ["by the program", { ...text, __logicalName: "hook" }],
  ["by the program, of a named instance", { ...text, __logicalName: "hook", __parent: "my:Component", instance: "eu" }],
  ["without any property", {}],
  ["without properties", undefined],
])("get of a target that does not exist is an error: an empty id would pass unnoticed (%s)", async (_case, known) => {
  await expect(provider.read("1", known)).rejects.toMatchObject({
    code: "not_found",
    message: expect.stringContaining("Reading ZitadelTarget 1 on") as string,
  });
});

test("what was done in part is kept by Pulumi: id, properties with the forwarder, reasons", async () => {
  const { id, state } = await create({ ...hook, restWebhook: { interruptOnError: true } });
  const signingKey = "the-new-signing-key-0123456789";
  marks.add(signingKey, "the new signing key");
  const body = { changeDate: "2026-01-01T00:00:00Z", signingKey };
  const answer = { kind: "answer", status: 200, body } as const;
  zitadel.faults.add({ match: { operation: "update" }, times: 2, fault: answer });
  const inputs = await check(state, { ...hook, restWebhook: {}, rotationTriggers: [2] });
  const error = await provider.update(id, state, inputs).catch((reason: unknown) => reason);
  marks.writeError("the error for Pulumi", error);
  expect(error).toMatchObject({
    id,
    properties: { ...text, signingKey, rotationTriggers: [2], restWebhook: { interruptOnError: true } },
    reasons: [expect.stringContaining("interruptOnError is still true on the server")],
  });
});

test("a key file that others may read gets one warning in each process, where the engine shows it", async () => {
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
  const folder = mkdtempSync(join(tmpdir(), "runtime-"));
  const path = join(folder, "key.json");
  writeFileSync(path, JSON.stringify({ type: "serviceaccount", keyId: "1", userId: "2", key }));
  chmodSync(path, 0o644);
  const config: Record<string, string> = {
    "zitadel-actions:domain": "a.example.com",
    "zitadel-actions:jwtProfileFile": path,
  };
  const shown = jest.spyOn(console, "error").mockImplementation(() => undefined);
  try {
    const connections = new Connections();
    for (let count = 0; count < 2; count++) {
      const one = dynamicProvider(targetLifecycle, connections) as typeof provider;
      await one.configure({ config: { get: (name: string) => config[name] } as never });
    }
    const warnings = process.platform === "win32" ? 0 : 1;
    expect(shown).toHaveBeenCalledTimes(warnings);
    if (warnings > 0)
      expect(shown).toHaveBeenCalledWith(expect.stringMatching(/^warning: zitadel-actions:jwtProfileFile names /));
  } finally {
    shown.mockRestore();
    rmSync(folder, { recursive: true });
  }
});

test("one error of several resources is told to each of them", async () => {
  const config: Record<string, string> = {
    "zitadel-actions:domain": zitadel.domain,
    "zitadel-actions:port": String(zitadel.port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:clientId": "owner",
    "zitadel-actions:clientSecret": "wrong",
  };
  const shared = dynamicProvider(targetLifecycle, new Connections()) as typeof provider;
  await shared.configure({ config: { get: (name: string) => config[name] } as never });
  const failed = await Promise.allSettled(["1", "2", "3"].map((id) => shared.read(id, { ...text })));
  for (const one of failed)
    expect(one).toMatchObject({
      status: "rejected",
      reason: { message: expect.stringContaining("Logging in to ") as string },
    });
});

test("an error that Pulumi prints with its stack does not bury the message", async () => {
  zitadel.owner.role = "none";
  const error = await provider.read("1", { ...text }).catch((reason: unknown) => reason as Error);
  expect((error as Error).stack).toBe("no_membership");
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- this is what Pulumi prints
  expect(String(error)).toBe("An error, shown with its resource. Its code");
  expect((error as Error).message).toContain("AUTHZ-cdgFk");
});
