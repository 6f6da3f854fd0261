import type { Role } from "../../local/zitadel";
import { configFor, openStage, type Stage } from "../support/deploy";

// What the user sees after a mistake. A preview sends nothing, and an apply loses nothing.

const hook = { name: "hook", endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test("at preview, every mistake at once, by resource and property, and without a value that may be a secret", async () => {
  stage.declare({
    hook: {
      ...hook,
      endpoint: "https://me:hunter2@example.com",
      timeout: "271s",
      payloadType: "jwt",
      restCall: {},
      signinKey: "hunter3",
      restWebhook: { interruptOnError: "true" },
    },
  });
  const { exitCode, text, requests } = await stage.run("preview");
  expect({ exitCode, requests }).toEqual({ exitCode: 1, requests: {} });
  const said = (problem: string) => `error: pulumi-nodejs:dynamic/zitadel:Target resource 'hook'${problem}`;
  expect(text).toContain(said(" has a problem: endpoint must not contain a user name or a password"));
  expect(text).toContain(
    said(": property timeout value {271s} has a problem: must be more than 0 and at most 270s (4m30s)"),
  );
  expect(text).toContain(said(": property payloadType value {jwt} has a problem: must be exactly `PAYLOAD_TYPE_JWT`"));
  expect(text).toContain(
    "has a problem: must be left out if restWebhook is set: set exactly one of restWebhook, restCall and restAsync",
  );
  expect(text).toContain(said(" has a problem: restWebhook.interruptOnError must be true or false"));
  expect(text).toContain(said(" has a problem: Unknown property 'signinKey'"));
  expect(text).not.toMatch(/hunter/);
});

test("an endpoint that is a secret and wrong is not shown", async () => {
  stage.declare({ hook: { ...hook, endpoint: undefined, secretEndpoint: "hooks.example.com/hunter2" } });
  const { exitCode, text } = await stage.run("preview");
  expect(exitCode).toBe(1);
  expect(text).toContain(
    "resource 'hook' has a problem: endpoint must be an absolute URL that begins with https:// or http://",
  );
  expect(text).not.toMatch(/hunter/);
});

test.each<[string, Record<string, string>, string]>([
  [
    "no domain",
    { "zitadel-actions:domain": "" },
    "zitadel-actions:domain is not set: run `pulumi config set zitadel-actions:domain <host of your instance>`",
  ],
  [
    "a domain with a scheme",
    { "zitadel-actions:domain": "https://example.com" },
    "zitadel-actions:domain must be a host without a scheme",
  ],
  [
    "half a key file",
    { "zitadel-actions:accessToken": "", "zitadel-actions:jwtProfileJson": '{"keyId":"1"}' },
    "zitadel-actions:jwtProfileJson is not a complete key file, it lacks key, userId",
  ],
  [
    "two ways to log in",
    { "zitadel-actions:clientId": "a", "zitadel-actions:clientSecret": "b" },
    "more than one way to log in is set",
  ],
])("at preview, settings with %s", async (_case, config, message) => {
  await stage.deployment.configure({ ...configFor(stage.zitadel), ...config });
  stage.declare({ hook });
  const { exitCode, text, requests } = await stage.run("preview");
  expect({ exitCode, requests }).toEqual({ exitCode: 1, requests: {} });
  expect(text).toContain(`resource 'hook' has a problem: ${message}`);
});

test("a host that is not the instance's drops nothing from the state", async () => {
  stage.declare({ hook });
  await stage.run("up");
  const before = resourcesOf(await stage.deployment.exportStack());
  // The server is there, and has no instance for that host.
  await stage.deployment.configure({ ...configFor(stage.zitadel), "zitadel-actions:domain": "127.0.0.1" });
  stage.declare({ hook: { ...hook, timeout: "20s" } });
  for (const how of [{}, { refresh: true }]) {
    const { exitCode, text } = await stage.run("up", how);
    expect(exitCode).toBe(1);
    expect(text).toContain(`it was deployed to ${stage.zitadel.url}, and the address that the settings name now, http`);
    expect(text).toContain(
      "answered 404 (QUERY-1kIjX, unknown_instance). If that address is wrong, correct it (`zitadel-actions:domain`",
    );
    for (const line of text.split("\n").filter((one) => one.includes("QUERY-1kIjX")))
      expect(line.replace(/^.*?error: /, "").length).toBeLessThan(620);
    // Pulumi shows it while it runs, and again at the end.
    expect(text.split("QUERY-1kIjX")).toHaveLength(1 + 2);
    expect(resourcesOf(await stage.deployment.exportStack())).toEqual(before);
  }
});

test.each<[string, Role, string, string]>([
  ["of somebody who is no member", "none", "AUTHZ-cdgFk", "is not a member of the instance"],
  ["without the permission", "ORG_OWNER", "AUTH-5mWD2", "lacks the permission"],
])("a token %s drops nothing from the state, whatever is run", async (_case, role, errorId, advice) => {
  stage.declare({ hook });
  await stage.run("up");
  const before = resourcesOf(await stage.deployment.exportStack());
  const stranger = stage.zitadel.addUser({ userName: "stranger", role });
  for (const step of ["refresh", "destroy", "up"] as const) {
    stage.declare({ hook: { ...hook, timeout: "20s" } }, { ZITADEL_ACCESS_TOKEN: stranger.accessToken });
    const { exitCode, text } = await stage.run(step);
    expect(exitCode).toBe(1);
    expect(text).toContain(errorId);
    expect(text).toContain(advice);
    expect(resourcesOf(await stage.deployment.exportStack())).toEqual(before);
  }
  expect(stage.zitadel.targets()).toMatchObject([{ timeout: "10s" }]);
});

test("an expired token in the state does not matter if the environment has a valid one", async () => {
  const leaver = stage.zitadel.addUser({ userName: "leaver", role: "IAM_OWNER" });
  await stage.deployment.configure({
    ...configFor(stage.zitadel),
    "zitadel-actions:accessToken": { value: leaver.accessToken, secret: true },
  });
  stage.declare({ hook });
  await stage.run("up");
  leaver.role = "none";
  expect((await stage.run("destroy")).exitCode).toBe(1);
  stage.declare({ hook }, { ZITADEL_ACCESS_TOKEN: stage.zitadel.accessToken });
  expect(await stage.run("destroy")).toMatchObject({ exitCode: 0, requests: { delete: 1 } });
});

test("at apply: a wrong token, a taken name, a denied endpoint, a target that is gone", async () => {
  const { id } = stage.zitadel.add({ ...hook, name: "Taken" });
  stage.declare({ hook }, { ZITADEL_ACCESS_TOKEN: "wrong" });
  const wrong = await stage.run("up");
  expect(wrong.text).toContain('error: Creating target "hook" on');
  expect(wrong.text).toContain('ZITADEL answered 401 "Errors.Token.Invalid (AUTH-7fs1e)"');

  stage.declare({
    hook: { ...hook, name: "taken" },
    denied: { ...hook, name: "denied", endpoint: "https://10.0.0.1/" },
    fine: { ...hook, name: "fine" },
  });
  const refused = await stage.run("up", { continueOnError: true });
  expect(refused.exitCode).toBe(1);
  expect(refused.text).toContain(
    `(V3-DKcYh)". The name is taken (case-insensitive) by target ${id}. If you renamed or moved resources`,
  );
  expect(refused.text).toContain('(COMMAND-NcJUKo)". Check the host, deploy its service before the target, or check');
  expect(stage.zitadel.targets().map(({ name }) => name)).toEqual(["Taken", "fine"]);

  stage.declare({ fine: { ...hook, name: "fine", timeout: "3s" } });
  stage.zitadel.remove(String(stage.zitadel.targets()[1]?.id));
  const gone = await stage.run("up");
  expect(gone.exitCode).toBe(1);
  expect(gone.text).toContain("(COMMAND-xj14f2cccn): somebody deleted it. Run `pulumi refresh`");
  expect((await stage.run("up", { refresh: true })).exitCode).toBe(0);
  expect(stage.zitadel.targets().map(({ name }) => name)).toEqual(["Taken", "fine"]);
});

function resourcesOf(state: { deployment: { resources?: unknown } }) {
  return (state.deployment.resources as { urn: string; id?: string; type: string; inputs?: Record<string, unknown> }[])
    .filter(({ type }) => type === "pulumi-nodejs:dynamic/zitadel:Target")
    .map(({ urn, id, inputs }) => ({ urn, id, inputs }));
}
