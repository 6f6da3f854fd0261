import type { dynamic } from "@pulumi/pulumi";
import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { Connections } from "../../../provider/core/connections";
import { dynamicProvider } from "../../../provider/dynamic/runtime";
import { targetLifecycle } from "../../../provider/target/lifecycle";

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

type Provider = Required<Pick<dynamic.ResourceProvider, "configure" | "check" | "create" | "read" | "delete">>;

function configRequest(settings: Record<string, string>): dynamic.ConfigureRequest {
  const get = (key: string) => settings[key];
  return { config: { get, require: (key: string) => get(key) ?? "" } };
}

function settings(): Record<string, string> {
  return {
    "zitadel-actions:domain": "localhost",
    "zitadel-actions:port": String(zitadel.port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:clientId": zitadel.owner.userName,
    "zitadel-actions:clientSecret": zitadel.owner.clientSecret(),
  };
}

/**
 * Hands out a provider as the SDK's dynamic-provider process does: kept before it is configured, so that only the first who
 * asks waits for `configure()`, and all others get it while that runs.
 */
function cache(provider: Provider, request: dynamic.ConfigureRequest): () => Promise<Provider> {
  let kept: Provider | undefined;
  return async () => {
    if (kept === undefined) {
      kept = provider;
      await provider.configure(request);
    }
    return kept;
  };
}

const inputs = (name: string) => ({ name, endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} });
const names = Array.from({ length: 25 }, (_, index) => `hook-${index}`);

test("calls that overtake configure() find it done: one client, one token", async () => {
  const connections = new Connections();
  const provider = dynamicProvider(targetLifecycle, connections) as Provider;
  const getProvider = cache(provider, configRequest(settings()));

  const checked = names.map(async (name) => (await getProvider()).check({}, inputs(name)));
  const created = names.map(async (name) => (await getProvider()).create(inputs(name)));

  for (const { failures } of await Promise.all(checked)) expect(failures).toEqual([]);
  const ids = (await Promise.all(created)).map(({ id }) => id);
  expect(new Set(ids).size).toBe(names.length);
  expect(
    zitadel
      .targets()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...names].sort());
  expect(zitadel.count()).toMatchObject({ token: 1, create: names.length });
  expect(zitadel.maxConcurrentWrites).toBeLessThanOrEqual(2);
});

test("calls in the very tick of configure() work too", async () => {
  const connections = new Connections();
  const provider = dynamicProvider(targetLifecycle, connections) as Provider;
  const configured = provider.configure(configRequest(settings()));
  const client = connections.client(undefined);
  const calls = names.flatMap((name) => [provider.check({}, inputs(name)), provider.create(inputs(name))]);
  await Promise.all([configured, ...calls]);
  expect(zitadel.targets()).toHaveLength(names.length);
  expect(zitadel.count()).toMatchObject({ token: 1, create: names.length });
  expect(connections.client(undefined)).toBe(client);
});

test("several kinds of resources of one process share the client and its token", async () => {
  const connections = new Connections();
  const all = [1, 2, 3].map(() => dynamicProvider(targetLifecycle, connections) as Provider);
  const request = configRequest(settings());
  await Promise.all(
    all.flatMap((provider, index) => [
      provider.configure(request),
      ...[1, 2, 3].map((count) => provider.create(inputs(`hook-${index}-${count}`))),
    ]),
  );
  expect(zitadel.count()).toMatchObject({ token: 1, create: 9 });
  expect(zitadel.maxConcurrentWrites).toBeLessThanOrEqual(2);
});

test("wrong settings fail each call that needs them, and not configure()", async () => {
  const provider = dynamicProvider(targetLifecycle, new Connections()) as Provider;
  const configured = provider.configure(configRequest({ ...settings(), "zitadel-actions:port": "none" }));
  const reason = "zitadel-actions:port must be a port, from 1 to 65535";
  expect((await provider.check({}, inputs("hook"))).failures).toEqual([{ property: "", reason }]);
  await expect(provider.create(inputs("hook"))).rejects.toMatchObject({ code: "settings", message: reason });
  await expect(configured).resolves.toBeUndefined();
  expect(zitadel.requests).toEqual([]);
});
