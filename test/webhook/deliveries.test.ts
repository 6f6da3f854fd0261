import { generateKeyPairSync } from "node:crypto";
import type { Zitadel } from "../../local/zitadel";
import {
  type Answer,
  appendAttributes,
  appendClaims,
  appendLogClaims,
  type Delivery,
  forwardStatus,
  instanceKeys,
  memoryReplays,
  type PayloadType,
  setUserMetadata,
  type ReceiverOptions,
  type VerifyOptions,
  webhook,
} from "../../webhook";
import { addTarget, LIST_SESSIONS, receivers, type Reaction, trigger, triggerCall } from "../support/receiver";
import { standIns } from "../support/replay";
import { at, key } from "../support/webhook";

// Deliveries of the mock server, from the trigger to the effect of the answer.

const startZitadel = standIns();
const openReceiver = receivers();

/** A target whose receiver verifies with what its kind needs, and answers what the handler says. */
async function bound(
  zitadel: Zitadel,
  condition: Parameters<Zitadel["setExecution"]>[0],
  {
    payloadType = "PAYLOAD_TYPE_JSON",
    answer = () => undefined,
    more,
  }: { payloadType?: PayloadType; answer?: () => Answer | undefined; more?: Partial<VerifyOptions> } = {},
) {
  const deliveries: Delivery[] = [];
  const refused: string[] = [];
  let given: VerifyOptions = { signingKey: () => target.signingKey, ...more };
  const react: Reaction = ({ headers, body }, response) => {
    const hooks: ReceiverOptions = { ...given, onRefused: ({ code }) => refused.push(code), onFailed: () => undefined };
    const handler = webhook(hooks, (delivery) => {
      deliveries.push(delivery);
      return answer();
    });
    void handler(new Request("http://localhost", { method: "POST", headers: headersOnly(headers), body })).then(
      async (reply) => response.writeHead(reply.status).end(await reply.text()),
      () => response.writeHead(500).end(),
    );
  };
  const target = addTarget(zitadel, await openReceiver(react), { restCall: { interruptOnError: true }, payloadType });
  if (payloadType !== "PAYLOAD_TYPE_JSON") given = { ...given, instanceKeys: instanceKeys(zitadel.url) };
  if (payloadType === "PAYLOAD_TYPE_JWE") {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = Buffer.from(publicKey.export({ type: "spki", format: "pem" })).toString("base64");
    const { keyId } = zitadel.addPublicKey(target.id, { publicKey: pem });
    zitadel.activatePublicKey(target.id, keyId);
    given = { ...given, decryptionKeys: { [keyId]: privateKey.export({ type: "pkcs8", format: "pem" }).toString() } };
  }
  zitadel.setExecution(condition, [target.id]);
  return { deliveries, refused, target };
}
const headersOnly = ({ "Zitadel-Signature": signature = "" }: Record<string, string>) => ({
  "Zitadel-Signature": signature,
});
const types = ["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"] as const;

describe.each(types)("as %s", (payloadType) => {
  test("a request and a response are verified and changed by their answer", async () => {
    const zitadel = await startZitadel({ allowLoopback: true });
    const before = await bound(
      zitadel,
      { request: { method: LIST_SESSIONS } },
      { payloadType, answer: () => ({ query: { limit: 7 } }) },
    );
    const after = await bound(
      zitadel,
      { response: { method: LIST_SESSIONS } },
      { payloadType, answer: () => ({ sessions: [] }) },
    );
    const call = { request: { query: { limit: 1 } }, response: { sessions: [{ id: "1" }] } };
    expect(await triggerCall(zitadel, call)).toMatchObject({
      status: 200,
      body: { request: { query: { limit: 7 } }, response: { sessions: [] } },
    });
    expect(before.deliveries).toMatchObject([{ kind: "request", payloadType, payload: { request: call.request } }]);
    expect(after.deliveries).toMatchObject([{ kind: "response", payload: { response: call.response } }]);
  });

  test("a function is verified and enriches the token", async () => {
    const zitadel = await startZitadel({ allowLoopback: true });
    const answer = () => ({
      ...appendClaims({ team: "blue" }),
      ...appendLogClaims("seen"),
      ...setUserMetadata({ last: "ü" }),
    });
    const { deliveries } = await bound(zitadel, { function: { name: "preaccesstoken" } }, { payloadType, answer });
    const payload = { userinfo: { sub: "1" }, user: { id: "1" } };
    const { status, body } = await trigger(zitadel, { function: { name: "preaccesstoken", payload } });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        claims: { team: "blue", "urn:zitadel:iam:action:function/preaccesstoken:log": ["seen"] },
        set_user_metadata: [{ key: "last", value: Buffer.from("ü").toString("base64") }],
      },
    });
    expect(deliveries).toMatchObject([
      { kind: "function", payload: { function: "function/preaccesstoken", ...payload } },
    ]);
  });

  test("a call may be rejected with a status", async () => {
    const zitadel = await startZitadel({ allowLoopback: true });
    await bound(
      zitadel,
      { request: { all: true } },
      { payloadType, answer: () => forwardStatus(403, "not on Sundays") },
    );
    expect(await triggerCall(zitadel)).toMatchObject({
      status: 403,
      body: { code: 7, message: "not on Sundays (EXEC-reUaUZCzCp)" },
    });
  });

  test("with another key it is rejected, and so is the call", async () => {
    const zitadel = await startZitadel({ allowLoopback: true });
    const { refused, deliveries } = await bound(
      zitadel,
      { request: { all: true } },
      { payloadType, more: { signingKey: key } },
    );
    expect(await triggerCall(zitadel)).toMatchObject({ status: 400, body: { code: 9 } });
    expect({ refused, deliveries }).toEqual({ refused: ["signature_mismatch"], deliveries: [] });
  });
});

test("a SAML response is given attributes", async () => {
  const zitadel = await startZitadel({ allowLoopback: true });
  await bound(zitadel, { function: { name: "presamlresponse" } }, { answer: () => appendAttributes({ team: ["a"] }) });
  const { body } = await trigger(zitadel, { function: { name: "presamlresponse" } });
  expect(body).toEqual(appendAttributes({ team: ["a"] }));
});

test("an event is verified", async () => {
  const zitadel = await startZitadel({ allowLoopback: true });
  const { deliveries } = await bound(zitadel, { event: { group: "user.human" } });
  await trigger(zitadel, { event: { event: "user.human.added", payload: { userName: "a" } } });
  await zitadel.idle();
  expect(deliveries).toMatchObject([
    { kind: "event", payload: { event_type: "user.human.added", event_payload: { userName: "a" } } },
  ]);
});

test("a whole payload as the answer is an error here, before it is one there", async () => {
  const zitadel = await startZitadel({ allowLoopback: true });
  const { deliveries } = await bound(
    zitadel,
    { request: { all: true } },
    { answer: () => ({ fullMethod: LIST_SESSIONS, request: {} }) },
  );
  expect(await triggerCall(zitadel)).toMatchObject({ status: 400, body: { code: 9 } });
  expect(deliveries).toHaveLength(1);
});

test("a rotated key is taken while the receiver has both", async () => {
  const zitadel = await startZitadel({ allowLoopback: true });
  const keys: string[] = [];
  const { target, refused } = await bound(zitadel, { request: { all: true } }, { more: { signingKey: () => keys } });
  const rotate = () => {
    zitadel.change(target.id, { expirationSigningKey: "0s" });
    return zitadel.targets().find(({ id }) => id === target.id)?.signingKey ?? "";
  };
  keys.push(target.signingKey);
  expect(await triggerCall(zitadel)).toMatchObject({ status: 200 });
  const next = rotate();
  expect(await triggerCall(zitadel)).toMatchObject({ status: 400 });
  keys.unshift(next);
  expect(await triggerCall(zitadel)).toMatchObject({ status: 200 });
  expect(refused).toEqual(["signature_mismatch"]);
});

test("two equal calls within one second are one to a store of replays, as JSON and JWT; events and JWE never are", async () => {
  const now = () => new Date(at * 1_000);
  const came: unknown[] = [];
  for (const payloadType of types) {
    const zitadel = await startZitadel({ allowLoopback: true, now });
    const { refused } = await bound(
      zitadel,
      { request: { all: true } },
      { payloadType, more: { now, replays: memoryReplays({ now }) } },
    );
    await triggerCall(zitadel);
    await triggerCall(zitadel);
    came.push(refused);
  }
  expect(came).toEqual([["replayed"], ["replayed"], []]);
  const zitadel = await startZitadel({ allowLoopback: true, now });
  const { refused, deliveries } = await bound(
    zitadel,
    { event: { all: true } },
    { more: { now, replays: memoryReplays({ now }) } },
  );
  for (const sequence of [1, 2]) await trigger(zitadel, { event: { event: "user.human.added", sequence } });
  await zitadel.idle();
  expect([refused, deliveries.length]).toEqual([[], 2]);
});
