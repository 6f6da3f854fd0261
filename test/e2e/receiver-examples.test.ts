import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appendClaims, type Json } from "../../webhook";
import { createSender } from "../../webhook/testing";
import { complaints } from "../support/compiled";
import { openStage, type Stage } from "../support/deploy";
import { LIST_SESSIONS, trigger, triggerCall } from "../support/receiver";
import { faster } from "../support/records";
import { recording } from "../support/webhook";

// The receivers of the examples, each as a process next to the stack with its target: deployed, called, and called with forgeries.

const examples = join(__dirname, "..", "..", "examples");
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

interface Running {
  /** What the process has written, as soon as that has a text in it. Rejects if the process ends before. */
  readonly written: (text: string) => Promise<string>;
  /** What the process has written when it has ended. */
  readonly ended: () => Promise<string>;
}

/** Runs an example's receiver. */
function run(example: string, env: Record<string, string>): Running {
  const child = spawn(process.execPath, [join(examples, example, "receiver.mts")], {
    env: { PATH: process.env["PATH"], ...faster(), ...env },
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
  child.once("close", () => news.emit("news"));
  return {
    async written(text) {
      while (!all.includes(text)) {
        if (child.exitCode !== null) throw new Error(`the receiver ended:\n${all}`);
        await once(news, "news");
      }
      return all;
    },
    async ended() {
      while (child.exitCode === null) await once(news, "news");
      return all;
    },
  };
}

/** The same; it listens already. */
async function start(example: string, env: Record<string, string>): Promise<Running> {
  const started = run(example, env);
  await started.written("listening");
  return started;
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

/** Sends a body that is signed with a key, as ZITADEL does. */
async function send(endpoint = "", signingKey: string, body: string): Promise<[number, string]> {
  const delivery = await (await createSender({ signingKey })).deliver(body);
  const reply = await fetch(endpoint, { method: "POST", body: delivery.body, headers: delivery.headers });
  return [reply.status, await reply.text()];
}

const forge = (endpoint?: string) => send(endpoint, "forged", "{}");
const rejected = [401, '{"error":"signature_mismatch"}'];

/** The payload of a recorded delivery, and the same without the grants: as it is without a scope for roles. */
const payloadOf = (name: string) => JSON.parse(recording(name).body) as Record<string, unknown>;
const withoutGrants = (name: string) => ({ ...payloadOf(name), user_grants: undefined });

/** The claims that an example's README promises for the recorded delivery. */
function promised(example: string): Record<string, unknown> {
  const [, claims = ""] = /```json\n([^]*?)```/.exec(readFileSync(join(examples, example, "README.md"), "utf8")) ?? [];
  return JSON.parse(claims) as Record<string, unknown>;
}

/** Whether the receiver is there at another address of this machine, still the loopback interface. Only Linux has such. */
const isElsewhere = (endpoint = "") =>
  fetch(endpoint.replace("127.0.0.1", "127.0.0.2"), { method: "POST" }).then(
    () => true,
    () => false,
  );
const onAllInterfaces = process.platform === "linux";

test.each(["claims", "encrypted", "receiver"])("%s does not start without a signing key", async (example) => {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const secrets = { CLAIMS_KEY_ID: "1", CLAIMS_KEY: key.export({ type: "pkcs8", format: "pem" }).toString() };
  const said = await run(example, { PORT: "0", ZITADEL_URL: "https://example.com", ...secrets }).ended();
  expect(said).toMatch(/WebhookError: `signingKey` is missing/);
});

const mistakes = [
  ["claims", "grant.project_id", "grant.projectId", "Property 'projectId' does not exist"],
  ["claims", "payload.user_grants", "payload.userGrants", "Property 'userGrants' does not exist"],
  ["claims", '"preuserinfo"', '"preUserInfo"', "Argument of type '\"preUserInfo\"'"],
  ["claims", "appendClaims(", "((attributes: object) => ({ append_attribute: attributes }))(", "is not assignable"],
  ["encrypted", "grant.project_id", "grant.projectId", "Property 'projectId' does not exist"],
  ["receiver", "{ limit = 0 }", "{ limits = 0 }", "Property 'limits' does not exist"],
  ["receiver", "/ListSessions", "/ListSession", "Argument of type"],
  ["rotation", "payload.fullMethod", "payload.method", "Property 'method' does not exist"],
] as const;

describe("mistakes do not compile", () => {
  const source = (example: string) => readFileSync(join(examples, example, "receiver.mts"), "utf8");
  let found: string[];
  beforeAll(() => {
    const right = ["claims", "encrypted", "receiver", "rotation"].map((name) => ({ place: name, code: source(name) }));
    const wrong = mistakes.map(([example, before, after], index) => ({
      place: `${example} ${index}`,
      code: source(example).replaceAll(before, after),
    }));
    // All in one program, which the compiler reads the types for only once.
    found = complaints([...right, ...wrong].map((one) => ({ ...one, marks: ["module"] })));
  });

  test("but all receivers do as they are", () => {
    expect(found.filter((one) => /^[a-z]+, line/.test(one))).toEqual([]);
  });

  test.each(mistakes.map((mistake, index) => [...mistake, index] as const))(
    "%s, with %s replaced by %s",
    (example, before, _, expected, index) => {
      expect(source(example)).toContain(before);
      expect(found.filter((one) => one.startsWith(`${example} ${index}, line`)).join("\n")).toContain(expected);
    },
  );
});

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
  expect(await send(endpoint, signingKey, recording("request-json").body)).toEqual([200, ""]);
  expect(await send(endpoint, signingKey, recording("request-CreateSession").body)).toEqual([200, ""]);
  expect(await forge(endpoint)).toEqual(rejected);
  expect(await written("signature_mismatch: No signature matches")).not.toContain(signingKey);
  expect(await isElsewhere(endpoint)).toBe(onAllInterfaces);
}, 180_000);

test("claims: tokens get the claims that the README promises, and a forgery gets nothing", async () => {
  const { zitadel, outputs } = await deploy("claims", {});
  const { signingKey = "", port = "", endpoint } = outputs;
  const { written } = await start("claims", { ZITADEL_SIGNING_KEY: signingKey, PORT: port });
  const claims = promised("claims");
  for (const name of ["preaccesstoken", "preuserinfo"]) {
    const recorded = recording(`function-${name}`).body;
    const [status, answer] = await send(endpoint, signingKey, recorded);
    expect([status, JSON.parse(answer)]).toEqual([200, appendClaims(claims as Record<string, Json>)]);
    const called = (payload: object) => trigger(zitadel, { function: { name, payload } });
    expect(await called(payloadOf(`function-${name}`))).toMatchObject({ status: 200, body: { claims } });
    // Two grants in one project, and one without roles.
    const user_grants = [
      { project_id: "1", roles: ["admin"] },
      { project_id: "1", roles: ["editor"] },
      { project_id: "2" },
    ];
    expect(await called({ user_grants })).toMatchObject({ body: { claims: { roles: { "1": ["admin", "editor"] } } } });
    const without = JSON.stringify(withoutGrants(`function-${name}`));
    expect(await send(endpoint, signingKey, without)).toEqual([200, ""]);
  }
  expect(await forge(endpoint)).toEqual(rejected);
  expect(await written("signature_mismatch: No signature matches")).not.toContain(signingKey);
  expect(await isElsewhere(endpoint)).toBe(onAllInterfaces);
}, 180_000);

test("encrypted: tokens get the same claims, by what only the receiver can read", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKeyFile = join(temporary, "claims.pub.pem");
  writeFileSync(publicKeyFile, publicKey.export({ type: "spki", format: "pem" }));
  const { zitadel, outputs } = await deploy("encrypted", { publicKeyFile });
  const { signingKey = "", keyId = "", port = "", endpoint } = outputs;
  const secrets = { CLAIMS_KEY_ID: keyId, CLAIMS_KEY: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  const env = { ZITADEL_SIGNING_KEY: signingKey, ZITADEL_URL: zitadel.url, PORT: port, ...secrets };
  const { written } = await start("encrypted", env);
  const called = (payload: object) => trigger(zitadel, { function: { name: "preaccesstoken", payload } });
  const claims = promised("claims");
  expect(await called(payloadOf("function-preaccesstoken"))).toMatchObject({ status: 200, body: { claims } });
  const without = await called(withoutGrants("function-preaccesstoken"));
  expect(without).toMatchObject({ status: 200, body: {} });
  expect(without.body).not.toHaveProperty("claims");
  expect(await forge(endpoint)).toEqual(rejected);
  // Who has only the signing key cannot send what is not encrypted.
  const plain = await send(endpoint, signingKey, recording("function-preaccesstoken").body);
  expect(plain).toEqual([401, '{"error":"payload_type"}']);
  expect(await written("payload_type: ")).toContain("signature_mismatch: No signature matches");
  expect(await written("payload_type: ")).not.toContain(signingKey);
  expect(await isElsewhere(endpoint)).toBe(onAllInterfaces);
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
  const line = `accepted ${LIST_SESSIONS}\n`;
  expect(await written(line.repeat(2))).toContain(line.repeat(2));
  const key = opened.zitadel.targets()[0]?.signingKey ?? "";
  expect(await send(`${receiver}/hook`, key, recording("request-json").body)).toEqual([200, ""]);
  expect(await written(line.repeat(3))).toContain(line.repeat(3));
  expect(await forge(`${receiver}/hook`)).toEqual(rejected);
  expect(await written("signature_mismatch: ")).not.toContain(opened.zitadel.targets()[0]?.signingKey);
  expect((await fetch(`${receiver}/other`)).status).toBe(404);
  // PUT /keys asks for no credential.
  expect(await isElsewhere(`http://127.0.0.1:${port}/other`)).toBe(false);
}, 180_000);
