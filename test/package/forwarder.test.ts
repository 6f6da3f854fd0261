import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { forwarder } from "../../provider/dynamic/forwarder";
import { ZitadelTarget } from "../../provider";
import { packed } from "../support/installed";

const root = join(__dirname, "..", "..");
const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: object };

interface Registered {
  type: string;
  inputs: Record<string, unknown>;
}

const registered: Registered[] = [];

beforeAll(() =>
  pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      registered.push({ type, inputs: inputs as Record<string, unknown> });
      return { id: `${name}-id`, state: inputs as object };
    },
    call: () => ({}),
  }),
);

async function register(declare: () => pulumi.CustomResource): Promise<Registered> {
  registered.length = 0;
  await new Promise<void>((resolve) => declare().urn.apply(() => resolve()));
  return registered[0] ?? { type: "", inputs: {} };
}

const args = { endpoint: "https://example.com", timeout: "10s", restAsync: {} };

test("what travels in the state is one short, constant text", async () => {
  const { inputs } = await register(() => new ZitadelTarget("hook", args));
  expect(inputs["__provider"]).toBe(
    'exports.handler=()=>require("module").createRequire(process.cwd()+"/x.js")("pulumi-zitadel-actions/runtime").target',
  );
  expect(inputs["__provider"]).toBe(forwarder("target"));
  expect(Buffer.byteLength(forwarder("target"))).toBeLessThanOrEqual(200);
});

test("its type and its property are those that pulumi.dynamic.Resource registers", async () => {
  const provider: pulumi.dynamic.ResourceProvider = { create: () => Promise.resolve({ id: "1", outs: {} }) };
  class Theirs extends pulumi.dynamic.Resource {}
  const theirs = await register(() => new Theirs(provider, "hook", {}, undefined, "zitadel", "Target"));
  const ours = await register(() => new ZitadelTarget("hook", args));
  expect(ours.type).toBe(theirs.type);
  const texts = (inputs: Record<string, unknown>) =>
    Object.keys(inputs).filter((key) => typeof inputs[key] === "string" && inputs[key].startsWith("exports.handler"));
  expect(texts(ours.inputs)).toEqual(texts(theirs.inputs));
});

describe("the text finds the installed package from the program's folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "installed-"));
    await writeFile(join(folder, "package.json"), '{"name":"program","private":true}');
    await mkdir(join(folder, "node_modules", "@pulumi"), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Loads the text as Pulumi's provider process does, in a process whose working folder is the program's. */
  function methodsFrom(cwd: string): string[] {
    const load = `const m = { exports: {} }; new Function("exports", "require", process.argv[1])(m.exports, require); console.log(Object.keys(m.exports.handler()).join());`;
    return execFileSync(process.execPath, ["-e", load, forwarder("target")], { cwd, encoding: "utf8" })
      .trim()
      .split(",");
  }
  const methods = ["configure", "check", "diff", "create", "read", "update", "delete"];

  test("installed as a symlink, as npm link, workspaces and pnpm do", async () => {
    await symlink(root, join(folder, "node_modules", "pulumi-zitadel-actions"));
    expect(methodsFrom(folder)).toEqual(methods);
  });

  test("from within the package's own repository", () => {
    expect(methodsFrom(join(root, "examples", "quickstart"))).toEqual(methods);
  });

  test("unpacked from a tarball", async () => {
    const place = join(folder, "node_modules", "pulumi-zitadel-actions");
    await mkdir(place);
    execFileSync("tar", ["-xzf", await packed(), "--strip-components=1", "-C", place]);
    for (const name of Object.keys(dependencies))
      await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
    expect(methodsFrom(folder)).toEqual(methods);
  });

  test("not installed: Node says what is missing", () => {
    expect(() => methodsFrom(folder)).toThrow("Cannot find module 'pulumi-zitadel-actions/runtime'");
  });
});
