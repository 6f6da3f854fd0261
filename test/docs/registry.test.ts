import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { read, root, snippets } from "../support/documents";

// The settings for a private registry in docs/monorepos.md, with a registry of the test's own.

jest.setTimeout(120_000);

const token = "a-made-up-token-of-a-registry";
let folder: string;
let registry: Server;
let asked: string[];

beforeAll(async () => {
  registry = createServer((request, response) => {
    asked.push(`${request.url ?? ""} ${request.headers.authorization ?? "without a token"}`);
    response.statusCode = request.headers.authorization === `Bearer ${token}` ? 200 : 401;
    const name = "pulumi-zitadel-actions";
    const dist = { tarball: "http://localhost/none.tgz", shasum: "0".repeat(40) };
    const versions = { "7.7.7": { name, version: "7.7.7", dist } };
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify(response.statusCode === 200 ? { name, "dist-tags": { latest: "7.7.7" }, versions } : {}),
    );
  });
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
  const [npmrc = "", login = "", yarnrc = ""] = snippets(read("docs/monorepos.md"))
    .filter(({ code }) => code.includes("npm.example.com"))
    .map(({ code }) => code.replace("https:", "http:").replace("//npm.example.com", `//${host}`));
  folder = await mkdtemp(join(tmpdir(), "registry-"));
  const files = {
    "repository/.npmrc": npmrc,
    "repository/.yarnrc.yml": `${yarnrc}unsafeHttpWhitelist: [127.0.0.1]\nenableTelemetry: false\n`,
    "repository/package.json": '{ "name": "root", "private": true, "workspaces": ["infra"] }',
    "repository/pnpm-workspace.yaml": "packages: [infra]\n",
    "repository/yarn.lock": "",
    "repository/infra/package.json": '{ "name": "infra", "version": "1.0.0", "private": true }',
    "home/.npmrc": login,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
});
beforeEach(() => (asked = []));
afterAll(async () => {
  registry.close();
  await rm(folder, { recursive: true });
});

const tool = (path: string) => [process.execPath, join(root, "node_modules", path)];
const tools: readonly [string, readonly string[]][] = [
  ["npm", ["npm", "view", "pulumi-zitadel-actions", "version"]],
  ["pnpm", [...tool("pnpm/bin/pnpm.mjs"), "view", "pulumi-zitadel-actions", "version"]],
  ["Yarn", [...tool("@yarnpkg/cli-dist/bin/yarn.js"), "npm", "info", "pulumi-zitadel-actions", "--fields", "version"]],
];

test.each(tools)(
  "%s asks the registry of the repository, with the token of the job",
  async (_, [program = "", ...args]) => {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(npm|pnpm|yarn)_/i.test(name));
    const env = {
      ...Object.fromEntries(inherited),
      HOME: join(folder, "home"),
      NPM_TOKEN: token,
      NO_PROXY: "127.0.0.1",
    };
    const run = promisify(execFile)(program, args, { cwd: join(folder, "repository", "infra"), env });
    const { stdout } = await run;
    expect(stdout).toContain("7.7.7");
    expect(asked).toContain(`/pulumi-zitadel-actions Bearer ${token}`);
  },
);
