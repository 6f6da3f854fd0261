import { generateKeyPairSync, randomBytes } from "node:crypto";
import { join } from "node:path";
import { secret } from "../local/engine/values";
import { marks } from "./support/marks";
import { type Mocked, underMocks } from "./support/mocked";

// The examples with resources of other clouds, which local/engine does not run: with the real packages, under Pulumi's mocks.

const signingKey = randomBytes(18).toString("hex");
marks.add(signingKey, "a signing key");

const target = "pulumi-nodejs:dynamic/zitadel:Target";
const execution = "pulumi-nodejs:dynamic/zitadel:Execution sessions";

const run = (example: string, made: Parameters<typeof underMocks>[2]): Promise<Mocked> =>
  underMocks(join(__dirname, "..", "examples", example, "index.ts"), `zitadel-actions-${example}`, made);

test("kubernetes-secret: the key goes into the Secret, as a secret, and the execution waits for that", async () => {
  const { resources, outputs } = await run("kubernetes-secret", { [`${target} check`]: { signingKey } });
  const written = "kubernetes:core/v1:Secret signing-key";
  expect(Object.keys(resources).filter((key) => !key.startsWith("pulumi:"))).toEqual([
    `${target} check`,
    written,
    execution,
  ]);
  expect(resources[written]).toMatchObject({
    inputs: {
      metadata: { name: "zitadel-signing-key", namespace: "hooks" },
      stringData: secret({ ZITADEL_SIGNING_KEY: signingKey }),
    },
    dependencies: [`${target} check`],
  });
  expect(resources[execution]).toMatchObject({
    inputs: { targets: ["check-id"] },
    dependencies: expect.arrayContaining([`${target} check`, written]) as unknown,
  });
  expect(outputs).toEqual({ secretName: "zitadel-signing-key" });
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

test("what the provider would refuse is refused under mocks too", async () => {
  const pair = "tls:index/privateKey:PrivateKey claims";
  const made = { [pair]: { publicKeyPem: "no key", privateKeyPemPkcs8: "" }, [`${target} claims`]: { signingKey } };
  const key = "pulumi-nodejs:dynamic/zitadel:TargetPublicKey claims";
  await expect(run("key-pair", { ...made, [key]: { keyId: "1" } })).rejects.toThrow(
    "the provider refuses what is declared: claims: publicKey must be a public key in PEM",
  );
});
