import { openStage, type Stage } from "../support/deploy";
import { newKey } from "../support/keys";

// Objects that already exist, with and without `adopt`.

const hook = { name: "Audit", endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
const users = { type: "ZitadelExecution", condition: { event: { group: "user.human" } }, targets: ["@hook.id"] };

let stage: Stage;
let id: string;
beforeAll(async () => {
  stage = await openStage();
  id = stage.zitadel.add({ ...hook, name: "audit" }).id;
  stage.zitadel.setExecution({ event: { group: "user.human" } }, [id]);
});
afterAll(() => stage.close());

test("get reads an execution and a key, in previews too, and manages neither", async () => {
  const publicKey = Buffer.from(newKey.p256()).toString("base64");
  const { keyId } = stage.zitadel.addPublicKey(id, { publicKey });
  const before = [stage.zitadel.executions(), stage.zitadel.publicKeys(id)];
  stage.declare({
    read: { type: "ZitadelExecution", get: "event/user.human.*" },
    key: { type: "ZitadelTargetPublicKey", get: `${id}/${keyId}` },
  });
  const preview = await stage.run("preview");
  expect(preview).toMatchObject({ exitCode: 0, requests: { searchExecutions: 1, searchKeys: 1 } });
  const { exitCode, outputs } = await stage.run("up");
  expect(exitCode).toBe(0);
  expect(outputs["read"]?.value).toEqual({ id: "event/user.human.*", targets: [id] });
  expect(outputs["key"]?.value).toMatchObject({ id: `${id}/${keyId}`, keyId, active: false });
  expect((await stage.run("destroy")).exitCode).toBe(0);
  expect([stage.zitadel.executions(), stage.zitadel.publicKeys(id)]).toEqual(before);

  stage.declare({ read: { type: "ZitadelExecution", get: "function/preuserinfo" } });
  const missing = await stage.run("preview");
  expect(missing.exitCode).not.toBe(0);
  expect(missing.text).toContain("Reading ZitadelExecution function/preuserinfo on");
  stage.zitadel.removePublicKey(id, keyId);
});

test("takes nothing over without adopt: the errors say what exists, and recommend an alias first", async () => {
  const before = [stage.zitadel.targets(), stage.zitadel.executions()];
  stage.declare({ hook, users: { ...users, targets: [id] } });
  const { exitCode, text } = await stage.run("up");
  expect(exitCode).not.toBe(0);
  const alias = (what: string) =>
    `If you renamed or moved resources, put the old program back and run \`pulumi up\` first; then give each of them its old URN as an alias, to keep the same ${what}: { aliases: ["<old URN>"] }`;
  expect(text).toContain(`by target ${id}. ${alias("target")}`);
  expect(text).toContain("If no other stack or tool manages the target, set adopt: true to take it over.");
  expect(text).toContain(
    `the condition already has an execution, with the targets ${id}. If this stack has just removed it, run \`pulumi up\` again in a minute. ${alias("execution")}`,
  );
  expect(text).toContain(
    "if nothing was renamed and no other stack or tool manages the execution, set adopt: true to take it over",
  );
  expect([stage.zitadel.targets(), stage.zitadel.executions()]).toEqual(before);
});

test("takes both over with adopt: ZITADEL confirms each, only what differs is updated, and the log says so", async () => {
  const { signingKey } = stage.zitadel.targets()[0] ?? {};
  stage.declare({ hook: { ...hook, adopt: true }, users: { ...users, adopt: true } });
  const { exitCode, text, requests, outputs } = await stage.run("up");
  expect({ exitCode, text, requests }).toMatchObject({
    exitCode: 0,
    // The targets of events are looked at, for what they can be sent. One update confirms the target.
    requests: { search: 2, update: 2, searchExecutions: 1, setExecution: 1 },
  });
  expect(outputs["hook"]?.value).toMatchObject({ id, name: "Audit", signingKey });
  expect(text).toContain(`Took over target "audit" (${id})`);
  expect(text).toContain("changed: name");
  expect(text).toContain("Took over execution event/user.human.*");
  expect(text).not.toContain(String(signingKey));
});

test("afterwards they are ours like any other", async () => {
  expect((await stage.run("up")).requests).toEqual({});
  stage.declare({ hook });
  const { exitCode, requests } = await stage.run("up");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { searchExecutions: 1, setExecution: 1 } });
  expect((await stage.run("destroy")).requests).toEqual({ delete: 1 });
  expect(stage.zitadel.targets()).toEqual([]);
});
