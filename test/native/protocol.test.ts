import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { type Native, settingsOf, startNative, structOf, urnOf } from "../support/native";
import { newKey } from "../support/pairs";

// What is no operation on a resource.

const { ENFORCE, DISABLE, PROPOSE } = proto.CheckRequest.AutonamingOptions.Mode;
const audit = urnOf("Target", "audit");
const hook = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };

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

type Done<Answer> = (error: grpc.ServiceError | null, answer: Answer) => void;
const ask = <Answer>(call: (done: Done<Answer>) => unknown) =>
  new Promise<Answer>((resolve, reject) => call((error, answer) => (error === null ? resolve(answer) : reject(error))));

describe("the handshake", () => {
  test("says what the provider takes", async () => {
    const request = new proto.ProviderHandshakeRequest().setEngineAddress("127.0.0.1:1");
    const answer = await ask<proto.ProviderHandshakeResponse>((done) => native.client.handshake(request, done));
    expect(answer.toObject()).toMatchObject({
      acceptSecrets: false,
      acceptResources: true,
      acceptOutputs: false,
      supportsAutonamingConfiguration: true,
    });
  });

  test("with an address that is none is an error", async () => {
    const request = new proto.ProviderHandshakeRequest().setEngineAddress("nowhere");
    await expect(ask((done) => native.client.handshake(request, done))).rejects.toMatchObject({
      details: expect.stringContaining('"nowhere" is not the address of an engine, such as 127.0.0.1:4321.') as string,
    });
    const attach = new PluginAttach().setAddress("");
    await expect(ask<Empty>((done) => native.client.attach(attach, done))).rejects.toMatchObject({
      code: grpc.status.UNKNOWN,
    });
  });

  test("may come late, or not at all: nothing is sent before there are settings", async () => {
    const fresh = await startNative();
    expect((await fresh.check(audit, hook)).failures).toMatchObject([
      { reason: expect.stringContaining("the provider was used before it was configured") as string },
    ]);
    fresh.stop();
  });
});

describe("a target without a name gets", () => {
  const named = async (more: (request: proto.CheckRequest) => void, olds?: object) => {
    const { inputs, failures } = await native.check(audit, hook, olds as never, more);
    return failures.length === 0 ? inputs["name"] : failures;
  };
  const options =
    (mode: typeof PROPOSE | typeof ENFORCE | typeof DISABLE, proposed = "") =>
    (request: proto.CheckRequest) =>
      void request.setAutonaming(new proto.CheckRequest.AutonamingOptions().setMode(mode).setProposedName(proposed));

  test("the one that Pulumi proposes or demands", async () => {
    expect(await named(options(PROPOSE, "audit-dev"))).toBe("audit-dev");
    expect(await named(options(ENFORCE, "audit-dev"))).toBe("audit-dev");
  });

  test("none if that is switched off: the program must set it", async () => {
    expect(await named(options(DISABLE))).toEqual([{ property: "name", reason: "is required: the target's name" }]);
  });

  test("the same one each time from Pulumi's seed", async () => {
    const seeded = (request: proto.CheckRequest) => void request.setRandomseed(new Uint8Array([1, 2, 3]));
    expect(await named(seeded)).toMatch(/^audit-[0-9a-f]{7}$/);
    expect(await named(seeded)).toBe(await named(seeded));
  });

  test("the one that it has already", async () => {
    expect(await named(options(PROPOSE, "audit-dev"), { ...hook, name: "audit-old", __autoName: "audit-old" })).toBe(
      "audit-old",
    );
  });
});

test("objects are listed with the ids to import them by", async () => {
  const { id } = zitadel.add({ ...hook, name: "audit" });
  zitadel.setExecution({ function: { name: "preuserinfo" } }, [id]);
  const { keyId } = zitadel.addPublicKey(id, { publicKey: Buffer.from(newKey()).toString("base64") });
  const listed = (type: string, query = {}, limit = 0) => {
    const request = new proto.ListRequest()
      .setToken(`zitadel-actions:index:${type}`)
      .setQuery(structOf(query))
      .setLimit(limit);
    return new Promise((resolve, reject) => {
      const found: unknown[] = [];
      native.client
        .list(request)
        .on("data", (one: proto.ListResponse) => found.push(one.getResult()?.toObject()))
        .on("end", () => resolve(found))
        .on("error", reject);
    });
  };
  expect(await listed("Target")).toEqual([{ id, name: "audit" }]);
  expect(await listed("Execution")).toEqual([{ id: "function/preuserinfo", name: "function/preuserinfo" }]);
  expect(await listed("TargetPublicKey")).toEqual([{ id: `${id}/${keyId}`, name: "audit" }]);
  zitadel.add({ ...hook, name: "other" });
  expect(await listed("Target", {}, 1)).toHaveLength(1);
  await expect(listed("Target", { color: "red" })).rejects.toMatchObject({
    details: "A list cannot be filtered by color. The query takes instance.",
  });
});
