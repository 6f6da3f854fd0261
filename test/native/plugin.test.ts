import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { root } from "../support/documents";

// The plugin as Pulumi starts it: `plugin/`, which `npm run build` writes.

const plugin = join(root, "plugin");
const launcher = join(plugin, "pulumi-resource-zitadel-actions");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

let folder: string;
let stop = () => {};
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "plugin-"))));
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true });
});

/** Runs the launcher with a PATH of one folder, which has the shell's tools and maybe a `node`, and returns how it failed. */
function failing(node: string | undefined, ...args: string[]): { status: number; stderr: string } {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const tool of ["sh", "dirname"])
    symlinkSync(execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(bin, tool));
  if (node !== undefined) {
    writeFileSync(join(bin, "node"), node);
    chmodSync(join(bin, "node"), 0o755);
  }
  try {
    execFileSync(launcher, args, { env: { PATH: bin }, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    return error as { status: number; stderr: string };
  }
  throw new Error("It did not fail.");
}

const onPosix = process.platform === "win32" ? test.skip : test;

onPosix("without Node, or with an old one, the launcher says what it needs", () => {
  expect(failing(undefined, "127.0.0.1:1")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/needs Node 22 or later on the PATH, and there is no node\./) as string,
  });
  rmSync(join(folder, "bin"), { recursive: true });
  expect(failing("#!/bin/sh\necho v20.11.1\n", "127.0.0.1:1")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/needs Node 22 or later on the PATH, but .*node is v20\.11\.1\./) as string,
  });
});

onPosix("started by hand, it says what it is", () => {
  const node = `#!/bin/sh\nexec ${process.execPath} "$@"\n`;
  expect(failing(node)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /^This is the Pulumi provider zitadel-actions\. Pulumi starts it by itself: /,
    ) as string,
  });
});

/** Starts the plugin as Pulumi does, with pipes, and returns the port that it writes. */
async function started() {
  const engine = createServer().listen(0, "127.0.0.1");
  await once(engine, "listening");
  const { port: enginePort } = engine.address() as AddressInfo;
  const child = spawn(launcher, ["--logtostderr", "-v=9", `127.0.0.1:${enginePort}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  stop = () => {
    child.kill();
    engine.close();
  };
  const [port] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, ended, port };
}

onPosix("started by Pulumi, it writes its port, and answers before any handshake", async () => {
  const { child, ended, port } = await started();
  expect(port).toMatch(/^\d+$/);
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const info = await new Promise((resolve, reject) =>
    client.getPluginInfo(new Empty(), (error, answer) => (error === null ? resolve(answer.toObject()) : reject(error))),
  );
  client.close();
  expect(info).toEqual({ version });
  // So the engine ends it when a command is done, and would wait for five seconds if it stayed.
  child.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
});

onPosix("it ends when the engine dies without ending it", async () => {
  const { child, ended } = await started();
  child.stdin.end(); // as the system does
  expect(await ended).toEqual([0, null]);
});
