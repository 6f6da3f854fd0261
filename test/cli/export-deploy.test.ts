import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Deployment, openDeployment } from "../../local/deployment";
import { type ExecutionCondition, startZitadel, type Zitadel } from "../../local/zitadel";
import { isWrite, type Operation } from "../../local/zitadel/operations";
import { listWords } from "../../provider/execution/calls";
import { configFor, programs } from "../support/deploy";
import { formatted } from "../support/exported";
import { base64, newKey } from "../support/keys";
import { marks } from "../support/marks";
import { recorded } from "../support/records";
import { clientFor } from "../support/provider";
import { seen } from "../support/world";

// The built command exports an instance that was configured by hand. The program is then deployed unchanged.

// Each deployment compiles the program and declares 370 resources.
jest.setTimeout(300_000);

const longAgo = Date.parse("2020-01-01T00:00:00Z");
let clock = () => longAgo;
let zitadel: Zitadel;
let folder: string;
let deployment: Deployment;
let program: string;
const notes: string[] = [];

beforeAll(async () => {
  zitadel = await startZitadel({ now: () => new Date(clock()) });
  await fill();
  clock = Date.now;
  zitadel.clearRequests();
  // The package finds itself by its name only from within its own folder.
  folder = await mkdtemp(join(programs, "exported-"));
  program = join(folder, "index.ts");
  await writeFile(join(folder, "Pulumi.yaml"), "name: exported\nmain: index.ts\nruntime: nodejs\n");
  const options = { strict: true, target: "es2022", module: "nodenext", skipLibCheck: true };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
  deployment = await openDeployment({ projectDir: folder, config: configFor(zitadel) });
});
afterAll(async () => {
  await deployment.close();
  await rm(folder, { recursive: true });
  await zitadel.stop();
});

const kinds = [{ restWebhook: { interruptOnError: true } }, { restWebhook: {} }, { restCall: {} }, { restAsync: {} }];
const names = ["with \"both\" kinds of 'quotes'", "back\\slash `${x}`", "two\nlines\u2028and more", "🚀 審査", "class"];

/** 300 targets, 20 public keys on 12 of them, and 50 executions. */
async function fill(): Promise<void> {
  const ids = Array.from({ length: 300 }, (_, index) => {
    const payloadType = index < 12 ? "PAYLOAD_TYPE_JWE" : index % 7 === 0 ? "PAYLOAD_TYPE_JWT" : undefined;
    const endpoint =
      index === 299 ? "https://me:hunter2@example.com/" : `https://example.com/${"x".repeat(index % 90)}`;
    return zitadel.add({
      name: names[index - 20] ?? `Target ${index}`,
      endpoint,
      timeout: `${1 + (index % 30)}.5s`,
      ...kinds[index % kinds.length],
      ...(payloadType !== undefined && { payloadType }),
    }).id;
  });
  const id = (index: number) => ids[index % ids.length] ?? "";
  for (let index = 0; index < 12; index++) {
    const publicKey = base64(index % 2 === 0 ? newKey.p256() : newKey.p384());
    const soon = { expirationDate: "2020-06-01T00:00:00Z" };
    const { keyId } = zitadel.addPublicKey(id(index), { publicKey, ...(index === 11 && soon) });
    zitadel.activatePublicKey(id(index), keyId);
    // The same key once more, and for some of them until another day.
    if (index < 8) {
      const other = index % 2 === 0 ? { expirationDate: "2999-01-01T00:00:00.5Z" } : {};
      zitadel.addPublicKey(id(index), { publicKey, ...other });
    }
  }
  // What covers the calls of this test would really be called.
  const methods = (await listWords(clientFor(zitadel), "method")).filter(
    (method) => !method.includes("ActionService/"),
  );
  const conditions: ExecutionCondition[] = [
    { request: { method: "/zitadel.action.v2.ActionService/GetTarget" } },
    { response: { service: "zitadel.session.v2.SessionService" } },
    { function: { name: "preaccesstoken" } },
    { event: { group: "user.human" } },
    { event: { event: "user.human.added" } },
    ...methods.slice(0, 45).map((method) => ({ request: { method } })),
  ];
  for (const [index, condition] of conditions.entries()) {
    zitadel.setExecution(condition, [id(index), id(index + 250), id(index * 5 + 13)]);
  }
}

const state = () => ({
  targets: zitadel.targets(),
  executions: zitadel.executions(),
  keys: zitadel.targets().map(({ id }) => zitadel.publicKeys(id)),
});

const writes = () => Object.keys(seen(zitadel)).filter((operation) => isWrite(operation as Operation));

async function up() {
  zitadel.clearRequests();
  const { exitCode, stdout, stderr } = await deployment.up();
  if (exitCode !== 0) throw new Error(stdout + stderr);
  return stdout;
}

let before: ReturnType<typeof state>;

test("the export takes a request for each list, and two for each target: its keys, and whether it still exists", async () => {
  before = state();
  expect([before.targets.length, before.keys.flat().length, before.executions.length]).toEqual([300, 20, 50]);
  const script = join(__dirname, "..", "..", "dist", "cli", "main.js");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, "export", "--out", program], {
    env: {
      ...recorded(),
      ZITADEL_DOMAIN: zitadel.domain,
      ZITADEL_PORT: String(zitadel.port),
      ZITADEL_INSECURE: "true",
      ZITADEL_ACCESS_TOKEN: zitadel.accessToken,
    },
  });
  expect(stdout).toBe("");
  expect(seen(zitadel)).toEqual({ search: 1, searchExecutions: 1, searchKeys: 300, update: 300 });
  expect(state()).toEqual(before);
  expect(stderr).toContain("(targets: 299, public keys: 20, executions: 50)");
  notes.push(...stderr.split("\n").filter((line) => line.startsWith("note: ")));
  expect(notes).toEqual([
    expect.stringMatching(/^note: Target \d+ "Target 299" is left out: endpoint must not contain a user name/),
    expect.stringMatching(/^note: Public key \d+\/\d+ expired on 2020-06-01T00:00:00Z/),
  ]);
});

test("the program is as Prettier would have it, and holds no secret", async () => {
  const text = await readFile(program, "utf8");
  expect(await formatted(text)).toBe(text);
  expect(text.match(/allowLockout: true/g)).toHaveLength(1);
  for (const secret of ["hunter2", zitadel.url]) expect(text).not.toContain(secret);
  marks.write("the exported program", text);
});

test("deployed, it takes over everything: the write side confirms each object, and nothing changes", async () => {
  expect(await up()).toMatch(/\+ 370 created/);
  const { create, delete: remove, addKey, deleteKey, activateKey, deactivateKey, ...counts } = zitadel.count();
  // One more for the target that was left out, which an execution calls.
  expect(counts).toMatchObject({ update: 300, setExecution: 50 });
  expect({ create, remove, addKey, deleteKey }).toEqual({ create: 0, remove: 0, addKey: 0, deleteKey: 0 });
  expect(activateKey + deactivateKey).toBe(20);
  const updates = zitadel.requests.filter(({ operation }) => operation === "update");
  expect(updates.every(({ body }) => Object.keys(body as object).length === 0)).toBe(true);
  expect(state()).toEqual(before);
});

test("deployed again, it sends nothing", async () => {
  await up();
  expect(seen(zitadel)).toEqual({});
});

test("a refresh finds nothing that differs", async () => {
  zitadel.clearRequests();
  const { exitCode, stdout } = await deployment.refresh();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/370 unchanged/);
  expect(writes()).toEqual([]);
});

test("a target that is taken out of the program is deleted, and nothing else", async () => {
  const text = await readFile(program, "utf8");
  const [statement = ""] = /^new ZitadelTarget\("[^]*?^\}\);\n\n/m.exec(text) ?? [];
  const name = /^ {2}name: "(Target \d+)",$/m.exec(statement)?.[1];
  expect(name).toBeDefined();
  await writeFile(program, text.replace(statement, ""));
  await up();
  expect(seen(zitadel)).toEqual({ searchExecutions: 1, delete: 1 });
  expect(zitadel.targets()).toEqual(before.targets.filter((target) => target.name !== name));
  expect(zitadel.executions()).toEqual(before.executions);
});
