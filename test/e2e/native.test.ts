import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStage, programs, type Stage } from "../support/deploy";
import { root } from "../support/documents";
import { newKey } from "../support/keys";
import { PackFolder, shippedPack, violations } from "../support/policies";
import { onlyQuestions } from "../support/world";

// The built native provider, with the engine that this machine has.

const audit = { name: "audit", endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
const users = { type: "Execution", condition: { event: { group: "user.human" } }, targets: ["@audit.id"] };
const key = { type: "TargetPublicKey", targetId: "@audit.id", publicKey: newKey.p256(), active: true };
const declared = { audit, users, key };

let stage: Stage;
beforeEach(async () => {
  stage = await openStage({ projectDir: join(programs, "native") });
});
afterEach(() => stage.close());

test("a stack from preview to destroy", async () => {
  stage.declare(declared);
  const preview = await stage.run("preview");
  expect(preview).toMatchObject({ exitCode: 0, changes: { create: 4 } });
  expect(onlyQuestions(stage.zitadel)).toBe(true);
  expect(preview.text).toContain('timeout     : "10s"'); // a preview knows what the target will have

  const up = await stage.run("up");
  expect(up).toMatchObject({ exitCode: 0, changes: { create: 4 } });
  expect(up.outputs["audit"]).toMatchObject({ secret: false, value: { name: "audit" } });
  expect(up.text).toContain("signingKey  : [secret]");
  const again = await stage.run("up");
  expect(again).toMatchObject({ exitCode: 0, changes: { same: 4 } });
  expect(onlyQuestions(stage.zitadel)).toBe(true);

  stage.declare({ ...declared, audit: { ...audit, restWebhook: { interruptOnError: true } } });
  const update = await stage.run("up");
  expect(update).toMatchObject({ exitCode: 0, changes: { update: 1, same: 3 } });
  expect(update.text).toContain("[diff: ~restWebhook]");

  stage.zitadel.change(stage.zitadel.targets()[0]?.id ?? "", { timeout: "20s" });
  const refresh = await stage.run("refresh");
  expect(refresh).toMatchObject({ exitCode: 0, changes: { update: 1, same: 3 } });
  expect(await stage.run("up")).toMatchObject({ exitCode: 0, changes: { update: 1, same: 3 } });
  expect(stage.zitadel.targets()).toMatchObject([{ timeout: "10s" }]);

  expect(await stage.run("destroy")).toMatchObject({ exitCode: 0, changes: { delete: 4 } });
  expect(stage.zitadel.targets()).toEqual([]);
});

test("import takes over what exists, and writes nothing", async () => {
  const { id } = stage.zitadel.add(audit);
  stage.declare({ audit: { ...audit, options: { import: id } } });
  const imported = await stage.run("up");
  expect({ exitCode: imported.exitCode, outputs: imported.outputs["audit"]?.value }).toMatchObject({
    exitCode: 0,
    outputs: { id, name: "audit" },
  });
  expect(onlyQuestions(stage.zitadel)).toBe(true);
  stage.declare({ audit });
  expect(await stage.run("up")).toMatchObject({ exitCode: 0, changes: { same: 2 } });
  stage.declare({ audit, other: { ...audit, options: { import: "404" } } });
  const missing = await stage.run("up");
  expect(missing.exitCode).not.toBe(0);
  expect(missing.text).toContain("Reading Target 404 on");
});

test("from the dynamic provider to the native one and back: ZITADEL gets no write", async () => {
  stage.declare(declared, { DYNAMIC: "1" });
  expect(await stage.run("up")).toMatchObject({ exitCode: 0, changes: { create: 4 } });
  const steps = [
    ["preview", "", { same: 4 }],
    ["up", "", { same: 4 }],
    ["refresh", "", { same: 4 }],
    ["up", "", { same: 4 }],
    // The state gets what only a dynamic provider needs.
    ["preview", "1", { update: 3, same: 1 }],
    ["up", "1", { update: 3, same: 1 }],
    ["refresh", "1", { same: 4 }],
    ["up", "1", { same: 4 }],
  ] as const;
  for (const [step, isDynamic, expected] of steps) {
    stage.declare(declared, { DYNAMIC: isDynamic });
    const { exitCode, changes } = await stage.run(step);
    const asksOnly = onlyQuestions(stage.zitadel);
    expect({ step, isDynamic, exitCode, changes, asksOnly }).toEqual({
      ...{ step, isDynamic, exitCode: 0, changes: expected, asksOnly: true },
    });
  }
});

test.each([
  ["from the classes to the native provider", "1", ""],
  ["and back", "", "1"],
])("under other names with adopt, %s: everything stays", async (_, before, after) => {
  stage.declare(declared, { DYNAMIC: before });
  expect(await stage.run("up")).toMatchObject({ exitCode: 0, changes: { create: 4 } });
  const [target] = stage.zitadel.targets();
  const taken = {
    audit2: { ...audit, adopt: true },
    users2: { ...users, targets: ["@audit2.id"], adopt: true },
    key2: { ...key, targetId: "@audit2.id", adopt: true },
  };
  stage.declare(taken, { DYNAMIC: after });
  const { exitCode, text } = await stage.run("up");
  expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
  expect(text).toMatch(
    /Target \d+ stays on .*: it belongs to .*audit2" of the program now, which has another provider/,
  );
  expect(stage.zitadel.targets()).toEqual([target]);
  expect(stage.zitadel.publicKeys(target?.id ?? "")).toMatchObject([{ active: true }]);
  expect(stage.zitadel.executions()).toMatchObject([{ targets: [target?.id] }]);
  expect(await stage.run("refresh")).toMatchObject({ exitCode: 0, changes: { same: 4 } });
});

test("explicit providers, functions, and settings that are misspelt", async () => {
  const { domain, port, accessToken } = stage.zitadel;
  const settings = { domain, port: String(port), insecure: "true", accessToken };
  const looked = { lookup: "getTarget", name: "audit", options: {} };
  stage.declare({ here: { settings }, audit: { ...audit, by: "here" } });
  expect(await stage.run("up")).toMatchObject({ exitCode: 0, changes: { create: 3 } });
  stage.declare({ here: { settings }, audit: { ...audit, by: "here" }, looked });
  const { exitCode, text, outputs } = await stage.run("up");
  expect({ exitCode, looked: outputs["looked"]?.value }).toMatchObject({ exitCode: 0, looked: { timeout: "10s" } });
  expect(text).not.toContain(accessToken);

  await stage.configure({ "zitadel-actions:domian": "x" });
  stage.declare({ other: { ...audit, name: "other" } });
  const misspelt = await stage.run("preview");
  expect(misspelt.exitCode).not.toBe(0);
  expect(misspelt.text).toMatch(/domian.*Did you mean/);
});

test("after a partial failure, the next up finishes what is missing", async () => {
  const body = { code: 9, message: "not now", details: [] };
  for (const operation of ["activateKey", "setExecution"] as const)
    stage.zitadel.faults.add({ match: { operation }, fault: { kind: "answer", status: 400, body } });
  stage.declare(declared);
  const failed = await stage.run("up", { continueOnError: true });
  expect(failed.exitCode).not.toBe(0);
  expect(failed.text).toMatch(/1 error occurred:\s+\* Activating public key .* failed: ZITADEL answered 400 "not now"/);
  expect(failed.text).toMatch(
    /error: Setting execution event\/user\.human\.\* .* failed: ZITADEL answered 400 "not now"/,
  );
  const id = stage.zitadel.targets()[0]?.id ?? "";
  expect(stage.zitadel.publicKeys(id)).toMatchObject([{ active: false }]);

  stage.zitadel.faults.clear();
  const finished = await stage.run("up");
  expect(finished).toMatchObject({ exitCode: 0, changes: { create: 1, update: 1, same: 2 } });
  expect(finished.requests).toMatchObject({ activateKey: 1, setExecution: 1 });
  expect(finished.requests).not.toHaveProperty("addKey");
  expect(stage.zitadel.publicKeys(id)).toMatchObject([{ active: true }]);
  expect(await stage.run("up")).toMatchObject({ exitCode: 0, changes: { same: 4 }, requests: {} });
});

test("deletedWith: a key is replaced and deleted with its target, without a request of its own", async () => {
  const withTarget = { ...declared, key: { ...key, options: { deletedWith: "@audit" } } };
  stage.declare(withTarget);
  expect(await stage.run("up")).toMatchObject({ exitCode: 0, changes: { create: 4 } });
  const { resources = [] } = (await stage.deployment.exportStack()).deployment;
  const stateOf = (type: string) => resources.find((one) => one.type === `zitadel-actions:index:${type}`);
  const { urn = "" } = stateOf("Target") ?? {};
  expect(stateOf("TargetPublicKey")).toMatchObject({ deletedWith: urn });

  stage.declare({ ...withTarget, audit: { ...audit, name: undefined } });
  const replaced = await stage.run("up", { replace: [urn] });
  expect(replaced).toMatchObject({ exitCode: 0, changes: { replace: 2, update: 1, same: 1 } });
  expect(replaced.requests).toEqual({
    ...{ create: 1, addKey: 1, activateKey: 1, setExecution: 1, delete: 1 },
    ...{ search: 1, searchExecutions: 3 },
  });
  const destroyed = await stage.run("destroy");
  expect(destroyed).toMatchObject({ exitCode: 0, changes: { delete: 4 }, requests: { delete: 1, setExecution: 1 } });
  expect(destroyed.requests).not.toHaveProperty("deleteKey");
});

test("the TypeScript example: compiled by the program's host, from preview to destroy", async () => {
  const folder = await mkdtemp(join(programs, "typescript-"));
  try {
    await cp(join(root, "examples", "native", "typescript"), folder, { recursive: true });
    const project = await readFile(join(folder, "Pulumi.yaml"), "utf8");
    await writeFile(join(folder, "Pulumi.yaml"), project.replace(/path: .*/, "path: ../../../../plugin"));
    const sdk = join(folder, "node_modules", "pulumi-zitadel-actions-sdk");
    await cp(join(root, "test", "data", "native-sdk"), sdk, { recursive: true });
    await stage.close();
    stage = await openStage({ projectDir: folder });
    stage.declare({}, { NATIVE_SCHEMA: join(root, "native", "schema.json") });
    expect(await stage.run("preview")).toMatchObject({ exitCode: 0, changes: { create: 3 }, requests: {} });
    const up = await stage.run("up");
    expect(up).toMatchObject({ exitCode: 0, changes: { create: 3 } });
    expect(up.outputs["signingKey"]).toMatchObject({ secret: true });
    expect(await stage.run("up")).toMatchObject({ exitCode: 0, changes: { same: 3 }, requests: {} });
    expect(await stage.run("destroy")).toMatchObject({ exitCode: 0, changes: { delete: 3 } });

    const program = await readFile(join(folder, "index.ts"), "utf8");
    await writeFile(join(folder, "index.ts"), program.replace("timeout:", "timeuot:"));
    const misspelt = await stage.run("preview");
    expect(misspelt.exitCode).not.toBe(0);
    expect(misspelt.text).toContain("timeuot");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the policy pack sees the resources of the native provider", async () => {
  const folder = new PackFolder();
  const config = {
    "zitadel-payload-types": { conditions: ["function/*"] },
    "zitadel-protection": { enforcementLevel: "advisory", stacks: ["*"] },
    "zitadel-endpoint-hosts": { enforcementLevel: "advisory", hosts: ["hooks.example.com"] },
    "zitadel-rotation": "disabled",
  } as const;
  const lockout = { ...users, condition: { request: { all: true } }, allowLockout: true };
  const token = { ...users, condition: { function: { name: "preaccesstoken" } } };
  stage.declare({ audit, lockout });
  const { exitCode, text } = await stage.run("up", folder.step(shippedPack, config));
  expect({ failed: exitCode !== 0, found: violations(text) }).toEqual({
    failed: true,
    found: [
      "advisory zitadel-endpoint-hosts audit",
      "advisory zitadel-protection audit",
      "mandatory zitadel-lockout lockout",
    ],
  });
  expect(stage.zitadel.executions()).toEqual([]);

  stage.declare({ audit, token });
  const { text: together } = await stage.run("preview", folder.step(shippedPack, config));
  expect(violations(together)).toContain("mandatory zitadel-payload-types token");
  await folder.remove();
});
