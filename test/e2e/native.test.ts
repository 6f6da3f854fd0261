import { join } from "node:path";
import { openStage, programs, type Stage } from "../support/deploy";
import { newKey } from "../support/keys";
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
