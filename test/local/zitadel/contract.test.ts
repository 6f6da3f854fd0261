// What the API for targets does beyond the recorded conversations. Runs against a real server too, see openServer.
import { domainError, expectRefusal } from "../../support/contract";
import { call, LIVE, readUntil, type Answer } from "../../support/replay";
import { TARGETS, targetsApi } from "../../support/targets-api";

const { server, newName, send, wanted, create } = targetsApi();

async function update(id: string, body: unknown): Promise<{ changeDate: string; signingKey?: string }> {
  const answer = await send(`POST ${TARGETS}/${id}`, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as { changeDate: string };
}

/** The target as GET shows it once reads have come to the state that was written at this date. */
async function shown(id: string, changeDate: string): Promise<Record<string, unknown>> {
  const target = (answer: Answer) => (answer.body as { target?: Record<string, unknown> }).target;
  const answer = await readUntil(
    server(),
    () => send(`GET ${TARGETS}/${id}`),
    (got) => target(got)?.changeDate === changeDate,
  );
  expect(answer).toMatchObject({ status: 200, body: { target: { changeDate } } });
  return target(answer) ?? {};
}

describe("create", () => {
  test.each([
    ["snake_case names", { restWebhook: undefined, rest_webhook: { interrupt_on_error: true }, payload_type: 3 }],
    ["null for what is optional", { payloadType: null, restCall: null }],
    ["a flag that restAsync does not have", { restWebhook: undefined, restAsync: { interruptOnError: true } }],
    ["an id of the client's own", { id: "1" }],
    ["a payload type without a name", { payloadType: 99 }],
    ["an ftp endpoint", { endpoint: "ftp://example.com/hook" }],
    ["a password in the endpoint", { endpoint: "https://user:secret@example.com/hook" }],
    ["a port that does not exist", { endpoint: "https://example.com:99999/hook" }],
    ["a blank in the path", { endpoint: "https://example.com/a hook?b=c#d" }],
    ["an endpoint of 2048 characters", { endpoint: `https://example.com/${"e".repeat(2028)}` }],
  ])("takes %s", async (_what, changes) => {
    const { id, creationDate } = await create(changes);
    expect(id).toMatch(/^\d{18}$/);
    const endpoint = "endpoint" in changes ? changes.endpoint : "https://example.com/hook";
    expect(await shown(id, creationDate)).toMatchObject({ id, endpoint });
  });

  test("keeps what snake_case names said", async () => {
    const { id, creationDate } = await create({ restWebhook: undefined, rest_call: { interrupt_on_error: true } });
    expect(await shown(id, creationDate)).toMatchObject({ restCall: { interruptOnError: true } });
  });

  test("takes a name of 1000 runes that are 4 bytes each", async () => {
    const start = newName();
    const name = `${start}${"🎯".repeat(1000 - Array.from(start).length)}`;
    const { id, creationDate } = await create({ name });
    expect(await shown(id, creationDate)).toMatchObject({ name });
  });

  test("any content type will do", async () => {
    expect(await send(`POST ${TARGETS}`, wanted(), { "content-type": "text/plain" })).toMatchObject({ status: 200 });
  });

  const outOfRange = "invalid CreateTargetRequest.Timeout: value must be inside range [0s, 4m30s]";
  const endpointLength =
    "invalid CreateTargetRequest.Endpoint: value length must be between 1 and 2048 runes, inclusive";
  const notADuration = (text: string) => `proto: (line): invalid google.protobuf.Duration value "${text}"`;
  test.each([
    ["timeout -1s", { timeout: "-1s" }, outOfRange],
    ["timeout 271s", { timeout: "271s" }, outOfRange],
    ["timeout just above 270s", { timeout: "270.000000001s" }, outOfRange],
    ["timeout 1m", { timeout: "1m" }, notADuration("1m")],
    ["timeout 10", { timeout: "10" }, notADuration("10")],
    ["timeout 10ms", { timeout: "10ms" }, notADuration("10ms")],
    ["timeout 4m30s", { timeout: "4m30s" }, notADuration("4m30s")],
    ["timeout 1e1s", { timeout: "1e1s" }, notADuration("1e1s")],
    ["a timeout with ten decimals", { timeout: "1.0000000001s" }, notADuration("1.0000000001s")],
    ["a timeout beyond 64 bits", { timeout: "9223372036854775808s" }, notADuration("9223372036854775808s")],
    ["an empty timeout", { timeout: "" }, notADuration("")],
    ["a timeout that is a number", { timeout: 10 }, "proto: syntax error (line): unexpected token 10"],
    ["an empty endpoint", { endpoint: "" }, endpointLength],
    ["no endpoint", { endpoint: undefined }, endpointLength],
    ["an endpoint of 2049 characters", { endpoint: `https://example.com/${"e".repeat(2029)}` }, endpointLength],
    ["type null", { restWebhook: null }, "invalid CreateTargetRequest.TargetType: value is required"],
    ["type true", { restWebhook: true }, "proto: syntax error (line): unexpected token true"],
  ])("rejects %s", async (_what, changes, message) => {
    expectRefusal(await send(`POST ${TARGETS}`, wanted(changes)), message);
  });

  test("rejects a key that is given twice, under one name or two", async () => {
    const twice = `{"name":"${newName()}","name":"b"}`;
    expectRefusal(await send(`POST ${TARGETS}`, twice), 'proto: (line): duplicate field "name"');
    const both = '{"payloadType":1,"payload_type":1}';
    expectRefusal(await send(`POST ${TARGETS}`, both), 'proto: (line): duplicate field "payload_type"');
  });

  test.each([
    ['{"name":}', "invalid character '}' looking for beginning of value"],
    ['{"name" "a"}', "invalid character '\"' after object key"],
    ['{name:"a"}', "invalid character 'n' looking for beginning of object key string"],
    ['{"name":"a" "b"}', "invalid character '\"' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ["tru", "unexpected EOF"],
    ['{"name":"a', "unexpected EOF"],
    ['{"name":"\\x"}', "invalid character 'x' in string escape code"],
    ['{"a":1.x}', "invalid character 'x' after decimal point in numeric literal"],
    ['{"a":"\u0001"}', "invalid character '\\x01' in string literal"],
    ["\ufeff{}", "invalid character 'ï' looking for beginning of value"],
    ["nul!", "invalid character '!' in literal null (expecting 'l')"],
  ])("rejects %s", async (text, message) => {
    expectRefusal(await send(`POST ${TARGETS}`, text), message);
  });

  test.each([
    ["no timeout", { timeout: undefined }, "COMMAND-39f35d8uri", "Target has no timeout"],
    ["a timeout of 0s", { timeout: "0s" }, "COMMAND-39f35d8uri", "Target has no timeout"],
    ["a broken escape in the host", { endpoint: "http://%zz/" }, "COMMAND-1r2k6qo6wg", "Target has an invalid URL"],
    ["no scheme", { endpoint: "://x" }, "COMMAND-1r2k6qo6wg", "Target has an invalid URL"],
    ["no URL", { endpoint: "not a url" }, "COMMAND-NcJUKo", "Errors.Target.DeniedURL"],
    ["no scheme, but a host", { endpoint: "example.com/hook" }, "COMMAND-NcJUKo", "Errors.Target.DeniedURL"],
    ["a relative endpoint", { endpoint: "/relative" }, "COMMAND-NcJUKo", "Errors.Target.DeniedURL"],
    ["an address for mail", { endpoint: "mailto:a@example.com" }, "COMMAND-NcJUKo", "Errors.Target.DeniedURL"],
    ["no host", { endpoint: "http://" }, "COMMAND-NcJUKo", "Errors.Target.DeniedURL"],
    ["a host that does not resolve", { endpoint: "https://no.invalid" }, "COMMAND-NcJUKo", "Errors.Target.DeniedURL"],
  ])("rejects %s with an id", async (_what, changes, id, text) => {
    expect(await send(`POST ${TARGETS}`, wanted(changes))).toMatchObject(domainError(400, 3, id, text));
  });

  test("fails inside on a NUL in the name", async () => {
    const text = "unknown database error: ERROR: unsupported Unicode escape sequence (SQLSTATE 22P05)";
    const answer = await send(`POST ${TARGETS}`, wanted({ name: `${newName()}\0` }));
    expect(answer).toMatchObject({ status: 500, body: { code: 2, message: `${text} ()` } });
  });

  test("reports one failure, that of the first field", async () => {
    expectRefusal(await send(`POST ${TARGETS}`, { timeout: "-1s", name: newName(), endpoint: "" }), outOfRange);
  });

  test("lets one of sixteen have a name that all want at once", async () => {
    const body = wanted();
    const answers = await Promise.all(Array.from({ length: 16 }, () => send(`POST ${TARGETS}`, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(15).fill(409)]);
  });
});

describe("update", () => {
  test("changes the type in place, and keeps id and key", async () => {
    const { id, signingKey } = await create();
    for (const type of ["restCall", "restAsync", "restWebhook"]) {
      const { changeDate } = await update(id, { [type]: {} });
      expect(await shown(id, changeDate)).toMatchObject({ id, signingKey, [type]: {} });
    }
  });

  test("writes nothing for the same values, unknown fields, another id or no body", async () => {
    const values = { restWebhook: undefined, restCall: {}, payloadType: "PAYLOAD_TYPE_JWE" };
    const { id, creationDate } = await create({ ...values, timeout: "1.5s" });
    for (const body of [{ restCall: {}, timeout: "1.500s" }, { foo: 1 }, { id: "1" }, undefined, "{} and more"]) {
      expect(await update(id, body)).toEqual({ changeDate: creationDate });
    }
  });

  test.each(["PAYLOAD_TYPE_UNSPECIFIED", "PAYLOAD_TYPE_BOGUS", 0, 99])(
    "never takes %s as payload type",
    async (word) => {
      const { id, creationDate } = await create({ payloadType: "PAYLOAD_TYPE_JWT" });
      expect(await update(id, { payloadType: word })).toEqual({ changeDate: creationDate });
      const { changeDate } = await update(id, { payloadType: "PAYLOAD_TYPE_JSON" });
      expect(await shown(id, changeDate)).toMatchObject({ payloadType: "PAYLOAD_TYPE_JSON" });
    },
  );

  test("a flag given at creation survives a change of type, and one of the name beside it", async () => {
    const { id } = await create({ restWebhook: { interruptOnError: true } });
    const name = newName();
    const { changeDate } = await update(id, { name, restCall: {} });
    expect(await shown(id, changeDate)).toMatchObject({ name, restCall: { interruptOnError: true } });
  });

  test("a flag given at creation comes back after restAsync", async () => {
    const { id } = await create({ restWebhook: { interruptOnError: true } });
    const async = await update(id, { restAsync: {} });
    expect(await shown(id, async.changeDate)).toMatchObject({ restAsync: {} });
    const { changeDate } = await update(id, { restWebhook: {} });
    expect(await shown(id, changeDate)).toMatchObject({ restWebhook: { interruptOnError: true } });
  });

  test("a flag that an update has written can be taken back by one", async () => {
    const { id, creationDate } = await create();
    const on = await update(id, { restWebhook: { interruptOnError: true } });
    expect(on.changeDate).not.toBe(creationDate);
    const off = await update(id, { restWebhook: {} });
    expect(await shown(id, off.changeDate)).toMatchObject({ restWebhook: {} });
    expect((await shown(id, off.changeDate)).restWebhook).toEqual({});
  });

  test("rotates the key at each request that asks for it", async () => {
    const { id, signingKey } = await create();
    const first = await update(id, { expirationSigningKey: "-0s" });
    const second = await update(id, { expirationSigningKey: "0s" });
    expect(new Set([signingKey, first.signingKey, second.signingKey]).size).toBe(3);
    expect(await shown(id, second.changeDate)).toMatchObject({ signingKey: second.signingKey });
  });

  test("takes the own name in other letters, but not another target's", async () => {
    const name = newName();
    const { id } = await create({ name });
    const upper = name.toUpperCase();
    const { changeDate } = await update(id, { name: upper });
    expect(await shown(id, changeDate)).toMatchObject({ name: upper });
    const other = await create();
    const refused = await send(`POST ${TARGETS}/${other.id}`, { name });
    expect(refused).toMatchObject(domainError(409, 6, "V3-DKcYh", "Errors.Target.AlreadyExists"));
  });

  test.each([
    ["a timeout of 0s", { timeout: "0s" }, "COMMAND-08b39vdi57", "Target has no timeout"],
    ["a URL that does not parse", { endpoint: "http://%zz/" }, "COMMAND-jsbaera7b6", "Target has an invalid URL"],
    ["a host that does not resolve", { endpoint: "https://no.invalid" }, "COMMAND-jKbbu2", "Errors.Target.DeniedURL"],
  ])("rejects %s with an id of its own", async (_what, body, id, text) => {
    const target = await create();
    expect(await send(`POST ${TARGETS}/${target.id}`, body)).toMatchObject(domainError(400, 3, id, text));
  });

  const nameLength = "invalid UpdateTargetRequest.Name: value length must be between 1 and 1000 runes, inclusive";
  test.each([
    ["an empty name", { name: "" }, nameLength],
    ["a long name", { name: "n".repeat(1001) }, nameLength],
    [
      "a long timeout",
      { timeout: "271s" },
      "invalid UpdateTargetRequest.Timeout: value must be inside range [0s, 4m30s]",
    ],
    [
      "two types",
      { restCall: {}, restAsync: {} },
      'proto: (line): error parsing "restAsync", oneof zitadel.action.v2.UpdateTargetRequest.target_type is already set',
    ],
  ])("rejects %s", async (_what, body, message) => {
    const { id } = await create();
    expectRefusal(await send(`POST ${TARGETS}/${id}`, body), message);
  });

  test("of an unknown id is rejected, even if it asks for nothing", async () => {
    const missing = domainError(404, 5, "COMMAND-xj14f2cccn", "Target not found");
    for (const id of ["400000000000000000", "unknown"]) {
      expect(await send(`POST ${TARGETS}/${id}`, {})).toMatchObject(missing);
    }
  });

  test("without an id is rejected", async () => {
    const message = "invalid UpdateTargetRequest.Id: value length must be between 1 and 200 runes, inclusive";
    expectRefusal(await send(`POST ${TARGETS}/`, {}), message);
  });
});

describe("delete", () => {
  test("of what never was answers 200", async () => {
    for (const id of ["400000000000000000", "unknown"]) {
      expect(await send(`DELETE ${TARGETS}/${id}`)).toMatchObject({ status: 200, body: {} });
    }
  });

  test("frees the name, ends updates, and can be repeated by many at once", async () => {
    const name = newName();
    const { id } = await create({ name });
    const answers = await Promise.all(Array.from({ length: 16 }, () => send(`DELETE ${TARGETS}/${id}`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(16).fill(200));
    expect(await send(`POST ${TARGETS}/${id}`, {})).toMatchObject({ status: 404 });
    await create({ name: name.toUpperCase() });
  });
});

test("an id of more than 200 characters is rejected", async () => {
  expect(await send(`GET ${TARGETS}/${"1".repeat(201)}`)).toMatchObject({ status: 400, body: { code: 3 } });
});

test("another method is rejected", async () => {
  const refused = { status: 405, body: { code: 12, message: "Method Not Allowed" } };
  for (const request of [`GET ${TARGETS}`, `PUT ${TARGETS}`, `PUT ${TARGETS}/1`, `PATCH ${TARGETS}/1`]) {
    expect(await send(request)).toMatchObject(refused);
  }
});

describe("search", () => {
  interface Found {
    pagination: { totalResult?: string; appliedLimit: string };
    targets?: { id: string; name: string }[];
  }
  const under = (suffix = "") => ({
    targetNameFilter: { targetName: `${server().prefix}-s${suffix}`, method: "TEXT_FILTER_METHOD_STARTS_WITH" },
  });
  const ids: string[] = [];

  async function search(body: object): Promise<Found> {
    const answer = await send(`POST ${TARGETS}/search`, body);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body as Found;
  }
  /** The last letters of the names found. */
  const letters = async (body: object) =>
    ((await search(body)).targets ?? []).map(({ name }) => name.slice(-1)).join("");

  beforeAll(async () => {
    const wants = [
      { timeout: "3s", restWebhook: {}, endpoint: "https://example.com/3" },
      { timeout: "1s", restWebhook: undefined, restAsync: {}, endpoint: "https://example.com/1" },
      {
        timeout: "20s",
        restWebhook: undefined,
        restCall: { interruptOnError: true },
        endpoint: "https://example.com/2",
      },
    ];
    for (const [index, want] of wants.entries()) {
      const { id } = await create({ name: `${server().prefix}-s%_${["a", "B", "c"][index] ?? ""}`, ...want });
      ids.push(id);
    }
    await readUntil(
      server(),
      () => search({ filters: [under()] }),
      (found) => found.targets?.length === 3,
    );
  });

  test.each([
    ["TARGET_FIELD_NAME_ID", "aBc"],
    ["TARGET_FIELD_NAME_CREATED_DATE", "aBc"],
    ["TARGET_FIELD_NAME_CREATION_DATE", "aBc"],
    ["TARGET_FIELD_NAME_CHANGED_DATE", "aBc"],
    ["TARGET_FIELD_NAME_NAME", "Bac"],
    ["TARGET_FIELD_NAME_TARGET_TYPE", "acB"],
    ["TARGET_FIELD_NAME_URL", "Bca"],
    ["TARGET_FIELD_NAME_TIMEOUT", "Bac"],
  ])("sorts by %s", async (sortingColumn, ascending) => {
    const filters = [under()];
    expect(await letters({ filters, sortingColumn, pagination: { asc: true } })).toBe(ascending);
    expect(await letters({ filters, sortingColumn })).toBe(Array.from(ascending).reverse().join(""));
  });

  test("sorts by TARGET_FIELD_NAME_INTERRUPT_ON_ERROR", async () => {
    const sortingColumn = "TARGET_FIELD_NAME_INTERRUPT_ON_ERROR";
    expect((await letters({ filters: [under()], sortingColumn })).startsWith("c")).toBe(true);
  });

  test.each([
    ["EQUALS", "%_a", "a"],
    ["EQUALS", "%_b", ""],
    ["EQUALS_IGNORE_CASE", "%_b", "B"],
    ["STARTS_WITH", "%", "aBc"],
    ["STARTS_WITH", "__", ""],
    ["STARTS_WITH_IGNORE_CASE", "%_b", "B"],
    ["BOGUS", "%_a", "a"],
  ])("finds names by %s of …%s", async (method, suffix, found) => {
    const filter = { targetName: `${server().prefix}-s${suffix}`, method: `TEXT_FILTER_METHOD_${method}` };
    expect(await letters({ filters: [{ targetNameFilter: filter }], pagination: { asc: true } })).toBe(found);
  });

  test.each([
    ["CONTAINS", "s%_B", "B"],
    ["CONTAINS", "S%_B", ""],
    ["CONTAINS_IGNORE_CASE", "S%_", "aBc"],
    ["ENDS_WITH", "_B", "B"],
    ["ENDS_WITH", "_b", ""],
    ["ENDS_WITH_IGNORE_CASE", "_b", "B"],
  ])("finds names by %s of %s, where the other filter holds too", async (method, targetName, found) => {
    const byName = { targetNameFilter: { targetName, method: `TEXT_FILTER_METHOD_${method}` } };
    expect(await letters({ filters: [under(), byName], pagination: { asc: true } })).toBe(found);
  });

  test("pages through what it finds", async () => {
    const page = async (pagination: object) => await search({ filters: [under()], pagination });
    expect((await page({ limit: 2 })).pagination).toEqual({ totalResult: "3", appliedLimit: "2" });
    expect((await page({ limit: 0 })).pagination).toEqual({ totalResult: "3", appliedLimit: "100" });
    expect((await page({ limit: 1000 })).pagination).toEqual({ totalResult: "3", appliedLimit: "1000" });
    expect((await page({ offset: "2" })).targets).toMatchObject([{ id: ids[0] }]);
    expect(await page({ offset: 3 })).toEqual({ pagination: { appliedLimit: "100" } });
  });

  test.each([
    ["an offset beyond 63 bits", { pagination: { offset: "9223372036854775808" } }],
    ["a NUL", { filters: [{ targetNameFilter: { targetName: "\0" } }] }],
  ])("fails inside on %s", async (_what, body) => {
    const answer = await send(`POST ${TARGETS}/search`, body);
    expect(answer).toMatchObject(domainError(500, 13, "QUERY-y2u7vctrha", "An internal error occurred"));
  });

  test("ignores what it does not know, and so finds everything", async () => {
    const pagination = { limit: 1000 };
    const found = await search({ queries: [under()], pagination });
    expect(found.targets?.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  });

  test("finds a thousand ids at once", async () => {
    const unknown = Array.from({ length: 997 }, (_, index) => String(index));
    const found = await search({ filters: [{ inTargetIdsFilter: { targetIds: [...unknown, ...ids] } }] });
    expect(found.pagination.totalResult).toBe("3");
  });

  const inFilter = "invalid ListTargetsRequest.Filters[0]: embedded message failed validation | caused by: ";
  const inNameFilter = `${inFilter}invalid TargetSearchFilter.TargetNameFilter: embedded message failed validation | caused by: `;
  test.each([
    ["a limit of -1", { pagination: { limit: -1 } }, "proto: (line): invalid value for uint32 field limit: -1"],
    [
      "a name of 201 runes",
      { filters: [{ targetNameFilter: { targetName: "n".repeat(201) } }] },
      `${inNameFilter}invalid TargetNameFilter.TargetName: value length must be at most 200 runes`,
    ],
    [
      "a method by a number that stands for none",
      { filters: [{ targetNameFilter: { targetName: "n", method: 99 } }] },
      `${inNameFilter}invalid TargetNameFilter.Method: value must be one of the defined enum values`,
    ],
    [
      "two kinds in one filter",
      { filters: [{ targetNameFilter: {}, inTargetIdsFilter: {} }] },
      'proto: (line): error parsing "inTargetIdsFilter", oneof zitadel.action.v2.TargetSearchFilter.filter is already set',
    ],
    ["filters that are no list", { filters: {} }, "proto: syntax error (line): unexpected token {"],
  ])("rejects %s", async (_what, body, message) => {
    expectRefusal(await send(`POST ${TARGETS}/search`, body), message);
  });
});

describe("who asks", () => {
  const noToken = { status: 401, body: { code: 16, message: "auth header missing" } };
  const badToken = domainError(401, 16, "AUTH-7fs1e", "Errors.Token.Invalid");
  const badHeader = domainError(401, 16, "AUTH-toLo1", "invalid auth header");
  const anonymous = (request: string, body?: unknown, authorization?: string) =>
    call({ baseUrl: server().baseUrl }, request, body, authorization === undefined ? {} : { authorization });

  test.each([
    `GET ${TARGETS}/1`,
    `POST ${TARGETS}`,
    `POST ${TARGETS}/1`,
    `DELETE ${TARGETS}/1`,
    `POST ${TARGETS}/search`,
  ])("must be said in %s", async (request) => {
    const body = request.startsWith("POST") ? {} : undefined;
    expect(await anonymous(request, body)).toMatchObject(noToken);
    expect(await anonymous(request, body, "Bearer wrong")).toMatchObject(badToken);
  });

  test.each(["Bearer ", "Basic YTpi", "bearer abc"])("must not be said with %p", async (header) => {
    expect(await anonymous(`GET ${TARGETS}/1`, undefined, header)).toMatchObject(badHeader);
  });

  test("is asked before the fields are looked at, and after the JSON is read", async () => {
    expect(await anonymous(`POST ${TARGETS}`, { name: "" })).toMatchObject(noToken);
    expectRefusal(await anonymous(`POST ${TARGETS}`, '{"name":'), "unexpected EOF");
  });

  test("is said in a header of the refusal, and every answer has an id", async () => {
    const refused = await anonymous(`GET ${TARGETS}/1`);
    expect(refused.headers.get("www-authenticate")).toBe("auth header missing");
    const answers = [refused, await send(`GET ${TARGETS}/1`), await send(`DELETE ${TARGETS}/1`)];
    expect(new Set(answers.map(({ headers }) => headers.get("x-request-id") ?? "none")).size).toBe(3);
  });

  test("does not matter where no such organisation is", async () => {
    const answer = await send(`GET ${TARGETS}/1`, undefined, { "x-zitadel-orgid": "1" });
    expect(await send(`DELETE ${TARGETS}/1`, undefined, { "x-zitadel-orgid": "" })).toMatchObject({ status: 200 });
    expect(answer).toMatchObject(domainError(403, 7, "AUTH-Bs7Ds", "Organisation doesn't exist"));
  });
});

// A real server's domain may well resolve to an address that cannot be reached under another name.
(LIVE ? test.skip : test)("a host that is not the instance's is rejected", async () => {
  const baseUrl = server().baseUrl.replace("localhost", "127.0.0.1");
  const host = baseUrl.replace("http://", "");
  const answer = await call({ ...server(), baseUrl }, `GET ${TARGETS}/1`);
  const advice = "Make sure you got the domain right. Check out https://zitadel.com/docs/apis/introduction#domains";
  const why = `(ExternalDomain is localhost): ID=QUERY-1kIjX Message=Instance not found. ${advice}`;
  const message = `unable to set instance using origin &{${host}  http} ${why}`;
  expect(answer).toMatchObject({ status: 404, body: { code: 5, message } });
});
