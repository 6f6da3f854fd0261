import { configFor, openStage, type Stage } from "../support/deploy";
import { marks } from "../support/marks";

// Deploys stacks in which every setting and output is a secret, also with failures. As after every other
// test, everything that was written is searched for these secrets: the state, the output, what the processes wrote before the engine hid
// anything, and temporary files.

const hook = {
  name: "hook",
  endpoint: "https://example.com/hook",
  timeout: "10s",
  restWebhook: {},
  rotationTriggers: ["one"],
};
const secretPath = "s3cret-path-of-the-endpoint";
const hiddenEndpoint = { endpoint: undefined, secretEndpoint: `https://hooks.example.com/${secretPath}` };
const secretTrigger = "s3cret-value-that-triggers";
const header = 'a header that is "secret": 100% + more/less';
const headers = { "X-Tenant": "blue", "CF-Access-Client-Secret": header };

jest.setTimeout(180_000);
let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
  marks.add(secretPath, "the endpoint's path");
  marks.add(secretTrigger, "the trigger");
  marks.add(header, "the header");
});
afterEach(() => stage.close());

const secret = (value: string) => ({ value, secret: true });
const settings = () => ({
  ...configFor(stage.zitadel),
  "zitadel-actions:transportHeaders": secret(JSON.stringify(headers)),
});

async function run(step: "preview" | "up" | "refresh" | "destroy", exitCode: number, options?: { refresh?: boolean }) {
  const result = await stage.run(step, options);
  if (result.exitCode !== exitCode) throw new Error(`${step} ended with ${result.exitCode}:\n${result.text}`);
  return result.text;
}

/** The state's own form of a secret, encrypted. */
const sealed = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: expect.stringMatching(/^v1:/) as string,
};

/** What the state has of the resource of that name. */
async function entry(name: string) {
  const { deployment } = await stage.deployment.exportStack();
  return deployment.resources?.find(({ urn }) => urn.endsWith(`::${name}`));
}

test("from create to destroy with a personal access token, and with headers for a proxy", async () => {
  await stage.deployment.configure(settings());
  stage.declare({ hook, hidden: { ...hook, name: "hidden", ...hiddenEndpoint } });
  await run("preview", 0);
  await run("up", 0);
  const changed = { ...hook, name: "hidden", timeout: "20s", ...hiddenEndpoint };
  stage.declare({ hook: { ...hook, rotationTriggers: ["two"] }, hidden: changed });
  await run("preview", 0);
  await run("up", 0);
  for (const { id } of stage.zitadel.targets()) stage.zitadel.change(id, { expirationSigningKey: "0s", timeout: "3s" });
  await run("refresh", 0);
  await run("up", 0, { refresh: true });
  expect((await entry("hook"))?.outputs?.["signingKey"]).toEqual(sealed);
  expect((await entry("hidden"))?.inputs?.["endpoint"]).toEqual(sealed);
  const { inputs } = (await entry("default")) ?? {};
  expect(inputs).toMatchObject({ "zitadel-actions:accessToken": sealed, "zitadel-actions:transportHeaders": sealed });
  expect(stage.zitadel.requests.at(-1)?.headers).toMatchObject({ "cf-access-client-secret": header });
  await run("destroy", 0);
  // The passphrase, Pulumi's token, ZITADEL's token, the endpoint's path, the trigger, the header, and each key that each target
  // ever had.
  expect(marks.tally.marks).toBe(6 + 5);
});

test("a token of the environment, which no engine hides, and one that is not accepted", async () => {
  const { "zitadel-actions:accessToken": _, ...address } = configFor(stage.zitadel);
  await stage.deployment.configure(address);
  stage.declare({ hook }, { ZITADEL_ACCESS_TOKEN: stage.zitadel.accessToken });
  await run("up", 0);
  stage.declare({ hook: { ...hook, timeout: "7s" } }, { ZITADEL_ACCESS_TOKEN: "a-token-that-was-never-issued" });
  expect(await run("up", 1)).toContain("ZITADEL answered 401");
});

test("a target that is read by id, whose signing key is not declared anywhere", async () => {
  const { id } = stage.zitadel.add({ name: "theirs", endpoint: "https://example.com", timeout: "1s", restAsync: {} });
  stage.declare({ hook: { get: id } });
  await run("up", 0);
  expect((await entry("hook"))?.outputs?.["signingKey"]).toEqual(sealed);
});

test("triggers that are secret, and wrong", async () => {
  stage.declare({ hook: { ...hook, rotationTriggers: secretTrigger } });
  expect(await run("preview", 1)).toContain("rotationTriggers must be a list");
});

test("a new key of a target whose update failed", async () => {
  const interrupting = { ...hook, restWebhook: { interruptOnError: true } };
  stage.declare({ hook: interrupting });
  await run("up", 0);
  const signingKey = "the-key-of-a-target-that-is-not-ready-0123456789";
  marks.add(signingKey, "the new key");
  const body = { changeDate: "2026-01-01T00:00:00Z", signingKey };
  stage.zitadel.faults.add({ match: { operation: "update" }, times: 2, fault: { kind: "answer", status: 200, body } });
  stage.declare({ hook: { ...hook, rotationTriggers: ["two"] } });
  expect(await run("up", 1)).toContain("interruptOnError is still true on the server");
  expect(await entry("hook")).toMatchObject({ outputs: { signingKey: sealed }, initErrors: [expect.any(String)] });
});

test.each(["a key file", "client credentials"])(
  "from create to destroy with %s, and the error if it is rejected",
  async (way) => {
    const user = stage.zitadel.addUser({ userName: "pipeline", role: "IAM_OWNER" });
    const { "zitadel-actions:accessToken": _, ...address } = settings();
    let good, bad;
    if (way === "a key file") {
      const key = await user.keyFile();
      good = { ...address, "zitadel-actions:jwtProfileJson": secret(JSON.stringify(key)) };
      bad = { ...address, "zitadel-actions:jwtProfileJson": secret(JSON.stringify({ ...key, keyId: "0" })) };
    } else {
      good = {
        ...address,
        "zitadel-actions:clientId": "pipeline",
        "zitadel-actions:clientSecret": secret(user.clientSecret()),
      };
      bad = { ...good, "zitadel-actions:clientSecret": secret("wr0ng-client-secret-of-the-pipeline") };
    }
    stage.declare({ hook });
    await stage.deployment.configure(good);
    await run("up", 0);
    stage.declare({ hook: { ...hook, timeout: "20s" } });
    await stage.deployment.configure(bad);
    expect(await run("up", 1)).toContain(`error: Logging in to ${stage.zitadel.url} with`);
  },
);

test("errors at apply that repeat what was sent", async () => {
  stage.declare({ hook });
  await run("up", 0);
  stage.declare({ hook: { ...hook, timeout: "20s" } });
  const basic = Buffer.from(`owner:${stage.zitadel.accessToken}`).toString("base64");
  const message = `you sent Bearer ${stage.zitadel.accessToken}, or Basic ${basic}`;
  const echo = { kind: "answer", status: 400, body: { code: 3, message } } as const;
  stage.zitadel.faults.add({ match: { operation: "update" }, fault: echo });
  expect(await run("up", 1)).toMatch(/you sent Bearer \[secret\], or Basic \w+\[secret\]/);
  stage.zitadel.faults.add({
    match: { operation: "search" },
    fault: { kind: "redirect", location: "https://elsewhere.example.com/" },
  });
  expect(await run("refresh", 1)).toContain(
    "a redirect to elsewhere.example.com, and the provider never follows one with a credential",
  );
});
