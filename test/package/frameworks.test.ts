import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { read, snippets } from "../support/documents";
import { openPlace, type Place } from "../support/installed";
import { headersOf } from "../support/webhook";

// The receivers of docs/frameworks.md, in NestJS and Next.js from the registry, with the packed package.

jest.setTimeout(600_000);

const [nest = "", , next = ""] = snippets(read("docs/frameworks.md"))
  .filter(({ marks }) => marks.includes("installed"))
  .map(({ code }) => code);
const key = "a-signing-key-made-up-for-this-test";
const dependencies = {
  "@nestjs/common": "^12",
  "@nestjs/core": "^12",
  "@nestjs/platform-express": "^12",
  next: "^16",
  react: "^19",
  "react-dom": "^19",
  "reflect-metadata": "^0.2",
  rxjs: "^7",
};

let place: Place;
let folder: string;
beforeAll(async () => {
  place = await openPlace();
  folder = await place.newFolder();
  const own = { "pulumi-zitadel-actions": `file:${place.tarball}` };
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ private: true, dependencies: { ...own, ...dependencies } }),
  );
  const install = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await promisify(execFile)("npm", install, { cwd: folder, env: { ...process.env, NODE_USE_SYSTEM_CA: "1" } });
});
afterAll(() => place.remove());

let running: ChildProcess | undefined;
afterEach(async () => {
  const child = running;
  running = undefined;
  if (child === undefined || child.exitCode !== null) return;
  child.kill();
  await once(child, "exit");
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}

/** The environment of this process, without npm's and Jest's own variables. */
const clean = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_ENV$|^JEST_|^ZITADEL_/.test(name)),
);

/** Starts a service, and waits until it prints that it is ready. Returns what it has printed so far, later also. */
async function start(args: readonly string[], port: string, ready: string): Promise<() => string> {
  const env = { ...clean, PORT: port, ZITADEL_SIGNING_KEY: key, NEXT_TELEMETRY_DISABLED: "1" };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  running = child;
  let text = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data: Buffer) => {
        text += data.toString();
        if (text.includes(ready)) resolve();
      });
    child.once("exit", () => reject(new Error(`the service ended:\n${text}`)));
  });
  return () => text;
}

/** Sends a genuine delivery with a body that a parser would not keep byte for byte, and a forged one. */
async function deliver(port: string): Promise<[number, string][]> {
  const body = '{ "event_type" :"user.human.added", "event_payload":{"n":1.50} }';
  const now = Math.floor(Date.now() / 1_000);
  const answers: [number, string][] = [];
  for (const signedWith of [key, "forged"]) {
    const headers = { "Content-Type": "application/json", ...headersOf(body, signedWith, now) };
    const response = await fetch(`http://localhost:${port}/zitadel`, { method: "POST", body, headers });
    answers.push([response.status, await response.text()]);
  }
  return answers;
}

const expected = [
  [200, ""],
  [401, '{"error":"signature_mismatch"}'],
];

test("NestJS: the adapter gets the raw body, before NestJS's own parser", async () => {
  await writeFile(join(folder, "nest.mts"), nest);
  const port = await freePort();
  const printed = await start(["nest.mts"], port, "listening on port");
  expect(await deliver(port)).toEqual(expected);
  expect(printed()).toContain("accepted: event");
});

test("NestJS: a parser that is registered above it makes every delivery fail, as the page says", async () => {
  const code = nest.replace("\napp.use(", "\napp.use((await import('express')).default.json());\napp.use(");
  expect(code).not.toBe(nest);
  await writeFile(join(folder, "parsed.mts"), code);
  const port = await freePort();
  await start(["parsed.mts"], port, "listening on port");
  expect((await deliver(port)).map(([, text]) => text)).toEqual(['{"error":"body_parsed"}', '{"error":"body_parsed"}']);
});

test("Next.js: a route handler does, in a build that did not have the key", async () => {
  await mkdir(join(folder, "app", "zitadel"), { recursive: true });
  // Without types, Next.js needs no TypeScript.
  await writeFile(join(folder, "app", "zitadel", "route.js"), next);
  await mkdir(join(folder, "pages", "api"), { recursive: true });
  const route = `import { expressWebhook } from "pulumi-zitadel-actions/webhook";
    export default expressWebhook({ signingKey: () => process.env.ZITADEL_SIGNING_KEY }, () => undefined);`;
  await writeFile(join(folder, "pages", "api", "parsed.js"), route);
  await writeFile(
    join(folder, "pages", "api", "zitadel.js"),
    `${route}\nexport const config = { api: { bodyParser: false } };`,
  );
  const command = join(folder, "node_modules", "next", "dist", "bin", "next");
  await promisify(execFile)(process.execPath, [command, "build"], {
    cwd: folder,
    env: { ...clean, NEXT_TELEMETRY_DISABLED: "1" },
  });
  const port = await freePort();
  await start([command, "start", "--port", port, "--hostname", "localhost"], port, "Ready in");
  expect(await deliver(port)).toEqual(expected);

  // API routes of the Pages Router: with the body parser, a JWT gets 400 before the receiver. Without it, it arrives: a receiver for
  // JSON rejects its payload type.
  const token = "e30.e30.e30";
  const signed = headersOf(token, key, Math.floor(Date.now() / 1_000));
  const answers = ["parsed", "zitadel"].map(async (name) => {
    const headers = { "Content-Type": "application/json", ...signed };
    const response = await fetch(`http://localhost:${port}/api/${name}`, { method: "POST", body: token, headers });
    return [response.status, await response.text()];
  });
  expect(await Promise.all(answers)).toEqual([
    [400, "Invalid JSON"],
    [401, '{"error":"payload_type"}'],
  ]);
});
