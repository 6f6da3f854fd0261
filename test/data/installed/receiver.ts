import { test } from "@jest/globals";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { getTarget } from "pulumi-zitadel-actions";
import { startZitadel } from "pulumi-zitadel-actions/local";
import { expressWebhook, instanceKeys } from "pulumi-zitadel-actions/webhook";

// A receiver of tokens and a lookup with a key file: both load libraries that exist only as ES modules. Run by several test runners.

test("a receiver verifies a JWT and a JWE, and a lookup logs in with a key file", async () => {
  const zitadel = await startZitadel({ allowLoopback: true });
  Object.assign(process.env, {
    ZITADEL_DOMAIN: zitadel.domain,
    ZITADEL_PORT: String(zitadel.port),
    ZITADEL_INSECURE: "true",
    ZITADEL_JWT_PROFILE_JSON: JSON.stringify(await zitadel.owner.keyFile()),
  });
  delete process.env["ZITADEL_ACCESS_TOKEN"];
  let listener: RequestListener = () => undefined;
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const call = { method: "/zitadel.session.v2.SessionService/ListSessions" };
    const kinds: string[] = [];
    for (const payloadType of ["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"] as const) {
      const { id, signingKey } = zitadel.add({
        name: payloadType,
        endpoint,
        timeout: "10s",
        restCall: {},
        payloadType,
      });
      const options = { signingKey, instanceKeys: instanceKeys(zitadel.url) };
      const decryptionKeys: Record<string, string> = {};
      if (payloadType === "PAYLOAD_TYPE_JWE") {
        const added = Buffer.from(publicKey.export({ type: "spki", format: "pem" })).toString("base64");
        const { keyId = "" } = zitadel.addPublicKey(id, { publicKey: added });
        zitadel.activatePublicKey(id, keyId);
        decryptionKeys[keyId] = pem;
      }
      const isEncrypted = Object.keys(decryptionKeys).length > 0;
      listener = expressWebhook({ ...options, ...(isEncrypted && { decryptionKeys }) }, ({ kind }) => {
        kinds.push(kind);
      }) as RequestListener;
      zitadel.setExecution({ request: call }, [id]);
      const headers = { authorization: `Bearer ${zitadel.accessToken}` };
      await fetch(`${zitadel.url}/local/trigger`, { method: "POST", headers, body: JSON.stringify({ call }) });
    }
    assert.deepEqual(kinds, ["request", "request"]);
    assert.equal((await getTarget({ name: "PAYLOAD_TYPE_JWT" })).endpoint, endpoint);
  } finally {
    server.close();
    server.closeAllConnections();
    await zitadel.stop();
  }
}, 60_000);
