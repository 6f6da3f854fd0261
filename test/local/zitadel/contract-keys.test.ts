// What the API for the public keys of targets does beyond the recorded conversation. Runs against a real server too, see
// openServer.
import { createHash, createPublicKey } from "node:crypto";
import { certify } from "../../support/certificate";
import { domainError, expectRefusal, within } from "../../support/contract";
import { base64, newKey, notKeys } from "../../support/keys";
import { call, openServer, readUntil } from "../../support/replay";

const TARGETS = "/v2/actions/targets";
const FUTURE = "2099-01-01T00:00:00Z";

let server: Awaited<ReturnType<typeof openServer>>;
let names = 0;
/** The path of the keys of a target that each test has for itself. */
let keys: string;
let target: string;
const pem = newKey.p256();

beforeAll(async () => {
  server = await openServer();
});
beforeEach(async () => {
  const name = `${server.prefix}-${++names}`;
  const wanted = { name, endpoint: "https://example.com/hook", timeout: "10s", restAsync: {} };
  const { body } = await send(`POST ${TARGETS}`, wanted);
  target = (body as { id: string }).id;
  keys = `${TARGETS}/${target}/publickeys`;
});
afterAll(() => server.close());

const send = (request: string, body?: unknown) => call(server, request, body);

async function add(text = pem, more: object = {}): Promise<{ keyId: string; creationDate: string }> {
  const answer = await send(`POST ${keys}`, { publicKey: base64(text), ...more });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as { keyId: string; creationDate: string };
}

/** The date that a call on a key answers with. */
async function date(request: string): Promise<string> {
  const answer = await send(request);
  expect(answer).toMatchObject({ status: 200 });
  const { changeDate, deletionDate } = answer.body as { changeDate?: string; deletionDate?: string };
  return changeDate ?? deletionDate ?? "none";
}

const activate = (keyId: string) => date(`POST ${keys}/${keyId}/activate`);
const deactivate = (keyId: string) => date(`POST ${keys}/${keyId}/deactivate`);
const remove = (keyId: string) => date(`DELETE ${keys}/${keyId}`);

interface Key {
  keyId: string;
  active?: boolean;
  publicKey: string;
  fingerprint: string;
  expirationDate?: string;
  creationDate: string;
  changeDate: string;
}

/** What a search finds, once that fits. */
async function search(body: object = {}, fits: (found: Key[]) => boolean = () => true): Promise<Key[]> {
  const read = async () => {
    const answer = await send(`POST ${keys}/search`, body);
    expect(answer).toMatchObject({ status: 200 });
    return (answer.body as { publicKeys?: Key[] }).publicKeys ?? [];
  };
  return await readUntil(server, read, fits);
}

/** The key as it is shown once reads have come to this date. */
async function shown(keyId: string, changeDate: string): Promise<Key | undefined> {
  const found = await search({}, (all) => all.some((key) => key.keyId === keyId && key.changeDate === changeDate));
  return found.find((key) => key.keyId === keyId);
}

const noKey = domainError(400, 9, "ErrKeyNotFound", "Target not found");
const badFormat = domainError(
  400,
  3,
  "ErrPublicKeyFormat",
  "The public key is invalid. Must be a PEM encoded RSA or ECDSA public key in PKCS#8 format",
);

describe("adding a key", () => {
  test.each([
    ["RSA", newKey.rsa()],
    ["RSA of 1024 bits", newKey.rsa(1024)],
    ["ECDSA on P-256", newKey.p256()],
    ["ECDSA on P-224", newKey.p224()],
    ["ECDSA on P-384", newKey.p384()],
    ["ECDSA on P-521", newKey.p521()],
    ["one with other blocks and text after it", `${newKey.p256()}${newKey.rsa()}and more`],
  ])("of %s shows it byte for byte, inactive, with its fingerprint", async (_what, text) => {
    const { keyId, creationDate } = await add(text);
    const der = createPublicKey(text).export({ type: "spki", format: "der" });
    const digest = createHash("sha256").update(der).digest("base64").replace(/=+$/, "");
    const publicKey = base64(text);
    const dates = { creationDate, changeDate: creationDate };
    expect(await shown(keyId, creationDate)).toEqual({ keyId, publicKey, fingerprint: `SHA256:${digest}`, ...dates });
    expect(keyId).toMatch(/^\d{18}$/);
  });

  test("takes base64 for URLs without padding, and snake_case names", async () => {
    const text = `${pem}?>~`;
    expect(base64(text)).toMatch(/[+/]/);
    const publicKey = Buffer.from(text).toString("base64url");
    const { body } = await send(`POST ${keys}`, { public_key: publicKey, expiration_date: FUTURE });
    const { keyId, creationDate } = body as { keyId: string; creationDate: string };
    expect(await shown(keyId, creationDate)).toMatchObject({ publicKey: base64(text), expirationDate: FUTURE });
  });

  test("a second time makes a second one", async () => {
    const [first, second] = [await add(), await add()];
    expect(first.keyId).not.toBe(second.keyId);
    expect(await shown(second.keyId, second.creationDate)).toMatchObject({ publicKey: base64(pem) });
  });

  test.each([
    ["2099-01-01T00:00:00.5Z", "2099-01-01T00:00:00.500Z"],
    ["2099-01-01T00:00:00.123456Z", "2099-01-01T00:00:00.123456Z"],
    ["2099-01-01T01:30:00+01:30", FUTURE],
    ["2099-01-02T00:00:00+24:00", FUTURE],
    ["2099-01-01T01:00:00+00:60", FUTURE],
    ["2099-01-01T00:00:00,5Z", "2099-01-01T00:00:00.500Z"],
    ["2099-01-01T1:00:00Z", "2099-01-01T01:00:00Z"],
    [null, undefined],
  ])("with the expiration date %s", async (expirationDate, canonical) => {
    const { keyId, creationDate } = await add(pem, { expirationDate });
    expect((await shown(keyId, creationDate))?.expirationDate).toBe(canonical);
  });

  test.each([...Object.entries(notKeys()), ["a certificate", certify("localhost").server.cert]])(
    "refuses %s",
    async (_what, text) => {
      expect(await send(`POST ${keys}`, { publicKey: base64(text) })).toMatchObject(badFormat);
    },
  );

  const size = "invalid AddPublicKeyRequest.PublicKey: value length must be between 1 and 8192 bytes, inclusive";
  const notBytes = (text: string) => `proto: (line): invalid value for bytes field publicKey: ${JSON.stringify(text)}`;
  const notADate = (text: string) => `proto: (line): invalid google.protobuf.Timestamp value "${text}"`;
  test.each([
    ["no key", {}, size],
    ["an empty key", { publicKey: "" }, size],
    ["a key of 8193 bytes", { publicKey: base64("k".repeat(8193)) }, size],
    ["a PEM that is not in base64", { publicKey: "-----BEGIN PUBLIC" }, notBytes("-----BEGIN PUBLIC")],
    ["two alphabets in one", { publicKey: "a+_b" }, notBytes("a+_b")],
    ["a number as a key", { publicKey: 1 }, "proto: (line): invalid value for bytes field publicKey: 1"],
    ["a date without a time", { expirationDate: "2099-01-01" }, notADate("2099-01-01")],
    ["an hour that does not exist", { expirationDate: "2099-01-01T24:00:00Z" }, notADate("2099-01-01T24:00:00Z")],
    ["an offset of 25 hours", { expirationDate: "2099-01-01T00:00:00+25:00" }, notADate("2099-01-01T00:00:00+25:00")],
    ["a day that does not exist", { expirationDate: "2099-02-30T00:00:00Z" }, notADate("2099-02-30T00:00:00Z")],
    [
      "a date before the first",
      { expirationDate: "0000-12-31T23:59:59Z" },
      'proto: (line): google.protobuf.Timestamp value out of range: "0000-12-31T23:59:59Z"',
    ],
    ["a date that is a number", { expirationDate: 1 }, "proto: syntax error (line): unexpected token 1"],
  ])("rejects %s", async (_what, body, message) => {
    expectRefusal(await send(`POST ${keys}`, body), message);
  });

  test("takes the first moment of all for no expiration date, and an id with blanks around it", async () => {
    const body = { publicKey: base64(pem), expirationDate: "0001-01-01T00:00:00Z" };
    const answer = await send(`POST ${TARGETS}/%20${target}%20/publickeys`, body);
    expect(answer).toMatchObject({ status: 200 });
    const { keyId, creationDate } = answer.body as { keyId: string; creationDate: string };
    expect(await shown(keyId, creationDate)).not.toHaveProperty("expirationDate");
    const blank = await send(`POST ${TARGETS}/%20/publickeys`, body);
    expect(blank).toMatchObject({ status: 400, body: { code: 3, details: [{ id: "ErrTargetIDMissing" }] } });
  });

  test("8192 bytes are not too many", async () => {
    await add(pem + " ".repeat(8192 - pem.length));
  });

  test("looks at the expiration date first, then at the key, then at the target", async () => {
    const past = { expirationDate: "2020-01-01T00:00:00Z" };
    const expired = domainError(400, 3, "ErrExpirationDateBeforeNow", "Key expiration date must be in the future");
    const elsewhere = `POST ${TARGETS}/400000000000000000/publickeys`;
    expect(await send(elsewhere, { publicKey: base64("no key"), ...past })).toMatchObject(expired);
    expect(await send(elsewhere, { publicKey: base64("no key") })).toMatchObject(badFormat);
    const noTarget = domainError(400, 9, "ErrTargetNotFound", "Target not found");
    expect(await send(elsewhere, { publicKey: base64(pem) })).toMatchObject(noTarget);
  });
});

describe("activating", () => {
  test("a key deactivates the one that was active", async () => {
    const [first, second] = [await add(), await add()];
    const before = await activate(first.keyId);
    expect(await shown(first.keyId, before)).toMatchObject({ active: true });
    const changeDate = await activate(second.keyId);
    expect(await shown(second.keyId, changeDate)).toMatchObject({ active: true });
    expect(await shown(first.keyId, changeDate)).not.toHaveProperty("active");
    await remove(first.keyId);
  });

  test("and deactivating are idempotent", async () => {
    const { keyId, creationDate } = await add();
    expect(await deactivate(keyId)).toBe(creationDate);
    const on = await activate(keyId);
    expect(await activate(keyId)).toBe(on);
    const off = await deactivate(keyId);
    expect(off > on).toBe(true);
    expect(await deactivate(keyId)).toBe(off);
    expect(await shown(keyId, off)).not.toHaveProperty("active");
  });

  test("does not read a body", async () => {
    const { keyId } = await add();
    for (const call of ["activate", "deactivate"]) {
      expect(await send(`POST ${keys}/${keyId}/${call}`, "{broken")).toMatchObject({ status: 200 });
    }
  });

  test("what is unknown is rejected, also where the target is", async () => {
    const { keyId } = await add();
    for (const call of ["activate", "deactivate"]) {
      expect(await send(`POST ${keys}/400000000000000000/${call}`)).toMatchObject(noKey);
      expect(await send(`POST ${TARGETS}/400000000000000000/publickeys/${keyId}/${call}`)).toMatchObject(noKey);
    }
  });
});

describe("deleting", () => {
  test("a key takes it away, for good", async () => {
    const { keyId } = await add();
    const deletionDate = await remove(keyId);
    expect(await remove(keyId)).toBe(deletionDate);
    expect(await search({}, (found) => found.length === 0)).toEqual([]);
    expect(await send(`POST ${keys}/${keyId}/activate`)).toMatchObject(noKey);
  });

  test("the active key is rejected until it is deactivated", async () => {
    const { keyId } = await add();
    await activate(keyId);
    const active = domainError(400, 9, "ErrPublicKeyDeleteActiveKey", "Cannot delete active target public key");
    expect(await send(`DELETE ${keys}/${keyId}`)).toMatchObject(active);
    await deactivate(keyId);
    await remove(keyId);
  });

  test("what is unknown answers with a date all the same, the first of all where the target is unknown", async () => {
    expect(await remove("400000000000000000")).toMatch(/^20/);
    expect(await date(`DELETE ${TARGETS}/400000000000000000/publickeys/1`)).toBe("0001-01-01T00:00:00Z");
  });

  test("the target takes its keys along", async () => {
    const { keyId, creationDate } = await add();
    await activate(keyId);
    await shown(keyId, creationDate);
    await send(`DELETE ${TARGETS}/${target}`);
    expect(await search({}, (found) => found.length === 0)).toEqual([]);
    expect(await send(`POST ${keys}/${keyId}/activate`)).toMatchObject(noKey);
  });
});

describe("search", () => {
  const ids: string[] = [];
  const ending = ["2098-01-01T00:00:00Z", undefined, "2099-01-01T00:00:00.500Z"];
  const places = async (body: object) => (await search(body)).map(({ keyId }) => ids.indexOf(keyId)).join("");
  const byDate = (method: string, timestamp = ending[2]) => ({
    expirationDateFilter: { timestamp, method: `TIMESTAMP_FILTER_METHOD_${method}` },
  });

  beforeEach(async () => {
    ids.splice(0);
    for (const expirationDate of ending) ids.push((await add(pem, { expirationDate })).keyId);
    const changeDate = await activate(ids[1] ?? "");
    await shown(ids[1] ?? "", changeDate);
  });

  test.each([
    ["EQUALS", "2"],
    ["AFTER", "1"],
    ["AFTER_OR_EQUALS", "12"],
    ["BEFORE", "0"],
    ["BEFORE_OR_EQUALS", "02"],
    ["BOGUS", "2"],
  ])("finds by expiration date %s, a key without one ending after any", async (method, found) => {
    expect(await places({ filters: [byDate(method)], pagination: { asc: true } })).toBe(found);
  });

  test("finds by ids and by activity, where the other filter holds too", async () => {
    const byIds = { keyIdsFilter: { ids: [ids[2], ids[1], "unknown"] } };
    const pagination = { asc: true };
    expect(await places({ filters: [byIds], pagination })).toBe("12");
    expect(await places({ filters: [{ activeFilter: false }], pagination })).toBe("02");
    expect(await places({ filters: [{ activeFilter: true }, byIds], pagination })).toBe("1");
    expect(await places({ filters: [{ activeFilter: false }, byIds], pagination })).toBe("2");
  });

  test("sorts, newest first by default, and pages", async () => {
    const sorted = (column: string, asc: boolean) =>
      places({ sortingColumn: `PUBLIC_KEY_FIELD_NAME_${column}`, pagination: { asc } });
    expect(await places({})).toBe("210");
    expect(await sorted("CREATION_DATE", true)).toBe("012");
    expect(await sorted("CREATED_DATE", true)).toBe("012");
    expect(await sorted("CHANGE_DATE", true)).toBe("021");
    expect(await sorted("EXPIRATION_DATE", true)).toBe("021");
    expect(await sorted("EXPIRATION_DATE", false)).toBe("120");
    const page = await send(`POST ${keys}/search`, { pagination: { limit: 1, offset: 1 } });
    expect(page.body).toMatchObject({
      pagination: { totalResult: "3", appliedLimit: "1" },
      publicKeys: [{ keyId: ids[1] }],
    });
  });

  test("finds nothing where there is no such target", async () => {
    const { status, body } = await send(`POST ${TARGETS}/400000000000000000/publickeys/search`, {});
    expect({ status, body }).toEqual({ status: 200, body: { pagination: { appliedLimit: "100" } } });
  });

  test("fails inside on an empty list of ids, and rejects an invalid filter", async () => {
    const empty = await send(`POST ${keys}/search`, { filters: [{ keyIdsFilter: {} }] });
    expect(empty).toMatchObject({ status: 500, body: { code: 2, message: "values array must not be empty ()" } });
    const none = await send(`POST ${keys}/search`, { filters: [{}] });
    expect(none).toMatchObject({ status: 400, body: { code: 3, details: [{ id: "GRPC-vR9nC" }] } });
  });

  const filter = "ListPublicKeysRequest.Filters[0]";
  const inIds = [filter, "PublicKeySearchFilter.KeyIdsFilter"];
  test.each([
    [
      "an id that is there twice",
      { keyIdsFilter: { ids: ["a", "b", "a"] } },
      within(inIds, "invalid InIDsFilter.Ids[2]: repeated value must contain unique items"),
    ],
    [
      "an empty id",
      { keyIdsFilter: { ids: ["a", ""] } },
      within(inIds, "invalid InIDsFilter.Ids[1]: value length must be between 1 and 200 runes, inclusive"),
    ],
    [
      "a method by a number that stands for none",
      { expirationDateFilter: { method: 5 } },
      within(
        [filter, "PublicKeySearchFilter.ExpirationDateFilter"],
        "invalid TimestampFilter.Method: value must be one of the defined enum values",
      ),
    ],
    [
      "two kinds in one filter",
      { activeFilter: true, keyIdsFilter: {} },
      'proto: (line): error parsing "keyIdsFilter", oneof zitadel.action.v2.PublicKeySearchFilter.filter is already set',
    ],
  ])("rejects %s", async (_what, wanted, message) => {
    expectRefusal(await send(`POST ${keys}/search`, { filters: [wanted] }), message);
  });
});

test.each([
  ["DELETE", "a/publickeys/", "RemovePublicKeyRequest.KeyId"],
  ["POST", `${"1".repeat(201)}/publickeys`, "AddPublicKeyRequest.TargetId"],
  ["POST", `a/publickeys/${"1".repeat(201)}/activate`, "ActivatePublicKeyRequest.KeyId"],
])("%s %s is rejected for its id", async (method, path, field) => {
  const body = method === "POST" ? {} : undefined;
  const message = `invalid ${field}: value length must be between 1 and 200 runes, inclusive`;
  expectRefusal(await send(`${method} ${TARGETS}/${path}`, body), message);
});

test.each([
  ["POST", "/publickeys", "publickeys"],
  ["POST", "/publickeys/1/activate", "publickeys/1/activate"],
  ["DELETE", "/publickeys/1?a=b", "publickeys/1?a=b"],
  ["POST", "./x//publickeys/search", "x/publickeys/search"],
])("%s %s: an id that is empty is another path", async (method, path, location) => {
  const { status, headers, body } = await send(
    `${method} ${TARGETS}/${path.replace("./", "%2E/")}`,
    method === "POST" ? {} : undefined,
  );
  expect({ status, location: headers.get("location"), body }).toEqual({
    status: 301,
    location: `${TARGETS}/${location}`,
    body: "",
  });
});

describe("who asks", () => {
  test.each(["POST ", "POST /search", "POST /1/activate", "POST /1/deactivate", "DELETE /1"])(
    "must be said in %s",
    async (request) => {
      const [method = "", path = ""] = request.split(" ");
      const answer = await call({ baseUrl: server.baseUrl }, `${method} ${keys}${path}`, undefined);
      expect(answer).toMatchObject({ status: 401, body: { code: 16, message: "auth header missing" } });
    },
  );
});

test.each([
  [405, 12, "Method Not Allowed", ["GET ", "PUT ", "DELETE ", "GET /1", "POST /1", "GET /search", "PUT /1/activate"]],
  [404, 5, "Not Found", ["GET /1/2", "POST /1/rotate", "POST /1/activate/"]],
])("other requests get %i", async (status, code, message, requests) => {
  for (const request of requests) {
    const [method = "", path = ""] = request.split(" ");
    expect(await send(`${method} ${keys}${path}`)).toMatchObject({ status, body: { code, message } });
  }
});
