import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStage, type Stage } from "./support/deploy";
import { trigger, triggerCall } from "./support/receiver";
import { compileCache } from "./support/records";
import { headersOf } from "./support/webhook";

// The receivers of the examples, each as a process next to the stack with its target: deployed, called, and called with forgeries.

const examples = join(__dirname, "..", "examples");
const temporary = mkdtempSync(join(tmpdir(), "webhook-examples-"));
const running: ChildProcess[] = [];
let stage: Stage | undefined;

afterEach(async () => {
  for (const child of running.splice(0)) {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  await stage?.close();
});
afterAll(() => rmSync(temporary, { recursive: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts an example's receiver; once it listens, what it has written can be asked for, as soon as that has a text in it. */
async function start(
  example: string,
  env: Record<string, string>,
): Promise<{ written: (text: string) => Promise<string> }> {
  const child = spawn(process.execPath, [join(examples, example, "receiver.mts")], {
    env: { PATH: process.env["PATH"], ...compileCache(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  let all = "";
  const news = new EventEmitter();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      all += data.toString();
      news.emit("news");
    });
  child.once("exit", () => news.emit("news"));
  const written = async (text: string): Promise<string> => {
    while (!all.includes(text)) {
      if (child.exitCode !== null) throw new Error(`the receiver ended:\n${all}`);
      await once(news, "news");
    }
    return all;
  };
  await written("listening");
  return { written };
}

async function deploy(
  example: string,
  config: Record<string, string>,
): Promise<Stage & { outputs: Record<string, string> }> {
  const port = await freePort();
  stage = await openStage({ projectDir: join(examples, example), zitadel: { allowLoopback: true } });
  const project = `zitadel-actions-${example}`;
  const endpoint = `http://127.0.0.1:${port}/${example === "receiver" ? "zitadel" : "claims"}`;
  const own = Object.entries({ endpoint, ...config }).map(([name, value]) => [`${project}:${name}`, value]);
  await stage.configure(Object.fromEntries(own) as Record<string, string>);
  const { exitCode, text, outputs } = await stage.run("up");
  expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
  const values = Object.entries(outputs).map(([name, { value }]) => [name, value as string]);
  return {
    ...stage,
    outputs: { ...(Object.fromEntries(values) as Record<string, string>), port: String(port), endpoint },
  };
}

async function forge(endpoint = ""): Promise<[number, string]> {
  const reply = await fetch(endpoint, {
    method: "POST",
    body: "{}",
    headers: headersOf("{}", "forged", Math.floor(Date.now() / 1_000)),
  });
  return [reply.status, await reply.text()];
}

test("receiver: what it lets pass passes, what it refuses is rejected, and a forgery does not reach it", async () => {
  const { zitadel, outputs } = await deploy("receiver", {});
  const { signingKey = "", port = "", endpoint } = outputs;
  const { written } = await start("receiver", { ZITADEL_SIGNING_KEY: signingKey, PORT: port });
  expect(await triggerCall(zitadel, { request: { query: { limit: 100 } } })).toMatchObject({
    status: 200,
    body: { request: { query: { limit: 100 } } },
  });
  expect(await triggerCall(zitadel, { request: { query: { limit: 101 } } })).toMatchObject({
    status: 403,
    body: { message: "at most 100 sessions at a time (EXEC-reUaUZCzCp)" },
  });
  expect(await forge(endpoint)).toEqual([401, '{"error":"signature_mismatch"}']);
  expect(await written("signature_mismatch: No signature matches")).not.toContain(signingKey);
}, 180_000);

test("claims: tokens get the roles that the user has, and a forgery gets nothing", async () => {
  const { zitadel, outputs } = await deploy("claims", {});
  const { signingKey = "", port = "", endpoint } = outputs;
  await start("claims", { ZITADEL_SIGNING_KEY: signingKey, PORT: port });
  const payload = { userinfo: { sub: "1" }, user_grants: [{ project_id: "1", roles: ["admin"] }, { project_id: "2" }] };
  for (const name of ["preaccesstoken", "preuserinfo"]) {
    expect(await trigger(zitadel, { function: { name, payload } })).toMatchObject({
      status: 200,
      body: { claims: { roles: { "1": ["admin"], "2": [] } } },
    });
  }
  expect(await forge(endpoint)).toEqual([401, '{"error":"signature_mismatch"}']);
}, 180_000);

test("encrypted: tokens are enriched with claims by what only the receiver can read", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKeyFile = join(temporary, "claims.pub.pem");
  writeFileSync(publicKeyFile, publicKey.export({ type: "spki", format: "pem" }));
  const { zitadel, outputs } = await deploy("encrypted", { publicKeyFile });
  const { signingKey = "", keyId = "", port = "", endpoint } = outputs;
  const secrets = { CLAIMS_KEY_ID: keyId, CLAIMS_KEY: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  await start("encrypted", { ZITADEL_SIGNING_KEY: signingKey, ZITADEL_URL: zitadel.url, PORT: port, ...secrets });
  const user_grants = [{ project_id: "1", roles: ["admin", "editor"] }, { project_id: "2" }];
  const payload = { userinfo: { sub: "1" }, user_grants };
  expect(await trigger(zitadel, { function: { name: "preaccesstoken", payload } })).toMatchObject({
    status: 200,
    body: { claims: { roles: { "1": ["admin", "editor"], "2": [] } } },
  });
  expect(await forge(endpoint)).toEqual([401, '{"error":"signature_mismatch"}']);
}, 180_000);

test("rotation: the receiver takes each key, accepts what is signed with the newest two, and rejects a forgery", async () => {
  const port = await freePort();
  const receiver = `http://localhost:${port}`;
  const { written } = await start("rotation", { PORT: String(port) });
  const opened = await openStage({ projectDir: join(examples, "rotation"), zitadel: { allowLoopback: true } });
  stage = opened;
  for (const rotation of ["2026-11", "2026-12"]) {
    await opened.configure({
      "zitadel-actions-rotation:receiver": receiver,
      "zitadel-actions-rotation:rotation": rotation,
    });
    const { exitCode, text } = await opened.run("up");
    expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
    expect(await triggerCall(opened.zitadel, {})).toMatchObject({ status: 200 });
  }
  expect(await written("accepted a request")).toContain("accepted a request\naccepted a request\n");
  expect(await forge(`${receiver}/hook`)).toEqual([401, '{"error":"signature_mismatch"}']);
  expect(await written("signature_mismatch: ")).not.toContain(opened.zitadel.targets()[0]?.signingKey);
  expect((await fetch(`${receiver}/other`)).status).toBe(404);
}, 180_000);
