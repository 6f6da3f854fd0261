import { execFile } from "node:child_process";
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { openDeployment } from "../../local/deployment";
import type { ConfigValue } from "../../local/engine";
import { parseYaml } from "../../local/engine/sdk-location";
import { leadingTo } from "../../local/settings";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { examples, instructionsOf } from "../support/examples";
import { openPlace, type Place, root } from "../support/installed";
import { installed } from "../support/locked";
import { resolves } from "../support/resolves";
import { webhook } from "../support/world";

// Runs every example as a user of the package does, without the repository: copied from the packed package into its own folder, with only
// the packages that the `npm install` in its README names, and their dependencies. The packages come from this repository, in its
// versions, so no registry is needed.

jest.setTimeout(180_000);

const execute = promisify(execFile);
const own = "pulumi-zitadel-actions";

let place: Place;
let unpacked: string;
let zitadel: Zitadel;

beforeAll(async () => {
  place = await openPlace();
  const folder = await place.newFolder();
  await execute("tar", ["-xzf", place.tarball, "-C", folder]);
  unpacked = join(folder, "package");
  zitadel = await startZitadel({ resolves });
  zitadel.add({ ...webhook, name: "audit" });
});
afterAll(async () => {
  await zitadel.stop();
  await place.remove();
});

/** Puts a package's files into another folder, without the packages that lie in its own. */
function putFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules") putFiles(source, target);
    } else putFile(source, target);
  }
}

function putFile(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target); // The temporary folder is on another disk.
  }
}

const installs = new Map<string, Promise<string>>();

/** A node_modules with packages of these names, as `npm install` would make it. */
function nodeModulesWith(names: readonly string[]): Promise<string> {
  const key = [...names].sort().join(" ");
  const made = installs.get(key) ?? makeNodeModules(names);
  installs.set(key, made);
  return made;
}

async function makeNodeModules(names: readonly string[]): Promise<string> {
  const folder = await place.newFolder();
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: object };
  const needed = [...names.filter((name) => name !== own), ...Object.keys(dependencies)];
  for (const path of installed(needed).keys()) {
    // What is optional is not there on every machine.
    if (readable(join(root, path))) putFiles(join(root, path), join(folder, path));
  }
  putFiles(unpacked, join(folder, "node_modules", own));
  return join(folder, "node_modules");
}

function readable(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}

/** The names in an `npm install`, without the versions, which are those of this repository. */
const namesOf = (example: string): string[] =>
  instructionsOf(example).packages.map((one) => one.replace(/(?<=.)@.*$/, ""));

/** A copy of an example, with these packages. */
async function copyOf(example: string, names = namesOf(example)): Promise<string> {
  const folder = await place.newFolder();
  await cp(join(unpacked, "examples", example), folder, { recursive: true });
  symlinkSync(await nodeModulesWith(names), join(folder, "node_modules"));
  // `npm init --yes`, and what `npm install` adds.
  const dependencies = Object.fromEntries(names.map((name) => [name, "*"]));
  const manifest = { name: "copy", version: "1.0.0", main: "index.js", type: "commonjs", dependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  return folder;
}

/** What the reader configures beside what the README's first block sets. */
const more: Readonly<Record<string, (folder: string) => Record<string, ConfigValue | string>>> = {
  adopt: () => ({ "zitadel-actions-adopt:endpoint": "https://example.com/audit" }),
  environments: (folder) => {
    const text = readFileSync(join(folder, "Pulumi.dev.yaml"), "utf8");
    const { config } = parseYaml(text) as { config: Record<string, string> };
    return config;
  },
  instances: () => {
    const { accessToken } = zitadel;
    const instance = (domain: string) => ({ domain, accessToken });
    const value = JSON.stringify({ production: instance("one.example.com"), staging: instance("two.example.com") });
    return { "zitadel-actions:instances": { value, secret: true } };
  },
  tenants: (folder) => {
    const [tenant] = JSON.parse(readFileSync(join(folder, "tenants.json"), "utf8")) as [
      { endpoint: string; events: string[] },
    ];
    return {
      "zitadel-actions-tenants:endpoint": tenant.endpoint,
      "zitadel-actions-tenants:events": JSON.stringify(tenant.events),
    };
  },
};

/** Those with resources of other clouds, for which there is no provider here. */
const clouds = ["aws-secrets-manager", "key-pair", "kubernetes-secret"];

async function preview(example: string, folder: string): Promise<{ exitCode: number; text: string }> {
  const config = { ...instructionsOf(example).config, ...more[example]?.(folder), ...leadingTo(zitadel) };
  const env = { NODE_COMPILE_CACHE: join(dirname(unpacked), "node-compile") };
  const deployment = await openDeployment({ projectDir: folder, config, env });
  try {
    const { exitCode, stdout, stderr } = await deployment.preview();
    return { exitCode, text: stdout + stderr };
  } finally {
    await deployment.close();
  }
}

test.each(examples)(
  "the install line of %s names the package, Pulumi and TypeScript, of versions that are tested",
  (name) => {
    const { packages } = instructionsOf(name);
    expect(packages.slice(0, 4)).toEqual([own, "@pulumi/pulumi", "@types/node", "typescript@6"]);
    expect(packages.slice(0, 4)).toEqual(instructionsOf("quickstart").packages);
    const version = installed(["typescript"]).get("node_modules/typescript")?.version;
    expect(version).toMatch(/^6\./);
  },
);

test.each(examples.filter((name) => !clouds.includes(name)))(
  "%s previews in a copy, with what its README installs",
  async (name) => {
    const { exitCode, text } = await preview(name, await copyOf(name));
    expect({ exitCode, text: exitCode === 0 ? "" : text }).toEqual({ exitCode: 0, text: "" });
  },
);

test.each(clouds)("%s runs in a copy, with what its README installs, under Pulumi's mocks", async (name) => {
  const folder = await copyOf(name);
  const script = join(folder, "mocked-program.js");
  copyFileSync(join(root, "test", "support", "mocked-program.js"), script);
  const args = [script, `zitadel-actions-${name}`, JSON.stringify(instructionsOf(name).config)];
  const { stdout } = await execute(process.execPath, args, { cwd: folder });
  expect(JSON.parse(stdout)).toEqual(
    expect.arrayContaining([expect.stringMatching(/zitadel:Target /), expect.stringMatching(/zitadel:Execution /)]),
  );
});

test.each(examples)("every module that %s imports is installed, its receiver's too", async (name) => {
  const folder = await copyOf(name);
  const { resolve } = createRequire(join(folder, "index.ts"));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const imported = files
    .filter((file) => file.endsWith(".ts") && !file.startsWith("node_modules"))
    .flatMap((file) => [...readFileSync(join(folder, file), "utf8").matchAll(/ from "([^."][^"]*)"/g)])
    .map(([, specifier = ""]) => specifier);
  expect(imported).toContain(own);
  for (const specifier of imported.filter((one) => !one.startsWith("node:")))
    expect(resolve(specifier).startsWith(await nodeModulesWith(namesOf(name)))).toBe(true);
});

test("the service of tenants starts beside the package.json that `npm init` writes, and Node warns of nothing", async () => {
  const cwd = await copyOf("tenants");
  writeFileSync(join(cwd, "tokens.json"), "{}", { mode: 0o600 });
  const { stdout, stderr } = await execute(process.execPath, ["service/main.ts", "--help"], { cwd });
  expect([stdout, stderr]).toEqual([expect.stringMatching(/^Usage: /), ""]);
});

test("without TypeScript a preview fails as docs/troubleshooting.md says: nothing else is found from a copy", async () => {
  const names = namesOf("quickstart").filter((name) => name !== "typescript");
  const { exitCode, text } = await preview("quickstart", await copyOf("quickstart", names));
  expect(exitCode).not.toBe(0);
  const said = "error TS6046: Argument for '--target' option must be: ";
  expect(text).toContain(said);
  expect(readFileSync(join(unpacked, "docs", "troubleshooting.md"), "utf8")).toContain(`## TS6046\n\n`);
  expect(readFileSync(join(unpacked, "docs", "troubleshooting.md"), "utf8")).toContain(said);
});
