import { generateKeyPairSync, randomBytes } from "node:crypto";
import { join } from "node:path";
import { plain, secret } from "../../local/engine/values";
import { verifyRaw } from "../../webhook";
import { instructionsOf } from "../support/examples";
import { marks } from "../support/marks";
import { type Made, type Mocked, underMocks } from "../support/mocked";
import { event, headersOf } from "../support/webhook";

// The examples with resources of cloud providers. local/engine cannot run these, so they run with the real packages and Pulumi's mocks.

// The packages of other clouds take a while to load.
jest.setTimeout(120_000);

const signingKey = randomBytes(18).toString("hex");
marks.add(signingKey, "a signing key");

const target = "pulumi-nodejs:dynamic/zitadel:Target";
const execution = "pulumi-nodejs:dynamic/zitadel:Execution sessions";

/** Runs an example with what its README sets, and with more. */
function run(example: string, made: Made, more: Record<string, string> = {}): Promise<Mocked> {
  const project = `zitadel-actions-${example}`;
  const own = Object.entries(more).map(([key, value]) => [`${project}:${key}`, value] as const);
  const config = { ...instructionsOf(example).config, ...Object.fromEntries(own) };
  return underMocks(join(__dirname, "..", "..", "examples", example, "index.ts"), project, made, config);
}

test("kubernetes-secret: the key goes into the Secret, as a secret, from there to the pods, and the execution waits for them", async () => {
  const written = "kubernetes:core/v1:Secret signing-keys";
  const pods = "kubernetes:apps/v1:Deployment receiver";
  const { resources, outputs } = await run("kubernetes-secret", {
    [`${target} check`]: { signingKey },
    [written]: { metadata: { name: "signing-keys-1a2b3c4d", namespace: "hooks" } },
  });
  expect(resources[written]).toMatchObject({
    inputs: {
      // No name: Pulumi makes one up, so that the new one can be there before the old one goes.
      metadata: { namespace: "hooks" },
      stringData: secret({ ZITADEL_SIGNING_KEYS: signingKey }),
    },
    dependencies: [`${target} check`],
  });
  expect(resources[written]?.inputs["metadata"]).not.toHaveProperty("name");
  const envFrom = [{ secretRef: { name: "signing-keys-1a2b3c4d" } }];
  expect(resources[pods]).toMatchObject({
    inputs: { spec: { template: { spec: { containers: [{ envFrom }] } } } },
    dependencies: [written],
  });
  expect(resources[execution]).toMatchObject({
    inputs: { targets: ["check-id"] },
    dependencies: expect.arrayContaining([`${target} check`, pods]) as unknown,
  });
  expect(outputs).toEqual({ signingKey: secret(signingKey) });
});

test("kubernetes-secret: with the key before, the receiver takes what either has signed", async () => {
  const keyBefore = randomBytes(18).toString("hex");
  marks.add(keyBefore, "the signing key before");
  const { resources } = await run("kubernetes-secret", { [`${target} check`]: { signingKey } }, { keyBefore });
  const data = plain(resources["kubernetes:core/v1:Secret signing-keys"]?.inputs["stringData"] ?? null);
  const keys = (data as Record<string, string>)["ZITADEL_SIGNING_KEYS"]?.split(" ");
  const body = JSON.stringify(event);
  for (const key of [signingKey, keyBefore]) {
    const headers = headersOf(body, key, Math.floor(Date.now() / 1_000));
    expect(await verifyRaw(body, headers, { signingKey: keys })).toMatchObject({ kind: "event" });
  }
});

test("aws-secrets-manager: the key is a version, as a secret, the one before stays, and the execution waits for it", async () => {
  const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:zitadel/signing-key-AbCdEf";
  const { resources, outputs } = await run("aws-secrets-manager", {
    [`${target} check`]: { signingKey },
    "aws:secretsmanager/secret:Secret signing-key": { arn },
  });
  const written = "aws:secretsmanager/secretVersion:SecretVersion signing-key";
  expect(resources[written]).toEqual({
    inputs: { secretId: "signing-key-id", secretString: secret(signingKey) },
    dependencies: expect.arrayContaining([
      "aws:secretsmanager/secret:Secret signing-key",
      `${target} check`,
    ]) as unknown,
    retainOnDelete: true,
  });
  expect(resources[execution]?.dependencies).toEqual(expect.arrayContaining([`${target} check`, written]));
  expect(outputs).toEqual({ secretArn: arn });
});

test("key-pair: ZITADEL gets the public key, and the private one comes out as a secret, in PKCS#8", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const privateKeyPem = privateKey.export({ type: "sec1", format: "pem" }).toString();
  const privateKeyPemPkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  marks.add(privateKeyPem, "the private key");
  marks.add(privateKeyPemPkcs8, "the private key in PKCS#8");
  const pair = "tls:index/privateKey:PrivateKey claims";
  const key = "pulumi-nodejs:dynamic/zitadel:TargetPublicKey claims";
  const { resources, outputs } = await run("key-pair", {
    [`${target} claims`]: { signingKey },
    [pair]: { publicKeyPem, privateKeyPem, privateKeyPemPkcs8 },
    [key]: { keyId: "1" },
  });
  expect(resources[pair]?.inputs).toEqual({ algorithm: "ECDSA", ecdsaCurve: "P256" });
  expect(resources[`${target} claims`]?.inputs).toMatchObject({ payloadType: "PAYLOAD_TYPE_JWE" });
  expect(resources[key]).toMatchObject({
    inputs: { targetId: "claims-id", publicKey: publicKeyPem },
    dependencies: expect.arrayContaining([pair, `${target} claims`]) as unknown,
  });
  expect(resources["pulumi-nodejs:dynamic/zitadel:Execution claims"]?.dependencies).toContain(key);
  expect(outputs).toEqual({ keyId: "1", privateKey: secret(privateKeyPemPkcs8), signingKey: secret(signingKey) });
});

test("what the provider would reject is rejected under mocks too", async () => {
  const pair = "tls:index/privateKey:PrivateKey claims";
  const made = { [pair]: { publicKeyPem: "no key", privateKeyPemPkcs8: "" }, [`${target} claims`]: { signingKey } };
  const key = "pulumi-nodejs:dynamic/zitadel:TargetPublicKey claims";
  await expect(run("key-pair", { ...made, [key]: { keyId: "1" } })).rejects.toThrow(
    "the provider refuses what is declared: claims: publicKey must be a public key in PEM",
  );
});
