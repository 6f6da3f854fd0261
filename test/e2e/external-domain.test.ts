import { instanceKeys } from "../../webhook";
import { cli } from "../support/cli";
import { configFor, openStage, type Stage } from "../support/deploy";
import { startGateway } from "../support/gateway";
import { addTarget, LIST_SESSIONS, receivers, triggerCall } from "../support/receiver";
import { verify } from "../support/verify";

// An instance that is reached at another address than its external domain, as inside a cluster.

const hook = { endpoint: "https://example.com/hook", timeout: "10s", restAsync: {} };

const open = receivers();
let stage: Stage;
let inside: Awaited<ReturnType<typeof addressTo>>;

beforeEach(async () => {
  stage = await openStage({ zitadel: { allowLoopback: true } });
  inside = await addressTo(stage.zitadel.port);
});
afterEach(async () => {
  inside.close();
  await stage.close();
});

/** Another address of a server. */
async function addressTo(port: number) {
  const gateway = await startGateway(() => port);
  return { domain: "127.0.0.1", port: String(gateway.port), close: gateway.close };
}

const address = () => ({
  "zitadel-actions:domain": inside.domain,
  "zitadel-actions:port": inside.port,
  "zitadel-actions:insecure": "true",
});

describe.each(["access token", "key file"])("with an %s", (way) => {
  const credential = async () =>
    way === "access token"
      ? { "zitadel-actions:accessToken": { value: stage.zitadel.accessToken, secret: true } }
      : {
          "zitadel-actions:jwtProfileJson": {
            value: JSON.stringify(await stage.zitadel.owner.keyFile()),
            secret: true,
          },
        };

  test("a stack is deployed, refreshed and destroyed with zitadel-actions:externalDomain", async () => {
    const external = { "zitadel-actions:externalDomain": stage.zitadel.url };
    await stage.deployment.configure({ ...address(), ...external, ...(await credential()) });
    stage.declare({ hook });
    expect(await stage.run("up")).toMatchObject({ exitCode: 0, requests: { create: 1 } });
    expect(await stage.run("refresh")).toMatchObject({ exitCode: 0 });
    expect(await stage.run("destroy")).toMatchObject({ exitCode: 0, requests: { delete: 1 } });
    expect(stage.zitadel.targets()).toEqual([]);
  });

  test.each<[string, Record<string, string>]>([
    ["without it", {}],
    ["with another domain", { "zitadel-actions:externalDomain": "auth.example.com" }],
  ])("and %s, the message names the setting", async (_, external) => {
    await stage.deployment.configure({ ...address(), ...external, ...(await credential()) });
    stage.declare({ hook });
    const { exitCode, text } = await stage.run("up");
    expect(exitCode).not.toBe(0);
    expect(text).toContain("No instance has this host: check `zitadel-actions:domain`");
    expect(text).toContain("correct `zitadel-actions:externalDomain`");
    for (const [message] of text.matchAll(/(?:Creating|Logging in).* failed: ZITADEL answered 404.*/g))
      expect(message.length).toBeLessThan(560);
    expect(stage.zitadel.targets()).toEqual([]);
  });
});

test("a stack that was deployed at the external domain goes on at another address, and nothing is written", async () => {
  await stage.deployment.configure(configFor(stage.zitadel));
  stage.declare({ hook });
  await stage.run("up");
  const token = { "zitadel-actions:accessToken": { value: stage.zitadel.accessToken, secret: true } };
  await stage.deployment.configure({ ...address(), "zitadel-actions:externalDomain": stage.zitadel.url, ...token });
  const { exitCode, text, requests } = await stage.run("up");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { search: 1 } });
  expect(text).toContain("2 unchanged"); // with the stack itself
});

describe.each([[["doctor", "-", "--json"]], [["export", "--json"]]])("%j", ([command = "", ...args]) => {
  const input = JSON.stringify({ version: 3, deployment: { resources: [] } });
  const run = (env: Record<string, string>) => cli([command, ...args], { env, input });
  const environment = async (way: string) => ({
    ZITADEL_DOMAIN: inside.domain,
    ZITADEL_PORT: inside.port,
    ZITADEL_INSECURE: "true",
    ...(way === "access token"
      ? { ZITADEL_ACCESS_TOKEN: stage.zitadel.accessToken }
      : { ZITADEL_JWT_PROFILE_JSON: JSON.stringify(await stage.zitadel.owner.keyFile()) }),
  });

  test.each(["access token", "key file"])("with an %s", async (way) => {
    stage.zitadel.add({ ...hook, name: "hook" });
    const env = await environment(way);
    const { code, stdout } = await run({ ...env, ZITADEL_EXTERNAL_DOMAIN: stage.zitadel.url });
    expect(code).toBe(command === "doctor" ? 3 : 0);
    expect(stdout).toContain("hook");
    for (const other of [{}, { ZITADEL_EXTERNAL_DOMAIN: "auth.example.com" }]) {
      const { code: failed, stdout: nothing, stderr } = await run({ ...env, ...other });
      expect({ failed, nothing }).toEqual({ failed: 1, nothing: "" });
      expect(stderr).toContain("No instance has this host: check `zitadel-actions:domain`");
      expect(stderr).toContain("ZITADEL_EXTERNAL_DOMAIN");
    }
  });
});

test("verify fetches the instance's keys for a JWT", async () => {
  const { url } = stage.zitadel;
  const receiver = await open();
  const target = addTarget(stage.zitadel, receiver, { payloadType: "PAYLOAD_TYPE_JWT" });
  stage.zitadel.setExecution({ request: { method: LIST_SESSIONS } }, [target.id]);
  await triggerCall(stage.zitadel);
  const [delivery] = receiver.received;
  const at = `http://${inside.domain}:${inside.port}`;
  const run = (env: Record<string, string>) =>
    verify(["-", "--jwks", at], {
      env: { ZITADEL_SIGNING_KEY: target.signingKey, ...env },
      input: JSON.stringify(delivery),
    });
  expect(await run({ ZITADEL_EXTERNAL_DOMAIN: url })).toMatchObject({ code: 0, stderr: "" });
  for (const other of [{}, { ZITADEL_EXTERNAL_DOMAIN: "auth.example.com" }]) {
    const { code, stderr } = await run(other);
    expect(code).toBe(1);
    expect(stderr).toContain("(status 404)");
    expect(stderr).toContain("set ZITADEL_EXTERNAL_DOMAIN");
  }
  const { code, stderr } = await run({ ZITADEL_EXTERNAL_DOMAIN: "a b" });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^--jwks: ZITADEL_EXTERNAL_DOMAIN must be the host of ZITADEL's ExternalDomain/);
});

test("a receiver fetches them with a `fetch` that names the instance", async () => {
  const { host } = new URL(stage.zitadel.url);
  const keys = (headers: Record<string, string>) =>
    instanceKeys(`http://${inside.domain}:${inside.port}`, {
      fetch: (url, init) => fetch(url, { ...init, headers }),
    });
  const header = { alg: "RS256", kid: "none" };
  // The keys are there, and this one is not among them.
  await expect(keys({ "x-zitadel-instance-host": host }).keyFor(header)).rejects.toMatchObject({
    code: "token_key_unknown",
  });
  await expect(keys({}).keyFor(header)).rejects.toMatchObject({ code: "keys_unavailable" });
});
