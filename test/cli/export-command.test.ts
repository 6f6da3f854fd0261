import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { binary, built, cli as run } from "../support/cli";
import { declaredBy, formatted } from "../support/exported";
import { settingsFor } from "../support/doctor";
import { base64, newKey } from "../support/keys";
import { marks } from "../support/marks";
import { serve } from "../support/provider";
import { seen, webhook } from "../support/world";

let zitadel: Zitadel;
let folder: string;

beforeEach(async () => {
  zitadel = await startZitadel();
  folder = await mkdtemp(join(tmpdir(), "export-"));
});
afterEach(async () => {
  await zitadel.stop();
  await rm(folder, { recursive: true });
});

const settings = () => settingsFor(zitadel);

/** Runs a command line in this process, with the mock server unless `env` names another one. */
const cli = (args: string[], env = settings()) => run(args, { env });

test("the program goes to standard output, and nothing else does; what it could not say goes to standard error", async () => {
  const { id } = zitadel.add({ ...webhook, name: "hook" });
  const leaky = zitadel.add({ ...webhook, name: "leaky", endpoint: "https://me:hunter2@example.com/" }).id;
  zitadel.addPublicKey(id, { publicKey: base64(newKey.p256()) });
  zitadel.setExecution({ event: { all: true } }, [id, leaky]);
  zitadel.clearRequests();

  const { code, stdout, stderr } = await cli(["export"]);
  expect(code).toBe(0);
  expect(await formatted(stdout)).toBe(stdout);
  expect(declaredBy(stdout).map(({ name }) => name)).toEqual(["hook", "hook-key", "event"]);
  expect(stderr.split("\n")).toEqual([
    expect.stringMatching(`^note: Target ${leaky} "leaky" is left out: endpoint must not contain a user name`),
    `Exported ${zitadel.url} (targets: 1, public keys: 1, executions: 1).`,
    "",
  ]);
  expect(seen(zitadel)).toEqual({ search: 1, searchExecutions: 1, searchKeys: 2, update: 2 });
  expect(stdout + stderr).not.toContain("hunter2");
});

test("the same instance gives the same text", async () => {
  for (const name of ["b", "a", "B!", "c"]) zitadel.add({ ...webhook, name });
  expect((await cli(["export"])).stdout).toBe((await cli(["export"])).stdout);
});

test("--out writes a file, and standard output stays empty", async () => {
  zitadel.add({ ...webhook, name: "hook" });
  const file = join(folder, "index.ts");
  const { code, stdout, stderr } = await cli(["export", "--out", file]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr).toBe(`Exported ${zitadel.url} to ${file} (targets: 1, public keys: 0, executions: 0).\n`);
  expect(await readFile(file, "utf8")).toBe((await cli(["export"])).stdout);
  expect(await readdir(folder)).toEqual(["index.ts"]);
});

test("--out leaves a file that is there as it is, and sends nothing to ZITADEL", async () => {
  const file = join(folder, "index.ts");
  await writeFile(file, "mine");
  const { code, stderr } = await cli(["export", "--out", file]);
  expect(code).toBe(1);
  expect(stderr).toBe(
    `Writing ${file} failed: the file exists already, and was left as it is. Remove it, or choose another file.\n`,
  );
  expect(await readFile(file, "utf8")).toBe("mine");
  expect(seen(zitadel)).toEqual({});
});

test("a link that leads nowhere is there too", async () => {
  const file = join(folder, "index.ts");
  await symlink(join(folder, "nowhere"), file);
  expect((await cli(["export", "--out", file])).stderr).toMatch(/the file exists already/);
  expect(await readdir(folder)).toEqual(["index.ts"]);
});

test("a file that comes while ZITADEL is read is left as it is", async () => {
  const file = join(folder, "index.ts");
  zitadel.latency = 50;
  const running = cli(["export", "--out", file]);
  await new Promise<void>((resolve) => setImmediate(resolve));
  await writeFile(file, "mine");
  expect((await running).code).toBe(1);
  expect(await readFile(file, "utf8")).toBe("mine");
  expect(await readdir(folder)).toEqual(["index.ts"]);
});

test("a folder that is not there is reported before ZITADEL is asked", async () => {
  const file = join(folder, "no", "index.ts");
  const { code, stderr } = await cli(["export", "--out", file]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `Writing ${file} failed: the file cannot be written (ENOENT).\n`,
  });
  expect(seen(zitadel)).toEqual({});
});

describe("--format import-file", () => {
  const fill = () => {
    const { id } = zitadel.add({ ...webhook, name: "My hook" });
    const { keyId } = zitadel.addPublicKey(id, { publicKey: base64(newKey.p256()) });
    zitadel.setExecution({ function: { name: "preuserinfo" } }, [id]);
    const resources = [
      { type: "zitadel-actions:index:Target", name: "my-hook", id },
      { type: "zitadel-actions:index:TargetPublicKey", name: "my-hook-key", id: `${id}/${keyId}` },
      { type: "zitadel-actions:index:Execution", name: "function/preuserinfo", id: "function/preuserinfo" },
    ];
    return { resources };
  };

  test("writes what `pulumi import --file` reads, and leaves out what the program leaves out", async () => {
    const expected = fill();
    const leaky = zitadel.add({ ...webhook, name: "leaky", endpoint: "https://me:hunter2@example.com/" }).id;
    const { code, stdout, stderr } = await cli(["export", "--format", "import-file"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(expected);
    expect(stderr).toMatch(new RegExp(`^note: Target ${leaky} "leaky" is left out: `));
    expect(stderr).toContain(`Exported ${zitadel.url} (targets: 1, public keys: 1, executions: 1).`);
  });

  test("goes to a file with --out, and into the report with --json", async () => {
    const expected = fill();
    const file = join(folder, "import.json");
    const { code, stdout } = await cli(["export", "--format", "import-file", "--out", file]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(expected);
    const report = JSON.parse((await cli(["export", "--format", "import-file", "--json"])).stdout) as object;
    expect(report).toMatchObject({ importFile: expected, declared: [{}, {}, {}], leftOut: [] });
    expect(report).not.toHaveProperty("program");
  });

  test.each([
    ["another format", ["--format", "yaml"], "--format takes typescript or import-file."],
    [
      "a named instance, which an import does not read",
      ["--format", "import-file", "--instance", "eu"],
      "--format import-file takes no --instance, because `pulumi import` reads the instance of `zitadel-actions:domain`.",
    ],
  ])("does not take %s", async (_what, args, said) => {
    const { code, stderr } = await cli(["export", ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(seen(zitadel)).toEqual({});
  });
});

test("--json says what is declared, under which name, and what is left out, with the program in it", async () => {
  const fine = zitadel.add({ ...webhook, name: "My hook" }).id;
  const odd = zitadel.add({ ...webhook, name: "query", endpoint: "https://example.com/?code=1" }).id;
  const { keyId } = zitadel.addPublicKey(fine, { publicKey: base64(newKey.p256()) });
  zitadel.setExecution({ event: { group: "user.human" } }, [fine]);
  const { code, stdout, stderr } = await cli(["export", "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toEqual({
    instance: zitadel.url,
    program: (await cli(["export"])).stdout,
    declared: [
      { resource: "target", id: fine, name: "My hook", as: "my-hook", notes: [] },
      { resource: "target", id: odd, name: "query", as: "query", notes: [expect.stringContaining("with a query")] },
      { resource: "publicKey", id: `${fine}/${keyId}`, as: "my-hook-key", notes: [] },
      { resource: "execution", id: "event/user.human.*", as: "event/user.human.*", notes: [] },
    ],
    leftOut: [],
    notes: [],
  });
});

test("--json with --out leaves the program to the file, and lists what it could not declare", async () => {
  const file = join(folder, "index.ts");
  const { id } = zitadel.add({ ...webhook, name: "odd" });
  zitadel.faults.add({
    match: { operation: "search" },
    fault: {
      kind: "answer",
      status: 200,
      body: {
        pagination: { totalResult: "1", appliedLimit: "1000" },
        targets: zitadel.targets().map((target) => ({ ...target, restWebhook: undefined })),
      },
    },
  });
  const { code, stdout, stderr } = await cli(["export", "--json", "--out", file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toEqual({
    instance: zitadel.url,
    file,
    declared: [],
    leftOut: [
      {
        resource: "target",
        id,
        name: "odd",
        notes: [expect.stringMatching(/is left out: this version does not know its kind/)],
      },
    ],
    notes: [],
  });
  expect(await readFile(file, "utf8")).toContain("// Target");
});

test("a key file that others may read gives a warning", async () => {
  const file = join(folder, "key.json");
  await writeFile(file, JSON.stringify(await zitadel.owner.keyFile()));
  await chmod(file, 0o644);
  const { ZITADEL_ACCESS_TOKEN: _, ...address } = settings();
  const { code, stderr } = await cli(["export"], { ...address, ZITADEL_JWT_PROFILE_FILE: file });
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^warning: ZITADEL_JWT_PROFILE_FILE names \S+, a private key that other users can read .*\nExported [^\n]+\n$/,
  );
});

test("settings that are missing are reported with their variables, in one line", async () => {
  const { code, stdout, stderr } = await cli(["export"], {});
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toBe(
    "Without --stack, this command takes its settings from the environment: ZITADEL_DOMAIN is not set: set it to the host of your instance, or pass --stack NAME; no credential is set: set ZITADEL_ACCESS_TOKEN (a personal access token), ZITADEL_JWT_PROFILE_FILE or ZITADEL_JWT_PROFILE_JSON (the key of a service user), or ZITADEL_CLIENT_ID and ZITADEL_CLIENT_SECRET.\n",
  );
});

test("a token that the server rejects is an error in one line, without the token", async () => {
  const { code, stdout, stderr } = await cli(["export"], { ...settings(), ZITADEL_ACCESS_TOKEN: "not-a-token" });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^Listing the (targets|executions) on \S+ failed: ZITADEL answered 401 .*\n$/);
  expect(stderr).not.toContain("not-a-token");
});

test.each([
  [["export", "--instance", ""], /^--instance needs the name of an instance\.\n/],
  [["export", "--stack", ""], /^--stack needs the name of a stack\.\n/],
  [["export", "index.ts"], /^This command takes options, and no other arguments\./],
  [["export", "--out"], /^Option '--out <value>' argument missing/],
  [["export", "--out", ""], /^--out needs the name of a file/],
])("%j is not understood", async (args, said) => {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(said);
  expect(stderr).toContain("Usage: npx pulumi-zitadel-actions export [--stack NAME] [--instance NAME]\n");
  expect(seen(zitadel)).toEqual({});
});

test.each([[["exprot"]], [["constructor"]], [[]], [["--out", "x"]]])("%j is not a command", async (args) => {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("Usage: npx pulumi-zitadel-actions <command> [options]\n");
});

test("--help goes to standard output, in lines that fit a terminal", async () => {
  for (const args of [["--help"], ["export", "--help"], ["export", "-h", "--out", "x"]]) {
    const { code, stdout, stderr } = await cli(args, {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: npx pulumi-zitadel-actions /);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  }
});

describe("the built command", () => {
  test("exports, and ends by itself", async () => {
    zitadel.add({ ...webhook, name: "hook" });
    const { code, stdout, stderr } = await built(["export"], settings());
    expect({ code, stdout }).toEqual({ code: 0, stdout: (await cli(["export"])).stdout });
    expect(stderr).toBe(`Exported ${zitadel.url} (targets: 1, public keys: 0, executions: 0).\n`);
  });

  test("does not wait for other answers once it has failed", async () => {
    const server = await serve(({ url = "" }, response) => {
      if (url.includes("executions")) return; // never answers
      response.writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify({ code: 7, message: "No matching permissions found (AUTH-5mWD2)" }));
    });
    try {
      const { port } = new URL(server.url);
      const { code, stderr } = await built(["export"], {
        ...settings(),
        ZITADEL_DOMAIN: "127.0.0.1",
        ZITADEL_PORT: port,
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Listing the targets on \S+ failed: ZITADEL answered 403 .*\n$/);
    } finally {
      server.close();
    }
  }, 20_000);

  test("shows of an error that it did not foresee where it was, and nothing that it carries", async () => {
    const preload = join(folder, "bug.js");
    await writeFile(
      preload,
      `AbortSignal.any = () => { throw Object.assign(new Error("a bug"), { token: process.env.ZITADEL_ACCESS_TOKEN }); };`,
    );
    const { code, stderr } = await built(["export"], { ...settings(), NODE_OPTIONS: `--require ${preload}` });
    marks.write("what export printed", stderr);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: a bug\n {4}at AbortSignal\.any/);
  });

  test("gives its exit codes to the shell", async () => {
    expect(await built(["--help"], {})).toMatchObject({ code: 0, stderr: "" });
    expect(await built(["export"], {})).toMatchObject({ code: 1, stdout: "" });
    expect(await built(["export", "--no"], {})).toMatchObject({ code: 2, stdout: "" });
  });

  test("can be run by its name: the package names it, and it names its interpreter", async () => {
    const manifest = JSON.parse(await readFile(join(__dirname, "..", "..", "package.json"), "utf8")) as { bin: object };
    expect(manifest.bin).toEqual({ "pulumi-zitadel-actions": "dist/cli/main.js" });
    expect((await readFile(binary, "utf8")).split("\n")[0]).toBe("#!/usr/bin/env node");
  });
});

describe("a target that is deleted and that ZITADEL still lists", () => {
  const ghost = () => {
    const { id } = zitadel.add({ ...webhook, name: "ghost" });
    const { id: live } = zitadel.add({ ...webhook, name: "live" });
    zitadel.addPublicKey(id, { publicKey: base64(newKey.p256()) });
    zitadel.setExecution({ event: { all: true } }, [id]);
    zitadel.setExecution({ event: { group: "user.human" } }, [id, live]);
    zitadel.readModel.loseNext("delete");
    zitadel.remove(id);
    return { id, live };
  };

  test("is left out with its key, and executions are declared without it", async () => {
    const { id, live } = ghost();
    const { code, stdout } = await cli(["export", "--json"]);
    expect(code).toBe(0);
    const { declared, leftOut, program } = JSON.parse(stdout) as {
      declared: { as: string; notes: string[] }[];
      leftOut: { id: string; notes: string[] }[];
      program: string;
    };
    expect(declared).toMatchObject([
      { as: "live", notes: [] },
      {
        as: "event/user.human.*",
        notes: [`Execution event/user.human.* is listed with a target that is deleted: ${id}.`],
      },
    ]);
    expect(leftOut).toMatchObject([
      { id, notes: [`Target ${id} "ghost" is left out: it is deleted, and ZITADEL's read model missed that.`] },
      { id: "event", notes: ["Execution event is left out: every target that it calls is deleted."] },
    ]);
    expect(program).not.toContain('name: "ghost"');
    expect(program).toContain("targets: [live.id]");
    // Nothing was written: the updates are empty, and ask the write side.
    expect(seen(zitadel)).toMatchObject({ update: 2 });
    expect(zitadel.targets().map((target) => target.id)).toEqual([live]);
  });

  test("keeps no other target of its name out of the program", async () => {
    const { live } = ghost();
    zitadel.change(live, { name: "ghost" });
    const { stdout } = await cli(["export", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ declared: [{ id: live, name: "ghost" }, {}] });
  });

  test("cannot be told by a user who may only read, and the export succeeds", async () => {
    const { id } = ghost();
    const { accessToken } = zitadel.addUser({ userName: "viewer", role: "IAM_OWNER_VIEWER" });
    const { code, stdout } = await cli(["export", "--json"], { ...settingsFor(zitadel, accessToken) });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { declared: { id: string }[] }).declared.map((one) => one.id)).toContain(id);
  });
});
