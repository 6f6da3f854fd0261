import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Display } from "../../local/engine/display";
import { openStage } from "../support/deploy";
import { Marks, marks, shortest } from "../support/marks";
import { recorded, takeRecords } from "../support/records";

// The search for secrets finds each encoding in each place. It must find what is put there, and nothing else.

const secret = 's3cret+with/special=characters & a "quote" in it';
const what = "the planted secret";

function planted(): Marks {
  const own = new Marks();
  own.add(secret, what);
  return own;
}

function leaksOf(write: (own: Marks) => void): string[] {
  const own = planted();
  write(own);
  return own.leaks();
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("each guise is found, at the beginning of a text, within it and at its end:", () => {
  test.each<[string, (text: string) => string]>([
    ["raw", (text) => text],
    ["URL-encoded", encodeURIComponent],
    ["form-encoded", (text) => new URLSearchParams({ client_secret: text }).toString()],
    ["JSON-escaped", (text) => JSON.stringify({ key: text })],
    ["in base64", base64],
    ["in base64 after one more byte", (text) => base64(`a${text}`)],
    ["in base64 after two more bytes", (text) => base64(`ab${text}`)],
    ["in base64url", (text) => Buffer.from(text).toString("base64url")],
    ["in hexadecimal digits", (text) => Buffer.from(text).toString("hex")],
    ["in capital hexadecimal digits", (text) => Buffer.from(text).toString("hex").toUpperCase()],
    ["as a bearer token", (text) => `Authorization: Bearer ${text}`],
    ["in Basic", (text) => `Authorization: Basic ${base64(`client:${text}`)}`],
    ["in Basic, encoded as OAuth wants it", (text) => `Basic ${base64(`my client:${encodeURIComponent(text)}`)}`],
    ["JSON in base64", (text) => base64(JSON.stringify({ key: text }))],
    ["in base64, URL-encoded", (text) => encodeURIComponent(base64(text))],
    ["a half of it", (text) => text.slice(0, text.length / 2)],
  ])("%s", (_guise, disguise) => {
    const hidden = disguise(secret);
    for (const text of [hidden, `before ${hidden} after`, `line\nbefore${hidden}`, `${hidden}after\nline`]) {
      const leaks = leaksOf((own) => own.write("here", text));
      expect(leaks).toEqual([expect.stringContaining(`${what}, `)]);
      expect(leaks[0]).toContain(", in here, after: ");
      expect(leaks[0]).not.toContain(hidden);
    }
  });

  test("and nothing is found where there is none", () => {
    const innocent = [secret.slice(0, 11), secret.toUpperCase(), base64("another secret"), "abc".repeat(1000)];
    expect(leaksOf((own) => innocent.forEach((text) => own.write("here", text)))).toEqual([]);
  });

  test("what is known to be a secret only after it was written is found too, and told once", () => {
    const own = new Marks();
    own.write("here", secret);
    own.add(secret, what);
    expect(own.leaks()).toHaveLength(1);
    expect(own.leaks()).toEqual([]);
  });

  test("a secret that is too short to be told from other text is rejected", () => {
    expect(() => new Marks().add("x".repeat(shortest - 1), what)).toThrow("too short to be looked for");
  });
});

describe("a private key", () => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = (type: "pkcs1" | "pkcs8") => pair.privateKey.export({ type, format: "pem" }).toString();
  const search = (text: string) => {
    const own = new Marks();
    own.add(pem("pkcs1"), "the private key");
    own.write("here", text);
    return own.leaks();
  };

  test.each<[string, () => string]>([
    ["as it is", () => pem("pkcs1")],
    ["in one line", () => pem("pkcs1").replaceAll("\n", "")],
    ["within JSON", () => JSON.stringify({ key: pem("pkcs1") })],
    ["in base64", () => base64(pem("pkcs1"))],
    ["a line of it", () => pem("pkcs1").split("\n").at(-4) ?? ""],
    ["as JWK", () => JSON.stringify(pair.privateKey.export({ format: "jwk" }))],
  ])("%s is found", (_form, text) => {
    expect(search(text()).length).toBeGreaterThan(0);
  });

  test("is not found in its public key", () => {
    const open = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    expect(search(open + JSON.stringify(pair.publicKey.export({ format: "jwk" })))).toEqual([]);
  });
});

describe("in an error it is found", () => {
  class Inherited extends Error {}
  Object.defineProperty(Inherited.prototype, "options", { value: { headers: { authorization: `Bearer ${secret}` } } });
  const withStack = new Error("x");
  withStack.stack = `Error: ${secret}`;
  const cyclic: Error & { self?: Error } = new Error(secret);
  cyclic.self = cyclic;

  test.each<[string, unknown]>([
    ["in the message", new Error(secret)],
    ["in the stack alone", withStack],
    ["in a field", Object.assign(new Error("x"), { headers: { authorization: [secret] } })],
    ["in a field's name", Object.assign(new Error("x"), { [secret]: 1 })],
    ["in a field that is not enumerable", Object.defineProperty(new Error("x"), "input", { value: secret })],
    ["in a field of a symbol", Object.assign(new Error("x"), { [Symbol("state")]: secret })],
    ["in an inherited field", new Inherited("x")],
    ["in a getter", Object.defineProperty(new Error("x"), "input", { get: () => secret })],
    ["in the cause of the cause", new Error("x", { cause: new Error("y", { cause: { body: secret } }) })],
    ["in one of several", new AggregateError([new Error("x"), new Error(secret)])],
    ["in a map", Object.assign(new Error("x"), { config: new Map([["token", secret]]) })],
    ["in a set", Object.assign(new Error("x"), { config: new Set([{ secret }]) })],
    ["in bytes", Object.assign(new Error("x"), { body: Buffer.from(secret) })],
    ["in what its JSON is made of", Object.assign(new Error("x"), { toJSON: () => ({ secret }) })],
    ["in one that refers to itself", cyclic],
    ["in one deep down", Object.assign(new Error("x"), { a: { b: { c: { d: { e: { f: { g: secret } } } } } } })],
    ["in what is no error", { details: secret }],
    ["in a text", secret],
  ])("%s", (_where, error) => {
    expect(leaksOf((own) => own.writeError("an error", error)).length).toBeGreaterThan(0);
  });

  test("and not where there is none", () => {
    const error = Object.assign(new Error("x", { cause: new TypeError("y") }), { code: "E", status: 404 });
    expect(leaksOf((own) => own.writeError("an error", error))).toEqual([]);
  });
});

test("in a folder it is found in the files of all folders below it, hidden ones too, and in their names", () => {
  const folder = mkdtempSync(join(tmpdir(), "marks-"));
  try {
    const paths = ["state.json.bak", "a/.hidden", "a/b/secret.tmp"];
    mkdirSync(join(folder, "a", "b"), { recursive: true });
    for (const path of paths) {
      writeFileSync(join(folder, path), `${path} \u0000 ${secret}`);
      expect(leaksOf((own) => own.writeFolder("a folder", folder))).toHaveLength(1);
      rmSync(join(folder, path));
    }
    expect(leaksOf((own) => own.writeFolder("a folder", folder))).toEqual([]);
    mkdirSync(join(folder, encodeURIComponent(secret)));
    expect(leaksOf((own) => own.writeFolder("a folder", folder))).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("in a process that a test starts it is found", () => {
  const start = (script: string) =>
    spawnSync(process.execPath, ["-e", script], { env: { ...process.env, ...recorded() } });
  const found = () => {
    takeRecords();
    return marks.leaks();
  };

  test.each([
    ["on its standard output", "console.log(secret)"],
    ["on its standard error", "process.stderr.write(secret)"],
    ["in a file, also one that is gone", "fs.promises.writeFile(file, secret).then(() => fs.unlinkSync(file))"],
    ["in a temporary file", "fs.writeFileSync(file, secret)"],
    ["in a field of the error that ends it", "throw Object.assign(new Error(), { headers: { secret } })"],
    ["in one that this one starts", "child_process.execFileSync(process.execPath, ['-p', JSON.stringify(secret)])"],
  ])("%s", (where, act) => {
    const plant = `planted ${where}`;
    marks.add(plant, what);
    start(`const secret = ${JSON.stringify(plant)}, file = path.join(os.tmpdir(), "file"); ${act}`);
    expect(found()).toContainEqual(expect.stringContaining(what));
  });

  test("made by a mock server in the process", () => {
    const local = JSON.stringify(join(__dirname, "..", "..", "dist", "local"));
    start(`require(${local}).startZitadel().then((zitadel) => zitadel.stop(console.log(zitadel.accessToken)))`);
    expect(found()).toEqual([expect.stringContaining("the access token of owner, raw, in what a process wrote")]);
  });
});

describe("in a deployment it is found", () => {
  test("in the state, in what is printed, and in whatever file lies beside the state", async () => {
    const [name, backup] = ["planted-as-a-name-0123456789", "planted-in-a-backup-0123456789"];
    for (const plant of [name, backup]) marks.add(plant, what);
    const stage = await openStage();
    try {
      writeFileSync(join(stage.deployment.folder, "dev.json.bak"), backup);
      stage.declare({ hook: { name, endpoint: "https://example.com", timeout: "10s", restAsync: {} } });
      expect((await stage.run("up")).exitCode).toBe(0);
    } finally {
      await stage.close();
    }
    const places = marks.leaks().map((leak) => /, in ([^:]+), after: /.exec(leak)?.[1]);
    expect(new Set(places)).toEqual(new Set(["a state", "what up printed", "the folder of a stack"]));
  });

  test("in a message that the engine hides it in", () => {
    marks.add(secret, what);
    const display = new Display({ kind: "up", stack: "dev", stackUrn: "", onOutput: undefined } as never, [secret]);
    display.say("error", `the provider said ${secret}`);
    expect(display.stdout).toContain("the provider said [secret]");
    expect(marks.leaks()).toEqual([expect.stringContaining("in a message to the engine")]);
  });
});

test("a test in which one is found fails, and says where without repeating it", () => {
  const root = join(__dirname, "..", "..");
  const jest = join(root, "node_modules", "jest", "bin", "jest.js");
  const args = [jest, "--testMatch", "**/test/data/leak.js"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  expect(stderr).toContain('a signing key, raw, in a log, after: "it is "');
  expect(stderr).toMatch(/Tests: +1 failed, 1 passed, 2 total/);
  expect(status).toBe(1);
});
