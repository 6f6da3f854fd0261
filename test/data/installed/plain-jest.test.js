const { startZitadel } = require("pulumi-zitadel-actions/local");
const pulumi = require("@pulumi/pulumi");
const webhook = require("pulumi-zitadel-actions/webhook");
const actions = require("pulumi-zitadel-actions");
const { generateKeyPairSync } = require("node:crypto");
const http = require("node:http");
test("lookups, a key file, and JWT and JWE deliveries", async () => {
  const zitadel = await startZitadel({ allowLoopback: true });
  Object.assign(process.env, { ZITADEL_DOMAIN: zitadel.domain, ZITADEL_PORT: String(zitadel.port), ZITADEL_INSECURE: "true", ZITADEL_JWT_PROFILE_JSON: JSON.stringify(await zitadel.owner.keyFile()) });
  const got = [];
  let handler;
  const server = http.createServer((q, s) => handler(q, s));
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  const endpoint = `http://127.0.0.1:${server.address().port}/`;
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  for (const payloadType of ["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"]) {
    const { id, signingKey } = zitadel.add({ name: payloadType, endpoint, timeout: "10s", restCall: {}, payloadType });
    let keyId = "";
    if (payloadType.endsWith("E")) {
      keyId = zitadel.addPublicKey(id, { publicKey: Buffer.from(pair.publicKey.export({ type: "spki", format: "pem" })).toString("base64") }).keyId;
      zitadel.activatePublicKey(id, keyId);
    }
    handler = webhook.expressWebhook({ signingKey, payloadTypes: [payloadType], instanceKeys: webhook.instanceKeys(zitadel.url), decryptionKeys: { [keyId]: pair.privateKey.export({ type: "pkcs8", format: "pem" }) } }, (d) => { got.push(d.kind); });
    zitadel.setExecution({ request: { method: "/zitadel.session.v2.SessionService/ListSessions" } }, [id]);
    const answer = await fetch(`${zitadel.url}/local/trigger`, { method: "POST", headers: { authorization: `Bearer ${zitadel.accessToken}` }, body: JSON.stringify({ call: { method: "/zitadel.session.v2.SessionService/ListSessions" } }) });
    expect(zitadel.deliveries.at(-1)).toMatchObject({ status: 200 });
  }
  expect(got).toEqual(["request", "request"]);
  expect((await actions.getTarget({ name: "PAYLOAD_TYPE_JWT" })).endpoint).toBe(endpoint);
  server.close(); server.closeAllConnections(); await zitadel.stop();
}, 60000);
