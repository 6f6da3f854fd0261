import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Zitadel } from "../../../local/zitadel";
import { standIns } from "../../support/replay";
import { addTarget, LIST_SESSIONS, receivers, trigger, type Received } from "../../support/receiver";
import { signatureOf } from "../../support/webhook";

const startZitadel = standIns();
const openReceiver = receivers();

/** A genuine delivery, and what was kept to read it. */
interface Recording extends Received {
  target: { id: string; type: string; payloadType: string; signingKey: string };
  receivedAtUnix: number;
  encryptionKeyId?: string;
  privateKeyPem?: string;
}

interface Jwks {
  keys: { kid: string }[];
}

const FOLDER = join(__dirname, "..", "..", "data/deliveries");
const read = (name: string): unknown => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8"));
const recorded = (name: string) => read(name) as Recording;
const RECORDED_KEYS = read("jwks") as Jwks;
/** One of each form. The others are of another server, where much else is different too. */
const RECORDINGS = readdirSync(FOLDER)
  .filter((file) => /-(?:json|jwt|jwe-\w+)\.json$/.test(file))
  .map((file) => file.replace(".json", ""));

/** The time of the recordings, so that all of a delivery can be compared. */
const AT = new Date(1_795_309_247_000);

/** A payload in full, and how it was packed. */
interface Opened {
  text: string;
  payload: Record<string, unknown>;
  jwsHeader?: object;
  jweHeader?: object;
}

/** Opens a body as a receiver would: decrypts it, verifies the instance's signature, or neither. */
async function open(body: string, jwks: Jwks, privateKey?: KeyObject): Promise<Opened> {
  const { compactDecrypt, compactVerify, createLocalJWKSet } = await import("jose");
  if (body.startsWith("{")) return { text: body, payload: JSON.parse(body) as Record<string, unknown> };
  if (privateKey) {
    const { plaintext, protectedHeader } = await compactDecrypt(body, privateKey);
    return { ...(await open(new TextDecoder().decode(plaintext), jwks)), jweHeader: protectedHeader };
  }
  const { payload, protectedHeader } = await compactVerify(body, createLocalJWKSet(jwks));
  return { ...(await open(new TextDecoder().decode(payload), jwks)), jwsHeader: protectedHeader };
}

/** Lets the mock server deliver what was recorded, to a target of the same kind. */
async function deliverAgain(recording: Recording) {
  const receiver = await openReceiver();
  const zitadel = await startZitadel({ allowLoopback: true, now: () => AT });
  const path = recording.request.split(" ")[1] ?? "";
  const { type, payloadType } = recording.target;
  const target = addTarget(zitadel, `${receiver.url}${path}`, { [type]: {}, payloadType });
  const key = recording.encryptionKeyId === undefined ? undefined : addKey(zitadel, target.id, recording);
  const { payload } = await open(
    recording.body,
    RECORDED_KEYS,
    recording.privateKeyPem === undefined ? undefined : createPrivateKey(recording.privateKeyPem),
  );
  const answer = await trigger(zitadel, triggerOf(zitadel, target.id, payload));
  expect(answer.status).toBe(200);
  await zitadel.idle();
  const [received] = receiver.received;
  if (received === undefined) throw new Error("nothing was delivered");
  return { zitadel, target, key, received, receiver, payload };
}

/** A key pair of the same kind as the recorded one, its public half active at the target. */
function addKey(zitadel: Zitadel, targetId: string, { privateKeyPem = "" }: Recording) {
  const isRsa = createPrivateKey(privateKeyPem).asymmetricKeyType === "rsa";
  const { publicKey, privateKey } = isRsa
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const { keyId } = zitadel.addPublicKey(targetId, { publicKey: Buffer.from(pem).toString("base64") });
  zitadel.activatePublicKey(targetId, keyId);
  return { keyId, privateKey };
}

/** Binds the target to what a recorded payload is about, and returns the trigger that leads to the same payload. */
function triggerOf(zitadel: Zitadel, targetId: string, payload: Record<string, unknown>): object {
  if ("event_type" in payload) {
    const { event_type, event_payload, ...rest } = payload;
    zitadel.setExecution({ event: { event: String(event_type) } }, [targetId]);
    return { event: { event: event_type, payload: event_payload, ...rest } };
  }
  zitadel.setExecution({ request: { method: LIST_SESSIONS } }, [targetId]);
  const { fullMethod, orgID, userID, request } = payload;
  return { call: { method: fullMethod, orgID, userID, request } };
}

describe.each(RECORDINGS)("%s", (name) => {
  const recording = recorded(name);
  const seconds = Math.floor(AT.getTime() / 1000);

  test("has the signature that its key gives, near the time when it came", () => {
    const { body, headers, target, receivedAtUnix } = recording;
    expect(headers["Zitadel-Signature"]).toBe(signatureOf(body, target.signingKey, receivedAtUnix));
  });

  test("is delivered by the mock server in the same request: headers, their order and spelling", async () => {
    const { received, target, receiver } = await deliverAgain(recording);
    expect(received.request).toBe(recording.request);
    expect(Object.keys(received.headers)).toEqual(Object.keys(recording.headers));
    expect(received.headers).toEqual({
      ...recording.headers,
      Host: new URL(receiver.url).host,
      "Content-Length": String(Buffer.byteLength(received.body)),
      "Zitadel-Signature": signatureOf(received.body, target.signingKey, seconds),
    });
  });

  test("is delivered by the mock server with the same payload, in the same form", async () => {
    const { zitadel, received, key, payload } = await deliverAgain(recording);
    const jwks = (await (await fetch(`${zitadel.url}/oauth/v2/keys`)).json()) as Jwks;
    const ours = await open(received.body, jwks, key?.privateKey);
    const theirs = await open(
      recording.body,
      RECORDED_KEYS,
      recording.privateKeyPem === undefined ? undefined : createPrivateKey(recording.privateKeyPem),
    );
    // Two servers differ in their own id and address, and in nothing else; so the texts are equal.
    const here = theirs.text
      .replaceAll("localhost:8080", `localhost:${zitadel.port}`)
      .replaceAll(String(payload.instanceID), String(ours.payload.instanceID));
    expect(ours.text).toBe(here);
    expect(ours.payload.instanceID).toMatch(/^\d{18}$/);
    if (!("event_type" in payload)) expect(ours.payload.instanceID).not.toBe(zitadel.organisationId);
    expect(Object.keys(ours.jwsHeader ?? {})).toEqual(Object.keys(theirs.jwsHeader ?? {}));
    expect(ours.jwsHeader).toEqual(theirs.jwsHeader && { ...theirs.jwsHeader, kid: jwks.keys[0]?.kid });
    const epk = expect.objectContaining({ kty: "EC", crv: "P-256" }) as unknown;
    expect(ours.jweHeader).toEqual(
      theirs.jweHeader && { ...theirs.jweHeader, kid: key?.keyId, ...("epk" in theirs.jweHeader && { epk }) },
    );
  });
});

test("a payload without a payload type is sent as JSON", async () => {
  const recording = recorded("request-json");
  const { received } = await deliverAgain({
    ...recording,
    target: { ...recording.target, payloadType: "PAYLOAD_TYPE_UNSPECIFIED" },
  });
  expect(JSON.parse(received.body)).toMatchObject({ fullMethod: LIST_SESSIONS });
});
