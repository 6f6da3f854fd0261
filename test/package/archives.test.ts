import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { credentials, type ServiceClientConstructor } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { root } from "../support/documents";

// The archives of a release: what Pulumi downloads, unpacks and starts.

const launcher = "pulumi-resource-zitadel-actions";
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const url = "https://example.com/releases/download/v1";

let folder: string;
const place = (...names: string[]) => join(folder, ...names);
const archive = (platform: string) => `${launcher}-v${version}-${platform}.tar.gz`;

function write(where: string): void {
  execFileSync(process.execPath, [join(root, "build", "archives.mts"), where, url], { stdio: "pipe" });
}

/** Unpacks an archive, and returns the names in it. */
function unpack(platform: string): string[] {
  const target = place(platform);
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", place("release", archive(platform)), "-C", target]);
  return readdirSync(target).sort();
}

/** An environment whose PATH has the shell's tools, and this node or none. */
function environment(name: string, node?: string): NodeJS.ProcessEnv {
  const bin = place(`bin-${name}`);
  mkdirSync(bin);
  for (const tool of ["sh", "dirname"])
    symlinkSync(execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(bin, tool));
  if (node !== undefined) symlinkSync(node, join(bin, "node"));
  return { PATH: bin };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "archives-"));
  write(place("release"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("there is one for each platform, with its checksum", () => {
  const platforms = ["darwin", "linux", "windows"].flatMap((system) => [`${system}-amd64`, `${system}-arm64`]);
  expect(readdirSync(place("release"))).toEqual(["checksums.txt", ...platforms.map(archive), "schema.json"]);
  const sums = readFileSync(place("release", "checksums.txt"), "utf8").trimEnd().split("\n");
  const sumOf = (name: string) =>
    createHash("sha256")
      .update(readFileSync(place("release", name)))
      .digest("hex");
  expect(sums.sort()).toEqual(platforms.map((platform) => `${sumOf(archive(platform))}  ${archive(platform)}`).sort());
});

test("the same plugin makes the same archives", () => {
  write(place("again"));
  const sums = (where: string) => readFileSync(place(where, "checksums.txt"), "utf8");
  expect(sums("again")).toBe(sums("release"));
});

test("each has the provider, its licenses, the schema with the address of the release, and what its system starts", () => {
  const common = ["LICENSE", "THIRD-PARTY-LICENSES.txt", "provider.js"];
  expect(unpack("linux-amd64")).toEqual([...common, launcher, "schema.json"]);
  expect(unpack("darwin-arm64")).toEqual([...common, launcher, "schema.json"]);
  expect(unpack("windows-amd64")).toEqual([...common, `${launcher}.cmd`, "schema.json"]);
  const schema = readFileSync(place("release", "schema.json"), "utf8");
  expect(readFileSync(place("linux-amd64", "schema.json"), "utf8")).toBe(schema);
  expect(JSON.parse(schema)).toMatchObject({ name: "zitadel-actions", version, pluginDownloadURL: url });
});

describe("what is unpacked", () => {
  const start = (env: NodeJS.ProcessEnv, ...args: string[]) =>
    spawnSync(place("linux-arm64", launcher), args, { env, encoding: "utf8" });
  beforeAll(() => void unpack("linux-arm64"));

  test("answers the engine", async () => {
    const env = environment("current", process.execPath);
    const plugin = spawn(place("linux-arm64", launcher), ["127.0.0.1:1"], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = (await once(plugin.stdout, "data")) as [Buffer];
      expect(await pluginVersion(Number(line))).toBe(version);
    } finally {
      plugin.kill();
      await once(plugin, "exit");
    }
  });

  test("says what it is if somebody starts it", () => {
    const { status, stderr } = start(environment("by-hand", process.execPath));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^This is the Pulumi provider zitadel-actions\. .*`pulumi up`/);
  });

  test("says that it needs Node if there is none", () => {
    const { status, stderr } = start(environment("none"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/needs Node 22 or later on the PATH, and there is no node\. /);
  });

  test("says that it needs a later Node if there is an old one", () => {
    const old = place("old-node");
    writeFileSync(old, "#!/bin/sh\necho v20.19.0\n", { mode: 0o755 });
    const { status, stderr } = start(environment("old", old), "127.0.0.1:1");
    expect(status).toBe(1);
    expect(stderr).toMatch(/needs Node 22 or later on the PATH, but .* is v20\.19\.0\. /);
  });
});

test("a schema of another version is not archived", () => {
  const copy = place("copy");
  for (const name of ["build", "plugin"]) mkdirSync(join(copy, name), { recursive: true });
  writeFileSync(join(copy, "build", "archives.mts"), readFileSync(join(root, "build", "archives.mts")));
  writeFileSync(join(copy, "package.json"), JSON.stringify({ version: "9.9.9" }));
  writeFileSync(join(copy, "plugin", "schema.json"), JSON.stringify({ version }));
  const { status, stderr } = spawnSync(process.execPath, [join(copy, "build", "archives.mts"), place("none"), url], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toContain(`plugin/schema.json has version ${version}, and package.json 9.9.9: run \`npm run docs\``);
});

/** Asks a plugin for its version, as the engine does. */
async function pluginVersion(port: number): Promise<string> {
  const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- it has no types that this test could use
  const { ResourceProviderClient } = require(join(sdk, "proto", "provider_grpc_pb.js")) as {
    ResourceProviderClient: ServiceClientConstructor;
  };
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) => {
      const method = client["getPluginInfo"] as (
        request: Empty,
        answer: (error: Error | null, info: { getVersion(): string }) => void,
      ) => void;
      method.call(client, new Empty(), (error, info) => (error === null ? resolve(info.getVersion()) : reject(error)));
    });
  } finally {
    client.close();
  }
}
