import { runInNewContext } from "node:vm";
import { create, toJson } from "@bufbuild/protobuf";
import { ApiSchema, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { consequenceOf } from "../../local/zitadel/delivery/once";
import {
  type About,
  type Answer,
  appendAttributes,
  appendClaims,
  appendLogClaims,
  forwardStatus,
  isWebhookError,
  setUserMetadata,
  webhook,
} from "../../webhook";
import { sampleEvent, sampleFunction, sampleRequest, sampleResponse } from "../../webhook/testing";
import { headersOf, options } from "../support/webhook";

// Answers of handlers: what ZITADEL would ignore or fail on is reported to the receiver's owner, and never sent.

const method = "/zitadel.user.v2.UserService/AddHumanUser";
const about = {
  token: { kind: "function", payload: sampleFunction("preaccesstoken") },
  userinfo: { kind: "function", payload: sampleFunction("preuserinfo") },
  saml: { kind: "function", payload: sampleFunction("presamlresponse") },
  request: { kind: "request", payload: sampleRequest(method) },
  response: { kind: "response", payload: sampleResponse(method) },
  event: { kind: "event", payload: sampleEvent("user.human.added") },
} as const satisfies Record<string, About>;
type Name = keyof typeof about;

/** What a receiver sends if its handler answers so, and what its owner is told. */
async function answered(name: Name, answer: unknown): Promise<{ status: number; body: string; told: string }> {
  let told = "";
  const onFailed = (error: unknown) => void (told = String(error));
  const body = JSON.stringify(about[name].payload);
  const receive = webhook({ ...options, onFailed }, () => answer as Answer);
  const response = await receive(new Request("http://a/", { method: "POST", headers: headersOf(body), body }));
  return { status: response.status, body: await response.text(), told };
}

/** Whether the mock server uses all of an answer. */
function isUsable(name: Name, answer: unknown): boolean {
  const { rejection, ignored } = consequenceOf("restCall", about[name], { status: 200, body: JSON.stringify(answer) });
  const isForwarded = rejection?.error.id === "EXEC-reUaUZCzCp";
  return (rejection === undefined || isForwarded) && ignored.length === 0;
}

const claim = { key: "a", value: 1 };
test.each<[Name, unknown]>([
  ["token", {}],
  ["token", { ...appendClaims({ a: null, b: {} }), ...appendLogClaims("b"), ...setUserMetadata({ c: "ä" }) }],
  ["userinfo", { append_claims: [], append_log_claims: null }],
  ["userinfo", { Append_Claims: [{ Key: "a", VALUE: 1 }] }],
  ["saml", { ...appendAttributes({ team: ["a"], role: { format: "urn:x", values: [] } }), ...setUserMetadata({}) }],
  ["saml", { append_attribute: [{ name: "a", value: [] }] }],
  ["token", forwardStatus(403, "no")],
  ["request", forwardStatus(429, "later")],
  ["request", about.request.payload.request],
  ["response", about.response.payload.response],
  ["token", { set_user_metadata: [{ key: "a", value: "YW\nJj\r\n", state: 1 }] }],
  ["token", appendClaims({ email: "a@b", name: "Ada" })],
  ["userinfo", appendClaims({ aud: "a", client_id: "b" })],
  ["request", { username: "5", profile: { given_name: null }, other: [5], list: [] }],
  ["response", { idpInformation: { rawInformation: { a: [null, [1]] } } }],
  ["request", { username: "ada_b", profile: { given_name: "A", familyName: "B" } }],
  ["response", { idpInformation: { rawInformation: { given_name: "A", givenName: { a_b: 1, aB: 1 } } } }],
])("%s: %j is sent", async (name, answer) => {
  if (name !== "request") expect(isUsable(name, answer)).toBe(true);
  expect(await answered(name, answer)).toEqual({ status: 200, body: JSON.stringify(answer), told: "" });
});

test.each<[Name, unknown, string]>([
  [
    "token",
    { Team: "blue" },
    'ZITADEL ignores the member "Team" in an answer to function/preaccesstoken: create the answer with `appendClaims()` or `appendLogClaims()` or `setUserMetadata()`.',
  ],
  ["token", about.token.payload, 'the member "function"'],
  ["token", appendAttributes({ a: ["b"] }), 'the member "append_attribute"'],
  ["saml", appendClaims({ a: 1 }), "create the answer with `appendAttributes()` or `setUserMetadata()`."],
  ["saml", appendLogClaims("a"), 'the member "append_log_claims" in an answer to function/presamlresponse'],
  ["token", { append_claims: { a: 1 } }, "create it with `appendClaims()`"],
  ["token", { append_claims: [{ key: 1, value: 1 }] }, "`appendClaims()`"],
  ["token", { append_claims: [claim, "a"] }, "`appendClaims()`"],
  ["token", { append_claims: [{ key: "urn:zitadel:iam:org:id", value: 1 }] }, "choose another name"],
  ["userinfo", { append_log_claims: "a" }, "`appendLogClaims()`"],
  ["userinfo", { append_log_claims: [1] }, "`appendLogClaims()`"],
  ["token", { set_user_metadata: { a: "b" } }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [{ key: "a", value: "plain text" }] }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [{ key: "a", value: "YQ" }] }, "`setUserMetadata()`"],
  ["saml", { append_attribute: [{ name: "a", value: "b" }] }, "`appendAttributes()`"],
  ["saml", { append_attribute: [{ name: "a", name_format: 1, value: [] }] }, "`appendAttributes()`"],
  ["token", { set_user_metadata: [{ key: "a", value: "" }] }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [{ key: "a", value: "\r\n" }] }, "`setUserMetadata()`"],
  ["saml", { set_user_metadata: [{ key: "a" }] }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [{ value: "YQ==" }] }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [{ key: "a", value: "YQ==", state: "x" }] }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [{ key: "a", value: "YQ==", state: 1.5 }] }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [{ key: "a", value: "YQ==", creation_date: "x" }] }, "`setUserMetadata()`"],
  ["token", { set_user_metadata: [null] }, "`setUserMetadata()`"],
  ["token", { append_claims: [null] }, "`appendClaims()`"],
  ["token", { append_claims: [{ ...claim, valu: 2 }] }, "`appendClaims()`"],
  ["saml", { append_attribute: [{ name: "a", value: [], format: "" }] }, "`appendAttributes()`"],
  ...["iss", "sub", "aud", "exp", "iat", "nbf", "client_id", "jti"].map(
    (name) => ["token", appendClaims({ a: 1, [name]: 1 }), `writes its own \`${name}\``] as [Name, unknown, string],
  ),
  ["userinfo", appendClaims({ sub: "a" }), "writes its own `sub` over that of an answer to function/preuserinfo"],
  ["request", { list: [{}, null] }, "ZITADEL fails at null in the list `list`."],
  ["response", { metadata: [null] }, "ZITADEL fails at null in the list `metadata`."],
  ["request", { a: { list: [[1]] } }, "ZITADEL fails at a list in the list `list`."],
  ["request", { username: 5 }, "`username` is a number, but a string in the payload"],
  ["request", { profile: "x" }, "`profile` is a string, but an object in the payload"],
  ["request", { profile: { given_name: ["x"] } }, "`given_name` is a list, but a string in the payload"],
  ["request", { email: { isVerified: "true" } }, "`isVerified` is a string, but a boolean in the payload"],
  ["token", { forwardedStatusCode: 500, forwardedErrorMessage: "no" }, "turns any other status into a 500"],
  ["request", { forwardedStatusCode: 200, forwardedErrorMessage: "no" }, "turns any other status into a 500"],
  ["response", { forwardedErrorMessage: "no" }, "turns any other status into a 500"],
  ["request", appendClaims({ a: 1 }), "ZITADEL fails at `append_claims`, which no message has: answer with only the"],
  ["response", { ...about.response.payload.response, ...setUserMetadata({ a: "b" }) }, "fails at `set_user_metadata`"],
  ["request", { request: about.request.payload.request }, "payload's `request`, changed"],
  ["response", { response: about.response.payload.response }, "payload's `response`, changed"],
  ["request", { ...about.request.payload }, "ZITADEL fails at `fullMethod`"],
  ["request", { user_name: "a", userName: "b" }, "`user_name` and `userName` are the same field"],
  ["request", { profile: { givenName: "A", given_name: "B" } }, "`given_name` and `givenName` are the same field"],
  ["response", { list: [{}, { a: [{ aB: "secret", a_b: 1 }] }] }, "`a_b` and `aB` are the same field"],
])("%s: %j is an error, since ZITADEL would ignore a part of it or fail on it", async (name, answer, message) => {
  expect(isUsable(name, answer)).toBe(false);
  expect(await answered(name, answer)).toEqual({
    status: 500,
    body: '{"error":"answer_invalid"}',
    told: expect.stringContaining(message) as string,
  });
});

test.each<[Name, unknown]>([
  ["token", { append_claims: [{ key: "a" }] }],
  ["token", { append_claims: [{ key: "", value: 1 }] }],
  ["request", { forwardedStatusCode: 403, forwardedErrorMessage: 1 }],
])("%s: %j is an error, since it cannot be meant", async (name, answer) => {
  expect(await answered(name, answer)).toMatchObject({ status: 500, body: '{"error":"answer_invalid"}' });
});

const symbol = Symbol("secret");
class Team {
  readonly team = "a";
}
class Hidden {
  readonly #team = "secret";
  get team() {
    return this.#team;
  }
}
class Query {
  readonly table = "secret";
  then(resolve: (rows: string[]) => void) {
    resolve([]);
  }
}
class Failed extends Error {
  readonly code = "secret";
  toJSON() {
    return { code: this.code };
  }
}
/** Values that JSON leaves out or turns into something else, and what they are called. */
const lost: readonly (readonly [unknown, string])[] = [
  [new Map([["secret", 1]]), "an object of the type Map"],
  [new Set(["secret"]), "an object of the type Set"],
  [Promise.resolve("secret"), "a promise"],
  [runInNewContext("Promise.resolve({})"), "a promise"],
  [new Query(), "a promise"],
  [new URLSearchParams("a=secret"), "an object of the type URLSearchParams"],
  [new Response("secret"), "an object of the type Response"],
  [new Headers(), "an object of the type Headers"],
  [Object.assign(new Map(), { size2: 1 }), "an object of the type Map"],
  [/secret/, "an object of the type RegExp"],
  [new Hidden(), "an object of the type Object"],
  [new Error("secret"), "an error"],
  [new Failed("secret"), "an error"],
  [runInNewContext('Object.assign(new Error("secret"), { code: 1 })'), "an error"],
  [runInNewContext('new Set(["secret"])'), "an object of the type Set"],
  [Buffer.from("secret"), "bytes"],
  [new Uint8Array(3), "bytes"],
  [new ArrayBuffer(3), "an object of the type ArrayBuffer"],
  [create(ApiSchema, { name: "secret" }), "a message of @bufbuild/protobuf"],
  [create(FileDescriptorProtoSchema, { name: "secret" }), "a message of @bufbuild/protobuf"],
];
const lostInside: typeof lost = [
  ...lost,
  [new Date(NaN), "an invalid Date"],
  [NaN, "a number that is not finite"],
  [-Infinity, "a number that is not finite"],
  [10n, "a bigint"],
  [() => "secret", "a function"],
  [symbol, "a symbol"],
  ["secret \ud83d", "text with half of a character"],
  ["\ude00secret", "text with half of a character"],
];

// A promise that a handler returns is awaited.
test.each(lost.filter(([, kind]) => kind !== "a promise"))("%p is no answer", async (value, kind) => {
  for (const name of ["request", "response", "token"] as const) {
    const { status, told } = await answered(name, value);
    expect([status, told]).toEqual([500, expect.stringMatching(`^WebhookError: The answer is ${kind}\\b.*`) as string]);
    expect(told).not.toContain("secret");
  }
});

test.each(lostInside)("nor is one that has %p inside", async (value, kind) => {
  const says = async (answer: unknown, where: string) => {
    const { status, body, told } = await answered("request", answer);
    expect([status, body]).toEqual([500, '{"error":"answer_invalid"}']);
    expect(told.startsWith(`WebhookError: The answer has ${kind}`)).toBe(true);
    expect(told).toContain(`${where}, which JSON does not keep`);
    expect(told).not.toContain("secret");
  };
  await says({ profile: { team: value } }, "in `team`");
  await says({ metadata: [{ key: "a" }, value] }, "in a list");
  expect((await answered("event", { team: typeof value === "bigint" ? "" : value })).status).toBe(200);
});

test.each(lostInside)(
  "nor is %p a claim, metadata or an attribute; the error names it without its value",
  (value, kind) => {
    const claim = value as string;
    expect(() => appendClaims({ ok: 1, roles: claim })).toThrow(`The claim \`roles\` is ${kind}`);
    expect(() => appendClaims({ roles: { team: [claim] } })).toThrow(`The claim \`roles\` has ${kind}`);
    expect(() => appendAttributes({ roles: claim as unknown as string[] })).toThrow("attribute `roles`");
    expect(() => appendAttributes({ roles: ["a", claim] })).toThrow("attribute `roles`");
    if (kind !== "bytes") expect(() => setUserMetadata({ ok: "a", level: claim })).toThrow("metadata `level`");
  },
);

test.each([[3], [true], [["a"]], [{ a: "b" }], [null], [undefined], [new Float32Array(2)]])(
  "metadata is a string or bytes, not %p",
  (value) => {
    const error = thrownBy(() => setUserMetadata({ level: value as unknown as string }));
    expect(isWebhookError(error, "answer_invalid")).toBe(true);
    expect(String(error)).toContain("The metadata `level` is neither a string nor bytes");
  },
);

test.each([[""], [new Uint8Array()]])("no empty metadata, because ZITADEL would not store it: %p", (value) => {
  expect(() => setUserMetadata({ team: value })).toThrow("no metadata without a key and a value: leave `team` out");
  expect(() => setUserMetadata({ "": "a" })).toThrow("no metadata without a key and a value");
});

// One look from each underscore would take minutes.
test("a name of very many underscores is looked at quickly", async () => {
  const name = "_".repeat(500_000);
  expect((await answered("request", { [name]: 1, [`${name}a`]: 1, A: 1 })).told).toContain("A` are the same field");
});

test("a message is compared with the one that arrived, also if the handler has changed that", async () => {
  let told = "";
  const onFailed = (error: unknown) => void (told = String(error));
  const body = JSON.stringify(about.request.payload);
  const receive = webhook({ ...options, onFailed }, ({ kind, payload }) => {
    if (kind !== "request") return undefined;
    const { request = {} } = payload;
    request["username"] = 5;
    return request;
  });
  const { status } = await receive(new Request("http://a/", { method: "POST", headers: headersOf(body), body }));
  expect([status, told]).toEqual([500, expect.stringContaining("`username` is a number")]);
});

test("undefined is left out of an object, but is neither a claim nor an entry of a list", async () => {
  expect(await answered("request", { username: undefined, list: [{ a: undefined }] })).toMatchObject({
    status: 200,
    body: '{"list":[{}]}',
  });
  expect((await answered("request", { list: [undefined] })).told).toContain("has an undefined entry in a list");
  expect(() => appendClaims({ roles: undefined as unknown as string })).toThrow("The claim `roles`");
});

test.each([["str"], [["a"]], [new Map([["a", "b"]])], [new Set()], [Promise.resolve({})], [null], [undefined], [1]])(
  "%p is not an object of values by name",
  (given) => {
    for (const make of [appendClaims, setUserMetadata, appendAttributes] as ((given: unknown) => unknown)[])
      expect(
        isWebhookError(
          thrownBy(() => make(given)),
          "answer_invalid",
        ),
      ).toBe(true);
  },
);

test("what JSON can express stays: lists, dates, URLs, objects of classes, of other realms and without a prototype", async () => {
  const url = new URL("https://example.com/");
  const values = {
    null: null,
    date: new Date(0),
    url,
    team: new Team(),
    bare: Object.assign(Object.create(null) as object, { a: 1 }),
    realm: runInNewContext("({ list: [{ a: 1 }, {}] })") as object,
    later: { toJSON: () => ({ a: [1] }) },
    empty: {},
    list: [],
    zero: -0,
    message: toJson(ApiSchema, create(ApiSchema, { name: "a" })),
  };
  expect(await answered("request", values)).toEqual({ status: 200, body: JSON.stringify(values), told: "" });
  for (const answer of [new Team(), values.bare, values.realm, values.later])
    expect(await answered("response", answer)).toMatchObject({ status: 200, body: JSON.stringify(answer) });
  const claims = values as unknown as Record<string, string>;
  expect(JSON.stringify(appendClaims(claims).append_claims.map(({ key, value }) => [key, value]))).toBe(
    JSON.stringify(Object.entries(values)),
  );
});

test("metadata takes the bytes of another realm", () => {
  const bytes = runInNewContext("new Uint8Array([97])") as Uint8Array;
  expect(
    setUserMetadata({ a: bytes, b: Buffer.from("a"), c: "a" }).set_user_metadata.map(({ value }) => value),
  ).toEqual(["YQ==", "YQ==", "YQ=="]);
});

test("half of a character is no name either", async () => {
  const half = "na\ud83dme";
  const { status, told } = await answered("request", { profile: { [half]: "secret" } });
  expect([status, told]).toEqual([500, expect.stringMatching(/has text with half of a character .* in `na\ufffdme`/)]);
  expect(told).not.toContain("secret");
  for (const make of [appendClaims, setUserMetadata, appendAttributes] as ((given: object) => unknown)[])
    expect(() => make({ [half]: ["secret"] })).toThrow("The name `na\ufffdme` is text with half of a character");
  expect((await answered("token", appendLogClaims("secret \ud83d"))).told).toContain("in a list");
});

test("an emoji, whole or written as two escapes, is text", async () => {
  const answer = { username: "a😀", "😀": JSON.parse('"\\ud83d\\ude00"') as string };
  expect(await answered("request", answer)).toMatchObject({ status: 200, body: JSON.stringify(answer) });
});

function thrownBy(make: () => unknown): unknown {
  try {
    make();
  } catch (error) {
    return error;
  }
  return undefined;
}

test.each([[{ claims: 1 }], [{ fullMethod: "/a" }], [forwardStatus(403, "no")]])(
  "an answer to an event may be any object, because ZITADEL ignores it: %j",
  async (answer) => {
    expect(await answered("event", answer)).toEqual({ status: 200, body: JSON.stringify(answer), told: "" });
  },
);

test.each([
  [1],
  [null],
  [true],
  ["saved"],
  [[1]],
  [10n],
  [symbol],
  [() => 1],
  [{ id: 10n }],
  [new Date(0)],
  [deepList()],
])("what a handler of an event returns otherwise is not sent, and no failure", async (answer) => {
  expect(await answered("event", answer)).toEqual({ status: 200, body: "", told: "" });
  expect((await answered("request", answer)).status).toBe(500);
});

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const looked = {
  get then() {
    throw new Error("secret");
  },
};

test.each([
  ["a revoked proxy", revoked],
  ["an object whose `then` throws", looked],
])("nor is %s, although nothing can be asked of it", async (_, answer) => {
  expect(await answered("event", answer)).toMatchObject({ status: 200, told: "" });
});

test.each<[Name, unknown, string]>([
  ["request", { ...about.request.payload }, "ZITADEL fails at `fullMethod`"],
  ["request", { a: [{ b_c: 1, bC: 2 }] }, "`b_c` and `bC` are the same field"],
  ["response", { forwardedStatusCode: 418, forwardedErrorMessage: "no" }, "turns any other status into a 500"],
  ["request", { forwardedStatusCode: 403, forwardedErrorMessage: 1 }, "use `forwardStatus()`"],
  ["token", { claims: {} }, 'the member "claims"'],
])("%s: an answer that `toJSON` makes is checked too: %j", async (name, json, message) => {
  class Made {
    toJSON() {
      return json;
    }
  }
  for (const answer of [{ toJSON: () => json }, new Made()]) {
    const { status, told } = await answered(name, answer);
    expect([status, told]).toEqual([500, expect.stringContaining(message)]);
  }
});

test("an answer that is nested too deep to be written is an error", async () => {
  const deep = deepList();
  for (const name of ["token", "request"] as const) {
    const answer = { append_claims: [{ key: "a", value: deep }] };
    expect(await answered(name, answer)).toMatchObject({ status: 500, body: '{"error":"answer_invalid"}' });
  }
});

function deepList(): unknown {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  return deep;
}
