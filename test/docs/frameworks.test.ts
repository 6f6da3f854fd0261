import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { transformSync } from "@swc/core";
import { read, root, snippets } from "../support/documents";
import { headersOf } from "../support/webhook";

// The programs of docs/frameworks.md, each as a process with the real framework. Next.js: test/package/frameworks.

const page = read("docs/frameworks.md");
const programs = snippets(page).filter(({ language }) => language === "ts");
const of = (...words: string[]): string =>
  programs.find(({ code }) => words.every((word) => code.includes(word)))?.code ?? "";
const key = "a-signing-key-made-up-for-this-test";
const body = '{ "event_type" :"user.human.added", "event_payload":{"n":1.50} }';
const headers = (signedWith: string) => ({
  "Content-Type": "application/json",
  ...headersOf(body, signedWith, Math.floor(Date.now() / 1_000)),
});
const rejected = [401, '{"error":"signature_mismatch"}'];

let running: ChildProcess | undefined;
afterEach(async () => {
  if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
  running.removeAllListeners();
  running.kill("SIGKILL");
  await once(running, "exit");
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

/** As JavaScript: decorators are not JavaScript yet, and not only types. */
function javascript(code: string): string {
  const parser = { syntax: "typescript", decorators: true } as const;
  const transform = { legacyDecorator: true, decoratorMetadata: true };
  return transformSync(code, { jsc: { target: "es2022", parser, transform }, module: { type: "es6" } }).code;
}
const args = (code: string) => ["--input-type=module", "-e", javascript(code)];

test.each([
  ["Express", of("express.json()", "app.listen(")],
  ["node:http", of("createServer(")],
  ["Koa", of('from "koa"')],
  ["Fastify", of('from "fastify"')],
  ["Hono", of('from "hono"')],
  ["NestJS", of("class AppModule {}", "app.use(\n")],
  ["NestJS, in a controller", of("@Controller(")],
])("%s: accepts a delivery, and rejects a forgery", async (_, code) => {
  expect(code).not.toBe("");
  const { send, printed } = await started(code, "/zitadel");
  expect([await send(headers(key)), await send(headers("forged"))]).toEqual([[200, ""], rejected]);
  expect(printed()).toContain("accepted: event");
});

test("docs/webhook.md, Try it: the program prints the delivery that the command sends", async () => {
  const [, text = ""] = /^## Try it\n([^]*?)^## /m.exec(read("docs/webhook.md").text) ?? [];
  const [program, start, command] = snippets({ path: "Try it", text }).map(({ code }) => code);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "try-it-"));
  const here = (code = "") =>
    code
      .replace("8090", port)
      .replace('"pulumi-zitadel-actions/webhook"', JSON.stringify(join(root, "dist", "esm", "webhook", "index.js")))
      .replace("npx pulumi-zitadel-actions", '"$NODE" "$COMMAND"')
      .replace(/\bnode receiver/, '"$NODE" receiver');
  await writeFile(join(folder, "receiver.mjs"), here(program));
  const commandFile = join(root, "dist", "cli", "main.js");
  const env = { PATH: process.env["PATH"], NODE: process.execPath, COMMAND: commandFile };
  const child = spawn("sh", ["-c", here(start).replace('"$NODE" receiver', 'exec "$NODE" receiver')], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  running = child;
  let printed = "";
  child.stdout.on("data", (data: Buffer) => (printed += data.toString()));
  while (
    !(await fetch(`http://localhost:${port}`).then(
      () => true,
      () => false,
    ))
  )
    await setTimeout(50);
  expect(execFileSync("sh", ["-c", here(command)], { env, encoding: "utf8" })).toContain("ZITADEL can use the answer.");
  while (printed === "") await setTimeout(50);
  expect(printed).toMatch(/^event \{/);
  await rm(folder, { recursive: true });
});

const mail = snippets(read("docs/webhook.md")).filter(({ code }) => code.includes("MAIL_SIGNING_KEY"));
test("there are two programs for e-mail providers", () => expect(mail).toHaveLength(2));

test.each(mail.map(({ place, code }) => [place, code]))(
  "%s: accepts what is signed, rejects a forgery, and survives a body that cannot be parsed",
  async (_, code) => {
    const { send, printed } = await started(code, "/mail");
    expect(await send(headers(key))).toMatchObject([200, expect.stringMatching(/^(OK)?$/)]);
    expect(await send(headers("forged"))).toEqual([401, "signature_mismatch"]);
    expect(await send({})).toEqual([401, "header_missing"]);
    const signed = headersOf("no JSON", key, Math.floor(Date.now() / 1_000));
    expect(await send(signed, "no JSON")).toEqual([500, "failed"]);
    expect(await send(headers(key), "")).toEqual([400, "body_missing"]);
    expect((await send(headers(key)))[0]).toBe(200);
    expect(printed()).toContain("user.human.added");
  },
);

test("docs/webhook.md, several targets: no path leads a target's delivery to the handler of another", async () => {
  const { code } = snippets(read("docs/webhook.md")).find((one) => one.code.includes("ZITADEL_SIGNING_KEYS")) ?? {};
  const keys = JSON.stringify({ "/zitadel/claims": "the-key-of-claims", "/zitadel/audit": "the-key-of-audit" });
  // The same with another way to register a path, which takes all that begin with it.
  for (const program of [code ?? "", code?.replace("app.post(", "app.use(") ?? ""]) {
    const { port, printed } = await started(program, "", { ZITADEL_SIGNING_KEYS: keys });
    const send = (path: string, signedWith: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { port, path, method: "POST", headers: headers(signedWith) };
        request(options, (response) => resolve(response.resume().statusCode))
          .on("error", reject)
          .end(body);
      });
    expect(await send("/zitadel/claims", "the-key-of-claims")).toBe(200);
    expect(await send("/zitadel/audit?a=b", "the-key-of-audit")).toBe(200);
    for (const path of [
      "/zitadel/claims",
      "/zitadel/claims/../audit",
      "/zitadel/claims/%2e%2e/audit",
      "/zitadel/claims/..\\audit",
      "/zitadel/claims#/../../zitadel/audit",
      "http://x/zitadel/claims/../audit",
      "http://x\\zitadel\\claims/zitadel/audit",
      "//zitadel/audit/../claims",
      "/ZITADEL/claims/",
    ])
      expect([path, await send(path, "the-key-of-audit")]).not.toEqual([path, 200]);
    expect(printed().match(/^claims: /gm)).toHaveLength(1);
    running?.kill("SIGKILL");
  }
});

/** Starts a program of the documents as a process, and gives what it answers to a POST, and what it has printed. */
async function started(code: string, path: string, more: Readonly<Record<string, string>> = {}) {
  const port = await freePort();
  const env = { PATH: process.env["PATH"], PORT: port, ZITADEL_SIGNING_KEY: key, MAIL_SIGNING_KEY: key, ...more };
  const child = spawn(process.execPath, args(code), { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  running = child;
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (printed += data.toString()));
  child.on("exit", () => (printed += "\nthe service ended"));
  while (!/listening on port|the service ended/.test(printed)) await setTimeout(50);
  expect(printed).not.toContain("the service ended");
  const send = async (given: Record<string, string>, text = body): Promise<[status: number, text: string]> => {
    const response = await fetch(`http://localhost:${port}${path}`, { method: "POST", body: text, headers: given });
    return [response.status, await response.text()];
  };
  return { port, send, printed: () => printed };
}

test.each([
  [
    "AWS Lambda",
    of("lambdaWebhook"),
    `const send = async (headers) => {
      const { statusCode, body: text } = await handler({ version: "2.0", headers, body: btoa(body), isBase64Encoded: true });
      return [statusCode, text];
    };`,
  ],
  [
    "Cloudflare Workers",
    of("interface Env").replace("export default", "const worker ="),
    `const send = async (headers) => {
      const request = new Request("https://example.com/zitadel", { method: "POST", headers, body });
      const response = await worker.fetch(request, { ZITADEL_SIGNING_KEY: ${JSON.stringify(key)} }, {});
      return [response.status, await response.text()];
    };`,
  ],
])("%s: accepts a delivery, and rejects a forgery", (_, code, send) => {
  expect(code).not.toBe("");
  const rest = `const body = ${JSON.stringify(body)}; ${send}
    for (const headers of ${JSON.stringify([headers(key), headers("forged")])}) console.log(JSON.stringify(await send(headers)));`;
  const env = { PATH: process.env["PATH"], ZITADEL_SIGNING_KEY: key };
  const printed = execFileSync(process.execPath, args(`${code}\n${rest}`), { cwd: root, env, encoding: "utf8" });
  expect(printed.trim().split("\n")).toEqual(["accepted: event", JSON.stringify([200, ""]), JSON.stringify(rejected)]);
});
