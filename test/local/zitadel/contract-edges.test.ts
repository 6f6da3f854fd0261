// What the API does with unusual requests: other letters, bytes that are not text, sizes, headers, paths and methods. Runs against a
// real server too, see openServer.
import { generateKeyPairSync } from "node:crypto";
import { domainError } from "../../support/contract";
import { base64, newKey } from "../../support/keys";
import { call, LIVE, readUntil, standIns } from "../../support/replay";
import { addTarget, answering, LIST_SESSIONS, receivers, triggerCall } from "../../support/receiver";
import { TARGETS, targetsApi } from "../../support/targets-api";

const { server, newName, send, wanted, create } = targetsApi();

describe("names that differ in case", () => {
  const taken = domainError(409, 6, "V3-DKcYh", "Errors.Target.AlreadyExists");

  test.each([
    ["İ", "i"],
    ["ΑΣ", "ασ"],
    ["ẞ", "ß"],
    ["Ǆ", "ǆ"],
    ["K", "k"],
  ])("%s and %s are the same name", async (one, other) => {
    const name = newName();
    await create({ name: name + one });
    expect(await send(`POST ${TARGETS}`, wanted({ name: name + other }))).toMatchObject(taken);
  });

  test.each([
    ["İ", "i\u0307"],
    ["ΑΣ", "ας"],
    ["ß", "ss"],
    ["ı", "i"],
    ["ſ", "s"],
  ])("%s and %s are two names", async (one, other) => {
    const name = newName();
    await create({ name: name + one });
    await create({ name: name + other });
  });

  test("are found by filters that ignore case in the same way", async () => {
    const name = newName();
    await create({ name: `${name}-İΑΣ-x` });
    const found = async (text: string, method: string) => {
      const targetNameFilter = { targetName: text, method: `TEXT_FILTER_METHOD_${method}_IGNORE_CASE` };
      const read = async () => {
        const { body } = await send(`POST ${TARGETS}/search`, { filters: [{ targetNameFilter }] });
        return (body as { targets?: unknown[] }).targets?.length ?? 0;
      };
      return readUntil(server(), read, (count) => count === 1);
    };
    expect(await found(`${name}-iασ-x`, "EQUALS")).toBe(1);
    expect(await found(`${name}-iασ`, "STARTS_WITH")).toBe(1);
    expect(await found(`${name}-iας`, "STARTS_WITH")).toBe(0);
    expect(await found(`${name}-i\u0307`, "STARTS_WITH")).toBe(0);
  });
});

describe("a body", () => {
  const unusual = { status: 400, body: { code: 3 } };

  test.each([
    ["in a name", '{"name":"\\ud800"}'],
    ["the second half alone", '{"name":"\\udc00a"}'],
    ["in an unknown field", '{"foo":[{"bar":"\\ud800"}]}'],
    ["in the name of a field", '{"\\ud800":1}'],
  ])("with half of a surrogate pair is rejected: %s", async (_what, body) => {
    expect(await send(`POST ${TARGETS}`, body)).toMatchObject(unusual);
  });

  test("with a whole surrogate pair is read", async () => {
    const name = newName();
    const body = JSON.stringify(wanted({ name })).replace(name, `${name}\\ud83c\\udfaf`);
    expect(await send(`POST ${TARGETS}`, body)).toMatchObject({ status: 200 });
  });

  test.each([
    ["in a string", '{"name":"\xff"}'],
    ["in a string with a valid U+FFFD", '{"name":"\xef\xbf\xbd\xff"}'],
    ["outside strings", "{\xff}"],
  ])("that is not UTF-8 is rejected: %s", async (_what, bytes) => {
    expect(await sendBytes(Buffer.from(bytes, "latin1"))).toMatchObject(unusual);
  });

  test("with U+FFFD in valid UTF-8 is read", async () => {
    await create({ name: `${newName()}\ufffd` });
  });

  const nested = (depth: number) => `{"foo":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
  test("nested 10,000 deep is read, and one deeper is rejected", async () => {
    const { id } = await create();
    expect(await send(`POST ${TARGETS}/${id}`, nested(10_000))).toMatchObject({ status: 200 });
    const { status, body } = await send(`POST ${TARGETS}/${id}`, nested(10_001));
    expect({ status, body }).toMatchObject(unusual);
    expect(body).toMatchObject({ message: expect.stringContaining("exceeded max depth") as string });
  });

  test("with a string of 9 MiB is read", async () => {
    const { id } = await create();
    const text = `"\\n${"ab".repeat(4.5 * 1024 * 1024)}"`;
    expect(await send(`POST ${TARGETS}/${id}`, `{"foo":${text}}`)).toMatchObject({ status: 200 });
  });

  async function sendBytes(body: Buffer<ArrayBuffer>) {
    const headers = { authorization: `Bearer ${server().accessToken}` };
    const response = await fetch(server().baseUrl + TARGETS, { method: "POST", headers, body });
    return { status: response.status, body: await response.json() };
  }
});

test.each(["http://[fe80::1%eth0]/", "https://exam[ple.com/", "http://[fe80::1%25%zz]/"])(
  "the endpoint %s does not parse",
  async (endpoint) => {
    const broken = domainError(400, 3, "COMMAND-1r2k6qo6wg", "Target has an invalid URL");
    expect(await send(`POST ${TARGETS}`, wanted({ endpoint }))).toMatchObject(broken);
  },
);

test("a search sorts by URL in bytes", async () => {
  const prefix = newName();
  // U+FF5E comes before U+1F3AF in bytes, but after it in UTF-16 units.
  for (const letter of ["🎯", "a", "～"]) {
    await create({ name: `${prefix}${letter}`, endpoint: `https://example.com/${letter}` });
  }
  const filters = [{ targetNameFilter: { targetName: prefix, method: "TEXT_FILTER_METHOD_STARTS_WITH" } }];
  const query = { filters, sortingColumn: "TARGET_FIELD_NAME_URL", pagination: { asc: true } };
  const read = async () => {
    const { body } = await send(`POST ${TARGETS}/search`, query);
    return ((body as { targets?: { name: string }[] }).targets ?? []).map(({ name }) => name.slice(prefix.length));
  };
  expect(await readUntil(server(), read, ({ length }) => length === 3)).toEqual(["a", "～", "🎯"]);
});

test("a search with 70,000 ids fails inside", async () => {
  const targetIds = Array.from({ length: 70_000 }, (_, index) => String(index));
  const { status } = await send(`POST ${TARGETS}/search`, { filters: [{ inTargetIdsFilter: { targetIds } }] });
  expect(status).toBe(500);
});

describe("the Authorization header", () => {
  const get = (authorization: string) =>
    call({ baseUrl: server().baseUrl }, `DELETE ${TARGETS}/1`, undefined, { authorization });
  const token = () => server().accessToken;

  test("may have two blanks before the token", async () => {
    expect(await get(`Bearer  ${token()}`)).toMatchObject({ status: 200 });
  });

  test("must not have two tokens", async () => {
    const refused = domainError(401, 16, "AUTH-toLo1", "invalid auth header");
    expect(await get(`Bearer ${token()}, Bearer ${token()}`)).toMatchObject(refused);
  });

  test.each([
    ["a tab", "\t"],
    ["a letter beyond ASCII", " é"],
  ])("with %s fails inside", async (_what, text) => {
    expect(await get(`Bearer${text}${token()}`)).toMatchObject({ status: 500, body: { code: 13 } });
  });
});

describe("an id in the path", () => {
  test.each(["%C3%A9", "%FF", "1%00"])("%s fails inside, in every call", async (id) => {
    const failed = { status: 500, body: { code: 13 } };
    const requests = ["GET", "POST", "DELETE"].map((method) => `${method} ${TARGETS}/${id}`);
    const ofKeys = [`POST ${TARGETS}/${id}/publickeys/search`, `DELETE ${TARGETS}/1/publickeys/${id}`];
    for (const request of [...requests, ...ofKeys]) expect(await send(request)).toMatchObject(failed);
  });

  test("with an escape that is not one is rejected", async () => {
    expect(await send(`GET ${TARGETS}/%zz`)).toMatchObject({ status: 400 });
  });
});

test.each(["x-forwarded-host", "x-zitadel-public-host"])("%s decides which instance is meant", async (header) => {
  const foreign = await send(`DELETE ${TARGETS}/1`, undefined, { [header]: "no.such.instance.example" });
  expect(foreign).toMatchObject({ status: 404, body: { code: 5 } });
  expect(foreign.body).toMatchObject({ message: expect.stringContaining("QUERY-1kIjX") as string });
  const own = await send(`DELETE ${TARGETS}/1`, undefined, { [header]: new URL(server().baseUrl).host });
  expect(own).toMatchObject({ status: 200 });
});

describe("/v2beta", () => {
  test("serves targets and executions", async () => {
    const { id } = await create();
    const beta = (path: string, method = "POST") => `${method} /v2beta/actions/${path}`;
    const shown = () => send(beta(`targets/${id}`, "GET"));
    expect(await readUntil(server(), shown, ({ status }) => status === 200)).toMatchObject({ status: 200 });
    expect(await send(beta(`targets/${id}`), { timeout: "5s" })).toMatchObject({ status: 200 });
    expect(await send(beta("targets/search"), {})).toMatchObject({ status: 200 });
    expect(await send(beta("executions/search"), {})).toMatchObject({ status: 200 });
    expect(await send(beta("executions/functions", "GET"))).toMatchObject({ status: 200 });
    expect(await send(beta(`targets/${id}`, "DELETE"))).toMatchObject({ status: 200 });
  });

  (LIVE ? test.skip : test)("has methods of its own, and none for public keys", async () => {
    const { zitadel } = server();
    const { id } = zitadel?.add(wanted({ restWebhook: undefined, restAsync: {} })) ?? { id: "" };
    zitadel?.setExecution({ request: { service: "zitadel.action.v2beta.ActionService" } }, [id]);
    await send(`DELETE ${TARGETS}/1`);
    expect(zitadel?.deliveries).toEqual([]);
    await send("DELETE /v2beta/actions/targets/1");
    expect(zitadel?.deliveries).toHaveLength(1);
    expect(await send(`POST /v2beta/actions/targets/${id}/publickeys/search`, {})).toMatchObject({ status: 404 });
  });
});

test("a method that HTTP does not know is not allowed", async () => {
  const response = await fetch(server().baseUrl + TARGETS, { method: "FOO" });
  expect({ status: response.status, body: await response.json() }).toEqual({
    status: 405,
    body: { code: 12, message: "Method Not Allowed" },
  });
});

// A delivery needs a receiver that the server may call.
(LIVE ? describe.skip : describe)("a delivery encrypted for a key", () => {
  const startZitadel = standIns();
  const openReceiver = receivers();
  const trigger = async (publicKey: string) => {
    const zitadel = await startZitadel({ allowLoopback: true });
    const receiver = await openReceiver(answering(200));
    const { id } = addTarget(zitadel, receiver, {
      restWebhook: { interruptOnError: true },
      payloadType: "PAYLOAD_TYPE_JWE",
    });
    const { keyId } = zitadel.addPublicKey(id, { publicKey: base64(publicKey) });
    zitadel.activatePublicKey(id, keyId);
    zitadel.setExecution({ request: { method: LIST_SESSIONS } }, [id]);
    const answer = await triggerCall(zitadel);
    return { answer, body: receiver.received[0]?.body ?? "", keyId };
  };

  test("on P-521 can be decrypted", async () => {
    const { compactDecrypt, decodeProtectedHeader } = await import("jose");
    const pair = generateKeyPairSync("ec", { namedCurve: "P-521" });
    const { answer, body, keyId } = await trigger(pair.publicKey.export({ type: "spki", format: "pem" }).toString());
    expect(answer).toMatchObject({ status: 200 });
    expect(decodeProtectedHeader(body)).toMatchObject({ alg: "ECDH-ES+A256KW", kid: keyId });
    const { plaintext } = await compactDecrypt(body, pair.privateKey);
    expect(Buffer.from(plaintext).toString()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test("on P-224 fails, although the key was accepted", async () => {
    const { answer, body } = await trigger(newKey.p224());
    expect(answer).toMatchObject({ status: 500 });
    expect(body).toBe("");
  });
});
