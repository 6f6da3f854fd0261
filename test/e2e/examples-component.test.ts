import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ProductHook } from "../../examples/component/product-hook";
import type { Props } from "../../local/engine";
import type { RecordedRequest } from "../../local/zitadel";
import { openStage, type Stage } from "../support/deploy";
import { instructionsOf } from "../support/examples";
import { resolves } from "../support/resolves";

// A component with targets, keys and executions: what it creates, the parent of each, and its outputs.

jest.setTimeout(300_000);

const projectDir = join(__dirname, "..", "..", "examples", "component");

interface State {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
}

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ projectDir, config: instructionsOf("component").config, zitadel: { resolves } });
});
afterAll(() => stage.close());

const configure = (rotation: string) => stage.configure({ "zitadel-actions-component:rotation": rotation });

test("a preview sends nothing, and an up makes what each team asked for", async () => {
  expect(await stage.run("preview")).toMatchObject({ exitCode: 0, requests: {}, changes: { create: 11 } });
  const { exitCode, text, outputs } = await stage.run("up");
  expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
  const { zitadel } = stage;
  const [claims, billing, shop] = zitadel.targets().sort((one, other) => (one.endpoint < other.endpoint ? -1 : 1));
  expect([claims, billing, shop]).toMatchObject([
    {
      endpoint: "https://example.com/billing/claims",
      kind: "restCall",
      interruptOnError: true,
      payloadType: "PAYLOAD_TYPE_JWE",
    },
    { endpoint: "https://example.com/billing/events", kind: "restAsync" },
    { endpoint: "https://example.com/shop/events", kind: "restAsync" },
  ]);
  const [key] = zitadel.publicKeys(claims?.id ?? "");
  expect(key).toMatchObject({ active: true });
  const executions = zitadel.executions().sort((one, other) => (one.id < other.id ? -1 : 1));
  expect(executions.map(({ id, targets }) => [id, targets])).toEqual([
    ["event/org.*", [billing?.id]],
    ["event/session.*", [billing?.id]],
    ["event/user.human.*", [shop?.id]],
    ["function/preaccesstoken", [claims?.id]],
  ]);
  expect(outputs).toEqual({
    shopKeys: { value: { events: shop?.signingKey }, secret: true },
    billingKeys: { value: { claims: claims?.signingKey, events: billing?.signingKey }, secret: true },
    billingKeyId: { value: key?.keyId, secret: false },
  });
  // What would fail without a key waits for it.
  const at = (isThis: (request: RecordedRequest) => boolean) => zitadel.requests.findIndex(isThis);
  const activated = at(({ operation }) => operation === "activateKey");
  expect(activated).toBeGreaterThan(-1);
  expect(at(({ body }) => JSON.stringify(body).includes("preaccesstoken"))).toBeGreaterThan(activated);
});

test("everything in it is its own", async () => {
  const { deployment } = await stage.deployment.exportStack();
  const resources = (deployment.resources as State[]).filter(({ type }) => type.includes("zitadel:"));
  const ofShop = resources.filter(({ parent = "" }) => parent.endsWith("platform:zitadel:ProductHook::shop"));
  expect(ofShop.map(({ urn }) => urn.split("::").at(-1)).sort()).toEqual(["shop-events", "shop-user.human"]);
  const parents = resources.filter(({ type }) => type !== "platform:zitadel:ProductHook").map(({ parent }) => parent);
  expect(parents).toEqual(parents.map(() => expect.stringContaining("ProductHook::") as unknown));
});

test("a rotation gives new keys, and a second up does nothing", async () => {
  const before = stage.zitadel.targets().map(({ signingKey }) => signingKey);
  await configure("second");
  expect((await stage.run("up")).exitCode).toBe(0);
  const after = stage.zitadel.targets().map(({ signingKey }) => signingKey);
  expect(after).toHaveLength(3);
  for (const key of after) expect(before).not.toContain(key);
  expect((await stage.run("up")).requests).toEqual({});
});

test("a receiver over http is rejected, before anything of it is declared", async () => {
  const names: string[] = [];
  const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => {
    names.push(name);
    return { id: name, state: inputs as Props };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) });
  const args = { endpoint: "http://shop.example.com", events: ["user.human"], rotation: "first" };
  expect(() => new ProductHook("shop", args)).toThrow("endpoint: a receiver is called over https");
  await pulumi.runtime.disconnect();
  expect(names).toEqual(["shop"]);
});
