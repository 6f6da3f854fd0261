import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import manifest from "../../package.json";
import { spawned } from "../support/cli";
import { entry, stackExport } from "../support/doctor";
import { startGateway } from "../support/gateway";
import { install, lifeOn, nodeOf, openPlace, type Place, type Project, root } from "../support/installed";
import { addTarget, LIST_SESSIONS, receivers, triggerCall } from "../support/receiver";

// The packed package, installed by `npm install` in a new folder, with the newest Pulumi SDK of the range.

jest.setTimeout(600_000);
const range = manifest.peerDependencies["@pulumi/pulumi"];
const nodes = ["22", "24", "26"] as const;
const forms = [".", "esm", "typescript"];
let place: Place;
let project: Project;
const nodeFiles = new Map<string, string>();

beforeAll(async () => {
  place = await openPlace();
  const { typescript } = manifest.devDependencies;
  project = await install(place, "npm", { "@pulumi/pulumi": range, typescript });
  for (const major of nodes) nodeFiles.set(major, await nodeOf(major));
});
afterAll(() => place.remove());

test("the SDK beside it is at least as new as the one of this repository", async () => {
  const [major, minor = 0] = versionOf(await project.version("@pulumi/pulumi"));
  const [ownMajor, ownMinor] = versionOf(manifest.devDependencies["@pulumi/pulumi"]);
  expect(major).toBe(ownMajor);
  expect(minor).toBeGreaterThanOrEqual(Number(ownMinor));
});

const versionOf = (version: string): number[] => version.split(".").map(Number);

test.each(nodes)("on Node %s it serves programs in CommonJS, as ES modules and in TypeScript", async (major) => {
  // Each creates, changes and previews on one of them.
  const first = nodes.indexOf(major);
  const order = [...forms.slice(first), ...forms.slice(0, first)];
  expect(await project.live(order, nodeFiles.get(major))).toEqual(lifeOn(major));
});

test.each(nodes)("on Node %s what can be required can be imported by name", async (major) => {
  const entries = JSON.parse(await project.node(["entries.cjs"], nodeFiles.get(major))) as Record<string, Names>;
  expect(Object.keys(entries)).toEqual(Object.keys(manifest.exports).flatMap(entryOf));
  for (const { required, onlyRequired } of Object.values(entries)) {
    expect(required.length).toBeGreaterThan(0);
    expect(onlyRequired).toEqual([]);
  }
});

interface Names {
  readonly required: readonly string[];
  readonly onlyRequired: readonly string[];
}

const entryOf = (path: string): string[] => (path.endsWith(".json") ? [] : [manifest.name + path.slice(1)]);

test.each([
  ["node10", "commonjs", ["program.ts"]],
  ["node16", "node16", ["program.cts", "program.mts"]],
  ["bundler", "esnext", ["program.ts"]],
])(
  "its types are found with moduleResolution %s, and are right down to those of its dependencies",
  async (resolution, module, files) => {
    const types = join(project.folder, "types");
    for (const file of files.filter((name) => name !== "program.ts"))
      await copyFile(join(types, "program.ts"), join(types, file));
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const flags = ["--ignoreConfig", "--ignoreDeprecations", "6.0", "--noEmit", "--strict", "--target", "es2022"];
    const how = ["--module", module, "--moduleResolution", resolution];
    await project.node([compiler, ...flags, ...how, ...files.map((file) => join("types", file))]);
  },
);

test("its command runs", async () => {
  expect(await project.exec(["pulumi-zitadel-actions", "--help"])).toMatch(/^Usage: npx pulumi-zitadel-actions /);
});

test("beside an SDK that is older than the range it is not installed", async () => {
  await expect(install(place, "npm", { "@pulumi/pulumi": "3.138.0" })).rejects.toThrow(/ERESOLVE/);
});

describe("where the environment names an instance at another address than its external domain", () => {
  const open = receivers();
  let zitadel: Zitadel;
  let gateway: Awaited<ReturnType<typeof startGateway>>;
  let port = 0;
  let requests = 0;

  beforeAll(async () => {
    zitadel = await startZitadel({ allowLoopback: true });
    ({ port } = zitadel);
    gateway = await startGateway(() => (requests++, port));
  });
  beforeEach(() => {
    requests = 0;
  });
  afterAll(async () => {
    gateway.close();
    await zitadel.stop();
  });

  const PATH = dirname(process.execPath);
  const file = () => join(project.folder, "node_modules", ".bin", "pulumi-zitadel-actions");
  const address = (externalDomain = zitadel.url) => ({
    ZITADEL_DOMAIN: "127.0.0.1",
    ZITADEL_PORT: String(gateway.port),
    ZITADEL_INSECURE: "true",
    ZITADEL_EXTERNAL_DOMAIN: externalDomain,
  });
  const command = async (args: readonly string[], env: Readonly<Record<string, string>>, input = "") =>
    spawned([file(), ...args], { PATH, ...address(), ...env }, input);

  test.each(["an access token", "a key file"])("export and doctor read it with %s", async (way) => {
    const { id } = zitadel.add({ name: way, endpoint: "https://example.com/hook", timeout: "10s", restAsync: {} });
    const keyFile = join(project.folder, "key.json");
    await writeFile(keyFile, JSON.stringify(await zitadel.owner.keyFile()), { mode: 0o600 });
    const env =
      way === "a key file" ? { ZITADEL_JWT_PROFILE_FILE: keyFile } : { ZITADEL_ACCESS_TOKEN: zitadel.accessToken };
    const state = stackExport(zitadel.targets().map((target) => entry("Target", "hook", target.id)));
    const [exported, examined] = await Promise.all([
      command(["export", "--json"], env),
      command(["doctor", "-", "--json"], env, state),
    ]);
    const where = { instance: `http://127.0.0.1:${gateway.port}`, externalDomain: new URL(zitadel.url).host };
    expect({ ...exported, stdout: JSON.parse(exported.stdout) as unknown }).toMatchObject({ code: 0, stdout: where });
    expect(exported.stdout).toContain(id);
    expect({ ...examined, stdout: JSON.parse(examined.stdout) as unknown }).toMatchObject({
      code: 0,
      stdout: { ...where, findings: [] },
    });
  });

  test("verify fetches its keys for a JWT, and send and try send it nothing", async () => {
    const receiver = await open();
    const target = addTarget(zitadel, receiver, { payloadType: "PAYLOAD_TYPE_JWT" });
    zitadel.setExecution({ request: { method: LIST_SESSIONS } }, [target.id]);
    await triggerCall(zitadel);
    const env = { ZITADEL_SIGNING_KEY: target.signingKey };
    const jwks = ["--jwks", `http://127.0.0.1:${gateway.port}`];
    expect(await command(["verify", "-", ...jwks], env, JSON.stringify(receiver.received[0]))).toMatchObject({
      code: 0,
    });
    expect(requests).toBe(1);

    const folder = join(project.folder, "tried");
    await mkdir(folder);
    await writeFile(join(folder, "Pulumi.yaml"), "name: tried\nruntime: nodejs\nmain: index.js\n");
    const inputs = '{ name: "hook", endpoint: "https://example.com/hook", timeout: "10s", restAsync: {} }';
    await writeFile(
      join(folder, "index.js"),
      `const { ZitadelTarget } = require("pulumi-zitadel-actions");\nnew ZitadelTarget("hook", ${inputs});\n`,
    );
    const sent = command(["send", receiver.url, "--event", "user.human.added"], env);
    expect(await sent).toMatchObject({ code: 0, stdout: expect.stringContaining("200") as string });
    const tried = await command(["try", folder], { ZITADEL_ACCESS_TOKEN: zitadel.accessToken });
    expect(tried).toMatchObject({ code: 0, stdout: expect.stringContaining("Everything worked") as string });
    expect(requests).toBe(1);
  });

  test("zitadel starts a mock server, which export reads through the gateway", async () => {
    const env = { PATH, ...address() };
    const server = spawn(file(), ["zitadel", "--port", "0"], { env, stdio: ["ignore", "pipe", "inherit"] });
    try {
      let said = "";
      for await (const part of server.stdout) {
        said += String(part);
        if (said.includes("ZITADEL_ACCESS_TOKEN=")) break;
      }
      const [, url = "", its = ""] = /running at (http:\/\/localhost:(\d+))\./.exec(said) ?? [];
      const [, token = ""] = /ZITADEL_ACCESS_TOKEN=(\w+)/.exec(said) ?? [];
      port = Number(its);
      const settings = { ...address(url), ZITADEL_ACCESS_TOKEN: token };
      expect(await command(["export", "--json"], settings)).toMatchObject({ code: 0 });
      expect(requests).toBeGreaterThan(0);
    } finally {
      ({ port } = zitadel);
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    }
  });
});
