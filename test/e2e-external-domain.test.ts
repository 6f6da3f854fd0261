import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { cli } from "./support/cli";
import { configFor, openStage, type Stage } from "./support/deploy";

// An instance that is reached at another address than its external domain, as inside a cluster.

const hook = { endpoint: "https://example.com/hook", timeout: "10s", restAsync: {} };

let stage: Stage;
let inside: Awaited<ReturnType<typeof addressTo>>;

beforeEach(async () => {
  stage = await openStage();
  inside = await addressTo(stage.zitadel.port);
});
afterEach(async () => {
  inside.close();
  await stage.close();
});

/** Another address of a server. It passes on requests as they are, with the host to which they were sent. */
async function addressTo(port: number) {
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const forwarded = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { domain: "127.0.0.1", port: String((server.address() as AddressInfo).port), close };
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

  test("and without it, the message names the setting", async () => {
    await stage.deployment.configure({ ...address(), ...(await credential()) });
    stage.declare({ hook });
    const { exitCode, text } = await stage.run("up");
    expect(exitCode).not.toBe(0);
    expect(text).toContain("zitadel-actions:externalDomain");
    expect(stage.zitadel.targets()).toEqual([]);
  });

  test("and with another domain, too", async () => {
    const wrong = { "zitadel-actions:externalDomain": "auth.example.com" };
    await stage.deployment.configure({ ...address(), ...wrong, ...(await credential()) });
    stage.declare({ hook });
    const { exitCode, text } = await stage.run("up");
    expect(exitCode).not.toBe(0);
    expect(text).toContain("zitadel-actions:externalDomain");
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
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: {} });
  expect(text).toContain("1 unchanged");
});

test.each([[["doctor", "-", "--json"]], [["export", "--json"]]])("%j", async ([command = "", ...args]) => {
  stage.zitadel.add({ ...hook, name: "hook" });
  const env = {
    ZITADEL_DOMAIN: inside.domain,
    ZITADEL_PORT: inside.port,
    ZITADEL_INSECURE: "true",
    ZITADEL_JWT_PROFILE_JSON: JSON.stringify(await stage.zitadel.owner.keyFile()),
  };
  const input = JSON.stringify({ version: 3, deployment: { resources: [] } });
  const without = await cli([command, ...args], { env, input });
  expect(without.stderr + without.stdout).toContain("externalDomain");
  const { code, stdout } = await cli([command, ...args], {
    env: { ...env, ZITADEL_EXTERNAL_DOMAIN: stage.zitadel.url },
    input,
  });
  expect([0, 3]).toContain(code);
  expect(stdout).toContain("hook");
});
