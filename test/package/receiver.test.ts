import { existsSync, readdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { read, snippets } from "../support/documents";
import { install, openPlace, type Place, type Project, root } from "../support/installed";

// The packed package in a service that only receives deliveries: a project without Pulumi.

jest.setTimeout(600_000);

/** What npm installs for a receiver, this package included. docs/webhook.md has these figures. */
const budget = { packages: 2, megabytes: 8 };

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.remove());

/** A program that loads the main entry, the receiver that docs/webhook.md describes, and what else a service may use. */
const files = {
  "program.cjs": 'require("pulumi-zitadel-actions");',
  "program.mjs": 'import { ZitadelTarget } from "pulumi-zitadel-actions"; console.log(ZitadelTarget);',
  "pack.cjs": `
    const { dirname, join } = require("node:path");
    require(join(dirname(require.resolve("pulumi-zitadel-actions/package.json")), "policies"));`,
  "others.mjs": `
    import "pulumi-zitadel-actions/runtime";
    import { openDeployment, openStack, startZitadel } from "pulumi-zitadel-actions/local";
    import { rules } from "pulumi-zitadel-actions/policies";
    const zitadel = await startZitadel();
    await zitadel.stop();
    const failures = [];
    for (const engine of ["local/engine", "pulumi"])
      failures.push(await openDeployment({ projectDir: ".", engine }).then((one) => one.preview()).catch(({ message }) => message));
    failures.push(await openStack({ projectDir: ".", stack: "dev", stateDir: ".", passphrase: "none" }).catch(({ message }) => message));
    console.log(JSON.stringify({ rules: rules.length, failures }));`,
  // Sends itself a genuine delivery and a forged one.
  "receiver.mjs": `
    import { createHmac } from "node:crypto";
    import { createServer } from "node:http";
    import { expressWebhook } from "pulumi-zitadel-actions/webhook";
    const accepted = [];
    const receiver = expressWebhook({ signingKey: "key" }, ({ kind }) => void accepted.push(kind));
    const server = createServer(receiver).listen(0, "localhost", async () => {
      const body = '{ "event_type" :"user.human.added", "event_payload":{"n":1.50} }';
      const time = Math.floor(Date.now() / 1000);
      const answers = [];
      for (const key of ["key", "forged"]) {
        const v1 = createHmac("sha256", key).update(time + "." + body).digest("hex");
        const headers = { "Content-Type": "application/json", "Zitadel-Signature": "t=" + time + ",v1=" + v1 };
        const url = "http://localhost:" + server.address().port;
        const response = await fetch(url, { method: "POST", body, headers });
        answers.push([response.status, await response.text()]);
      }
      console.log(JSON.stringify({ accepted, answers }));
      server.close();
      server.closeAllConnections();
    });`,
};

const how =
  "Run `npm install @pulumi/pulumi` in the folder of Pulumi.yaml (with pnpm: `pnpm add @pulumi/pulumi`; with Yarn: `yarn add @pulumi/pulumi`).";
const ofProgram = `A program that uses pulumi-zitadel-actions needs @pulumi/pulumi 3.139 or later, which is not installed. ${how} A service that only receives deliveries does not need it: import "pulumi-zitadel-actions/webhook" there.`;
const ofEngine = `Running a Pulumi program needs @pulumi/pulumi, which is not installed. ${how}`;
const ofPack =
  "The policy pack needs @pulumi/policy, which is not installed. Run `npm install --save-dev @pulumi/policy` in the folder of Pulumi.yaml (with pnpm: `pnpm add --save-dev @pulumi/policy`; with Yarn: `yarn add --dev @pulumi/policy`).";

async function projectBy(manager: Parameters<typeof install>[1]): Promise<Project> {
  const project = await install(place, manager, {});
  for (const [name, text] of Object.entries(files)) await writeFile(join(project.folder, name), text);
  return project;
}

/** What is printed of the error that a module throws when it is loaded: the message, once, without the stack. */
async function failureOf(project: Project, file: string): Promise<string> {
  const text = await project.node([file]).then(
    () => "it did not fail",
    (error: unknown) => (error as Error).message,
  );
  const [, said = text] = /^(?:Error: |\[)(.*?)\]?(?: \{)?$/m.exec(text) ?? [];
  return said;
}

describe.each(["npm", "pnpm", "yarn", "yarn-pnp"] as const)("installed by %s without Pulumi", (manager) => {
  let project: Project;
  beforeAll(async () => {
    project = await projectBy(manager);
  });

  test("a program says what to install", async () => {
    expect(await failureOf(project, "program.cjs")).toBe(ofProgram);
    expect(await failureOf(project, "program.mjs")).toBe(ofProgram);
  });

  test("so do the policy pack, both engines and `try`", async () => {
    expect(await failureOf(project, "pack.cjs")).toBe(ofPack);
    expect(JSON.parse(await project.node(["others.mjs"]))).toEqual({
      rules: 8,
      failures: [ofEngine, ofEngine, ofEngine],
    });
    await expect(project.exec(["pulumi-zitadel-actions", "try"])).rejects.toThrow(ofEngine);
  });

  test("the other commands run", async () => {
    expect(await project.exec(["pulumi-zitadel-actions", "--help"])).toMatch(/^Usage: /);
    await expect(project.exec(["pulumi-zitadel-actions", "doctor", "missing.json"])).rejects.toThrow(
      "Reading missing.json failed: it cannot be read (ENOENT).",
    );
  });

  test("a receiver accepts a genuine delivery, and rejects a forged one", async () => {
    expect(JSON.parse(await project.node(["receiver.mjs"]))).toEqual({
      accepted: ["event"],
      answers: [
        [200, ""],
        [401, '{"error":"signature_mismatch"}'],
      ],
    });
  });
});

describe("a receiver's project", () => {
  let project: Project;
  beforeAll(async () => {
    project = await projectBy("npm");
  });

  test("has few packages, none of them Pulumi's, and is small: docs/webhook.md has the figures", () => {
    const modules = join(project.folder, "node_modules");
    expect(existsSync(join(modules, "@pulumi"))).toBe(false);
    const { packages, megabytes } = sizeOf(modules);
    process.stdout.write(`A receiver installs ${packages} packages, ${megabytes} MB.\n`);
    expect(packages).toBeLessThanOrEqual(budget.packages);
    expect(megabytes).toBeLessThanOrEqual(budget.megabytes);
    const [, told = "", toldMegabytes = ""] = /(\d+) packages, (\d+) MB/.exec(read("docs/webhook.md").text) ?? [];
    expect(packages).toBe(Number(told));
    // jose changes without us.
    expect(Math.abs(megabytes - Number(toldMegabytes))).toBeLessThanOrEqual(1);
  });

  test("compiles, with checks of all types", async () => {
    const types =
      snippets(read("docs/webhook.md")).find(({ code }) => code.includes("await verify(request"))?.code ?? "";
    expect(types).toContain("pulumi-zitadel-actions/webhook");
    await writeFile(join(project.folder, "compiled.mts"), types);
    await writeFile(join(project.folder, "process.d.ts"), "declare const process: { env: Record<string, string> };");
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const flags = ["--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck", "false", "--lib", "es2023,dom"];
    await project.node([compiler, ...flags, "--module", "nodenext", "compiled.mts", "process.d.ts"]);
  });
});

/** The packages in a folder of modules, and what its files take on a disk with blocks of 4 KiB. */
function sizeOf(modules: string): { readonly packages: number; readonly megabytes: number } {
  const entries = readdirSync(modules, { recursive: true, withFileTypes: true });
  const packages = entries.filter(({ name, parentPath }) => {
    const [, folder = ""] = /node_modules(?:\/@[^/]+)?\/([^/.@]+[^/]*)$/.exec(parentPath) ?? [];
    return name === "package.json" && folder !== "";
  });
  const block = 4_096;
  const bytes = entries
    .map((entry) => (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : block))
    .reduce((sum, size) => sum + Math.ceil(size / block) * block, 0);
  return { packages: packages.length, megabytes: Math.round(bytes / 1_000_000) };
}
