import { startZitadel, type Role, type Zitadel } from "../../../local/zitadel";
import type { ErrorCode } from "../../../provider/api/errors";
import { hasCode, oneLine, readRefusal, sentence, ZitadelError } from "../../../provider/api/errors";
import { clientFor, create, expectNone, failure, search, TARGETS } from "../../support/provider";

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

const update = (id: string, body: Record<string, unknown> = {}) => ({
  ...create(),
  operation: "update target",
  what: `updating target ${id}`,
  path: `${TARGETS}/${id}`,
  body,
});
const get = {
  ...search,
  operation: "read target",
  what: "reading target 1",
  method: "GET",
  path: `${TARGETS}/1`,
} as const;
const { body: _body, ...getOne } = get;

describe("ZITADEL's own refusals", () => {
  test.each([
    ["a target that is gone, asked for by an update", update("1"), "not_found", "COMMAND-xj14f2cccn", 404],
    ["a target that is gone, read", getOne, "not_found", "QUERY-hj5oaniyrz", 404],
    ["a name that is taken", create("TAKEN"), "name_taken", "V3-DKcYh", 409],
    ["an endpoint that is denied at create", endpoint("https://127.0.0.1"), "endpoint_denied", "COMMAND-NcJUKo", 400],
    [
      "a timeout that is missing",
      { ...create(), body: { ...create().body, timeout: "0s" } },
      "invalid_request",
      "COMMAND-39f35d8uri",
      400,
    ],
    ["a field that fails its rule", { ...create(), body: { name: "a" } }, "invalid_request", undefined, 400],
  ] as const)("%s", async (_what, call, code, errorId, status) => {
    zitadel.add({ ...create().body, name: "taken" });
    const error = await failure(clientFor(zitadel).call(call), zitadel.accessToken);
    expect(error).toMatchObject({ code, errorId, status, operation: call.operation });
    expect(error.message).toContain(`on ${zitadel.url} failed: ZITADEL answered ${status} "`);
    if (errorId !== undefined) expect(error.message).toContain(`(${errorId})`);
  });

  test("an endpoint that is denied at update", async () => {
    const { id } = zitadel.add({ ...create().body });
    const error = await failure(clientFor(zitadel).call(update(id, { endpoint: "https://10.0.0.1" })));
    expect(error).toMatchObject({ code: "endpoint_denied", errorId: "COMMAND-jKbbu2", status: 400 });
    expect(error.message).toMatch(
      /Check the host, deploy its service before the target, or check the server's HTTPClient\.DenyList: ZITADEL rejects endpoints .* deny list \(.*\)\.$/,
    );
  });

  function endpoint(url: string) {
    return { ...create(), body: { ...create().body, endpoint: url } };
  }
});

describe("no permission is never `not_found`", () => {
  const calls = { create: create(), search, update: update("1"), get: getOne, delete: { ...getOne, method: "DELETE" } };

  test.each<[Role, ErrorCode, string, number, string]>([
    ["none", "no_membership", "AUTHZ-cdgFk", 404, "Give the service user the role IAM_OWNER"],
    ["ORG_OWNER", "forbidden", "AUTH-5mWD2", 403, "an organisation's role is not enough"],
  ])("%s", async (role, code, errorId, status, advice) => {
    const { accessToken } = zitadel.addUser({ userName: "someone", role });
    const client = clientFor({ ...zitadel, accessToken });
    for (const call of Object.values(calls)) {
      const error = await failure(client.call(call as typeof search), accessToken);
      expect(error).toMatchObject({ code, errorId, status });
      expect(error.message).toContain(advice);
    }
  });

  test("a host that the server does not know", async () => {
    const client = clientFor({ ...zitadel, url: zitadel.url.replace("localhost", "127.0.0.1") });
    for (const call of Object.values(calls)) {
      const error = await failure(client.call(call as typeof search), zitadel.accessToken);
      expect(error).toMatchObject({ code: "unknown_instance", errorId: "QUERY-1kIjX", status: 404 });
      expect(error.message).toContain("Nothing was removed from the state.");
    }
  });
});

describe("answers that are not ZITADEL's", () => {
  const page = "<html><body>Not Found</body></html>";
  test.each<[number, unknown, ErrorCode]>([
    [404, page, "unexpected_answer"],
    [404, "", "unexpected_answer"],
    [404, { error: "no such route" }, "unexpected_answer"],
    [404, { message: "no Route matched with those values" }, "unexpected_answer"],
    [404, { message: "Target not found", details: "QUERY-hj5oaniyrz" }, "unexpected_answer"],
    [404, { code: 5, message: "Not Found", details: [] }, "unexpected_answer"],
    [404, [], "unexpected_answer"],
    [400, page, "invalid_request"],
    [401, page, "unauthenticated"],
    [403, page, "forbidden"],
    [405, page, "unexpected_answer"],
    [407, page, "unexpected_answer"],
    [409, page, "invalid_request"],
    [413, page, "unexpected_answer"],
    [418, page, "unexpected_answer"],
    [500, page, "unavailable"],
    [501, page, "unexpected_answer"],
    [200, page, "unexpected_answer"],
    [200, "", "unexpected_answer"],
    [200, [], "unexpected_answer"],
    [200, "null", "unexpected_answer"],
    [204, undefined, "unexpected_answer"],
    [302, undefined, "unexpected_answer"],
  ])("%i %j", async (status, body, code) => {
    zitadel.faults.add({ times: Infinity, fault: { kind: "answer", status, body } });
    const error = await failure(clientFor(zitadel).call(getOne), zitadel.accessToken);
    expect(error).toMatchObject({ code, status });
    expect(error.errorId).toBeUndefined();
    expect(error.message).not.toContain("<html>");
  });

  test("are said to be none of ZITADEL's", async () => {
    zitadel.faults.add({ fault: { kind: "answer", status: 404, body: page } });
    expect((await failure(clientFor(zitadel).call(getOne))).message).toBe(
      `Reading target 1 on ${zitadel.url} failed: something answered 404, but not in ZITADEL's format (a proxy or gateway?). Check \`zitadel-actions:domain\` and \`zitadel-actions:port\`, any proxy or gateway in front of the server, and the server's version: ZITADEL's actions API, which ZITADEL has since version 4.0, does not answer like this. Nothing was removed from the state.`,
    );
  });
});

describe("the table of error ids", () => {
  test.each<[string, ErrorCode]>([
    ["QUERY-hj5oaniyrz", "not_found"],
    ["COMMAND-xj14f2cccn", "not_found"],
    ["AUTHZ-cdgFk", "no_membership"],
    ["AUTH-5mWD2", "forbidden"],
    ["QUERY-1kIjX", "unknown_instance"],
    ["V3-DKcYh", "name_taken"],
    ["COMMAND-NcJUKo", "endpoint_denied"],
    ["COMMAND-jKbbu2", "endpoint_denied"],
  ])("%s is %s, whatever the language and (nearly) the status", (id, code) => {
    for (const status of [400, 404, 500]) {
      const body = { message: "Ziel nicht gefunden", details: [{ id }] };
      // "Gone" drops what is in the state: a server that is out of order is not believed that.
      const said = code === "not_found" && status === 500 ? "unavailable" : code;
      expect(readRefusal(status, body, String)).toMatchObject({
        errorId: id,
        message: "Ziel nicht gefunden",
        code: said,
      });
    }
  });

  test.each<[number, ErrorCode]>([
    [400, "invalid_request"],
    [401, "unauthenticated"],
    [403, "forbidden"],
    [404, "unexpected_answer"],
    [409, "invalid_request"],
    [429, "unavailable"],
    [500, "unavailable"],
    [502, "unavailable"],
    [503, "unavailable"],
    [504, "unavailable"],
  ])("another id with %i is %s", (status, code) => {
    expect(readRefusal(status, { message: "m", details: [{ id: "COMMAND-other" }] }, String)).toMatchObject({ code });
  });

  test("a name that every object inherits is not an id", () => {
    for (const id of ["constructor", "toString", "__proto__"]) {
      expect(readRefusal(404, { message: "m", details: [{ id }] }, String).code).toBe("unexpected_answer");
    }
  });

  test("an invalid id is left out", () => {
    for (const id of [1, "", "a b", "x".repeat(41), "a\nb", null]) {
      expect(readRefusal(404, { message: "m", details: [{ id }] }, String).errorId).toBeUndefined();
    }
  });
});

describe("a message", () => {
  test("is one line in our standard form", () => {
    expect(sentence("reading target 1", "ZITADEL answered 404", "Look.")).toBe(
      "Reading target 1 failed: ZITADEL answered 404. Look.",
    );
    expect(oneLine(" a\r\n\tb\u0000\u001b[31mc ")).toBe("a b [31mc");
    expect(oneLine("x".repeat(301))).toBe(`${"x".repeat(300)}…`);
  });

  test("of a server that says a lot is cut short", async () => {
    const message = `first\nsecond ${"y".repeat(100_000)}`;
    zitadel.faults.add({ fault: { kind: "answer", status: 400, body: { code: 3, message } } });
    const error = await failure(clientFor(zitadel).call(search));
    expect(error.message).toContain('"first second yyy');
    expect(error.message.length).toBeLessThan(500);
  });
});

test("an error is known by its code, also one of another copy of the package", () => {
  const error = new ZitadelError("not_found", "gone", { cause: { code: "X", message: "why" } });
  expect(hasCode(error, "forbidden", "not_found")).toBe(true);
  expect(hasCode(error, "forbidden")).toBe(false);
  expect(hasCode(Object.assign(new Error("gone"), { code: "not_found" }), "not_found")).toBe(true);
  expect(hasCode({ code: "not_found" }, "not_found")).toBe(false);
  expect(hasCode(undefined, "not_found")).toBe(false);
  expect(error).toMatchObject({ name: "ZitadelError", cause: { code: "X", message: "why" } });
});

test("the search for secrets in errors finds them wherever they are", () => {
  const secret = "hidden-secret";
  const hidden = Object.defineProperty(new Error("m"), "options", { value: { deep: { header: secret } } });
  for (const error of [new Error(secret), new Error("m", { cause: { message: secret } }), hidden]) {
    expect(() => expectNone(error, secret)).toThrow();
  }
});
