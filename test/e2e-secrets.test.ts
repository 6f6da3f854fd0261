import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { configFor, openStage, type Stage } from "./support/deploy";

// Everything that is written while a stack lives and fails is searched for every secret that was in play.

const hook = {
  name: "hook",
  endpoint: "https://example.com/hook",
  timeout: "10s",
  restWebhook: {},
  rotationTriggers: ["one"],
};
const secretEndpoint = "https://hooks.example.com/s3cret-path-of-the-endpoint";
const secretTrigger = "s3cret-value-that-triggers";

let stage: Stage;
let written: string;
/** Secret → what it is. */
const secrets = new Map<string, string>();

beforeEach(async () => {
  stage = await openStage();
  written = "";
  secrets.clear();
  secrets.set(stage.zitadel.accessToken, "the owner's token");
  secrets.set(secretEndpoint, "the endpoint");
});
afterEach(() => stage.close());

async function run(step: "preview" | "up" | "refresh" | "destroy", exitCode: number, options?: { refresh?: boolean }) {
  const result = await stage.run(step, options);
  written += result.text;
  for (const { id, signingKey } of stage.zitadel.targets()) secrets.set(signingKey, `a signing key of ${id}`);
  if (result.exitCode !== exitCode) throw new Error(`${step} ended with ${result.exitCode}:\n${result.text}`);
}

async function everythingInTheFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

/** Under what guises a secret may show. */
function guises(secret: string): string[] {
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.from("x".repeat(shift) + secret)
      .toString("base64")
      .slice(4, -4),
  );
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64];
}

async function expectNoSecret() {
  const state = JSON.stringify(await stage.deployment.exportStack());
  const everything = written + state + (await everythingInTheFolder(stage.deployment.folder));
  for (const [secret, what] of secrets) {
    for (const guise of guises(secret)) {
      if (everything.includes(guise)) throw new Error(`${what} is shown: …${around(everything, guise)}…`);
    }
  }
  // The search can find something: what is no secret is there.
  expect(everything).toContain("hook");
}

function around(text: string, found: string): string {
  const at = text.indexOf(found);
  return text.slice(Math.max(0, at - 80), at).replaceAll("\n", " ");
}

test("a whole life with a personal access token", async () => {
  stage.declare({ hook, hidden: { ...hook, name: "hidden", endpoint: undefined, secretEndpoint } });
  await run("preview", 0);
  await run("up", 0);
  stage.declare({
    hook: { ...hook, rotationTriggers: ["two"] },
    hidden: { ...hook, name: "hidden", timeout: "20s", endpoint: undefined, secretEndpoint },
  });
  await run("preview", 0);
  await run("up", 0);
  for (const { id } of stage.zitadel.targets()) stage.zitadel.change(id, { expirationSigningKey: "0s", timeout: "3s" });
  await run("refresh", 0);
  await run("up", 0, { refresh: true });
  await expectNoSecret();
  await run("destroy", 0);
  await expectNoSecret();
});

test("a target that is read by id, whose signing key nobody declared", async () => {
  const { id } = stage.zitadel.add({ name: "theirs", endpoint: "https://example.com", timeout: "1s", restAsync: {} });
  stage.declare({ hook: { get: id } });
  await run("up", 0);
  await expectNoSecret();
});

test("triggers that are secret, and wrong", async () => {
  secrets.set(secretTrigger, "the trigger");
  stage.declare({ hook: { ...hook, rotationTriggers: secretTrigger } });
  await run("preview", 1);
  expect(written).toContain("rotationTriggers must be a list");
  expect(written).not.toContain(secretTrigger);
});

test.each(["a key file", "client credentials"])("a life with %s, and what is said when it is refused", async (way) => {
  const user = stage.zitadel.addUser({ userName: "pipeline", role: "IAM_OWNER" });
  const { "zitadel:accessToken": _, ...address } = configFor(stage.zitadel);
  const secret = (value: string) => ({ value, secret: true });
  let good, bad;
  if (way === "a key file") {
    const key = await user.keyFile();
    secrets.set(key.key, "the private key");
    for (const line of key.key.split("\n").filter((text) => text.length > 40))
      secrets.set(line, "a line of the private key");
    good = { ...address, "zitadel:jwtProfileJson": secret(JSON.stringify(key)) };
    bad = { ...address, "zitadel:jwtProfileJson": secret(JSON.stringify({ ...key, keyId: "0" })) };
  } else {
    const clientSecret = user.clientSecret();
    secrets.set(clientSecret, "the client secret");
    secrets.set("wr0ng-client-secret-of-the-pipeline", "a wrong client secret");
    good = { ...address, "zitadel:clientId": "pipeline", "zitadel:clientSecret": secret(clientSecret) };
    bad = { ...good, "zitadel:clientSecret": secret("wr0ng-client-secret-of-the-pipeline") };
  }
  stage.declare({ hook });
  await stage.deployment.configure(good);
  await run("up", 0);
  stage.declare({ hook: { ...hook, timeout: "20s" } });
  await stage.deployment.configure(bad);
  await run("up", 1);
  expect(written).toContain(`error: Logging in to ${stage.zitadel.url} with`);
  await expectNoSecret();
});

test("what goes wrong at apply", async () => {
  stage.declare({ hook });
  await run("up", 0);
  stage.declare({ hook: { ...hook, timeout: "20s" } });
  const echo = {
    kind: "answer",
    status: 400,
    body: { code: 3, message: `you sent Bearer ${stage.zitadel.accessToken}` },
  } as const;
  stage.zitadel.faults.add({ match: { operation: "update" }, fault: echo });
  await run("up", 1);
  expect(written).toContain("you sent Bearer [secret]");
  stage.zitadel.faults.add({
    match: { operation: "search" },
    fault: { kind: "redirect", location: "https://elsewhere.example.com/" },
  });
  await run("refresh", 1);
  expect(written).toContain("a redirect to elsewhere.example.com, which is never followed with a credential");
  await expectNoSecret();
});
