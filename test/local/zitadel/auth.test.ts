import { createPublicKey } from "node:crypto";
import { startZitadel, type Role, type ServiceAccountKey, type User, type Zitadel } from "../../../local/zitadel";
import { call, FORM, type Answer } from "../../support/replay";

const TARGETS = "/v2/actions/targets";
const API_SCOPE = "openid urn:zitadel:iam:org:project:id:zitadel:aud";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const START = Date.parse("2026-07-01T12:00:00Z");

let time = START;
let zitadel: Zitadel;
let boss: User;
let users = 0;

beforeAll(async () => {
  zitadel = await startZitadel({ now: () => new Date(time) });
});
beforeEach(() => {
  time = START;
  boss = newUser("IAM_OWNER");
});
afterAll(() => zitadel.stop());

const newUser = (role: Role) => zitadel.addUser({ userName: `user-${++users}`, role });

const tokenRequest = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  call({ baseUrl: zitadel.url }, "POST /oauth/v2/token", new URLSearchParams(fields).toString(), {
    ...FORM,
    ...headers,
  });

const withSecret = (secret: string, more: Record<string, string> = {}) =>
  tokenRequest({
    grant_type: "client_credentials",
    scope: API_SCOPE,
    client_id: boss.userName,
    client_secret: secret,
    ...more,
  });

const withAssertion = (assertion: string) => tokenRequest({ grant_type: JWT_BEARER, scope: API_SCOPE, assertion });

const tokenIn = (answer: Answer) => (answer.body as { access_token: string }).access_token;

/** The status and error id of a search with a token. */
async function access(accessToken: string): Promise<string> {
  const { status, body } = await call({ baseUrl: zitadel.url, accessToken }, `POST ${TARGETS}/search`, {});
  const { details = [] } = body as { details?: { id: string }[] };
  return [status, ...details.map(({ id }) => id)].join(" ");
}

interface AssertionChanges {
  kid?: string;
  claims?: Record<string, unknown>;
  alg?: string;
}

/** An assertion as a client would make it from a key file, but for the changes. */
async function assertion(file: ServiceAccountKey, { kid, claims = {}, alg = "RS256" }: AssertionChanges = {}) {
  const { SignJWT } = await import("jose");
  const { createPrivateKey } = await import("node:crypto");
  const now = Math.floor(time / 1000);
  const all = { iss: file.userId, sub: file.userId, aud: zitadel.url, iat: now, exp: now + 3600, ...claims };
  return new SignJWT(all).setProtectedHeader({ alg, kid: kid ?? file.keyId }).sign(createPrivateKey(file.key));
}

describe("a role", () => {
  const calls = [
    ["get", `GET ${TARGETS}/1`],
    ["search", `POST ${TARGETS}/search`],
    ["create", `POST ${TARGETS}`],
    ["update", `POST ${TARGETS}/1`],
    ["delete", `DELETE ${TARGETS}/1`],
  ] as const;
  const membership = "404 AUTHZ-cdgFk";
  const permission = "403 AUTH-5mWD2";
  const table: [Role, string[]][] = [
    ["IAM_OWNER", ["404 QUERY-hj5oaniyrz", "200", "400", "404 COMMAND-xj14f2cccn", "200"]],
    ["IAM_OWNER_VIEWER", ["404 QUERY-hj5oaniyrz", "200", permission, permission, permission]],
    ["ORG_OWNER", [permission, permission, permission, permission, permission]],
    ["none", [membership, membership, membership, membership, membership]],
  ];

  test.each(table)("%s", async (role, expected) => {
    const { accessToken } = newUser(role);
    const got = calls.map(async ([, request]) => {
      const body = request.startsWith("POST") ? {} : undefined;
      const { status, body: answer } = await call({ baseUrl: zitadel.url, accessToken }, request, body);
      const { details = [] } = answer as { details?: { id: string }[] };
      return [status, ...details.map(({ id }) => id)].join(" ");
    });
    expect(await Promise.all(got)).toEqual(expected);
  });

  test("can be taken away and given back", async () => {
    expect(await access(boss.accessToken)).toBe("200");
    boss.role = "none";
    expect(await access(boss.accessToken)).toBe("404 AUTHZ-cdgFk");
    boss.role = "IAM_OWNER";
    expect(await access(boss.accessToken)).toBe("200");
  });
});

describe("client credentials", () => {
  test("give a token, sent in the body or as Basic", async () => {
    const secret = boss.clientSecret();
    const inBody = await withSecret(secret);
    expect(inBody).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 43_199 } });
    expect(await access(tokenIn(inBody))).toBe("200");
    const authorization = `Basic ${Buffer.from(`${boss.userName}:${secret}`).toString("base64")}`;
    const basic = await tokenRequest({ grant_type: "client_credentials", scope: API_SCOPE }, { authorization });
    expect(await access(tokenIn(basic))).toBe("200");
  });

  test("take the user's name in any letters, and Basic too", async () => {
    const credentials = `${boss.userName.toUpperCase()}:${boss.clientSecret()}`;
    const authorization = `basic ${Buffer.from(credentials).toString("base64")}`;
    const answer = await tokenRequest({ grant_type: "client_credentials", scope: API_SCOPE }, { authorization });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body as object).sort()).toEqual(["access_token", "expires_in", "token_type"]);
  });

  test("must be sent as a form", async () => {
    const secret = boss.clientSecret();
    const headers = { "content-type": "application/json" };
    const fields = { grant_type: "client_credentials", client_id: boss.userName, client_secret: secret };
    const refused = { error: "invalid_request", error_description: "grant_type missing" };
    expect(await tokenRequest(fields, headers)).toMatchObject({ status: 400, body: refused });
  });

  test("of another secret, of no secret, of an unknown client are rejected", async () => {
    const noSecret = { error: "invalid_request", error_description: "Errors.User.Machine.Secret.NotExisting" };
    expect(await withSecret("wrong")).toMatchObject({ status: 400, body: noSecret });
    const before = boss.clientSecret();
    boss.clientSecret();
    const wrong = { error: "invalid_request", error_description: "Errors.User.Machine.Secret.Invalid" };
    expect(await withSecret(before)).toMatchObject({ status: 400, body: wrong });
    const unknown = await withSecret(before, { client_id: boss.userId });
    expect(unknown).toMatchObject({ status: 400, body: { error: "invalid_client" } });
  });
});

describe("an assertion", () => {
  let holder: User;
  let file: ServiceAccountKey;
  beforeAll(async () => {
    holder = newUser("IAM_OWNER");
    file = await holder.keyFile();
  });

  test("gives a token, more than once", async () => {
    expect(file).toMatchObject({ type: "serviceaccount", userId: holder.userId });
    const signed = await assertion(file, { claims: { aud: ["other", zitadel.url] } });
    const first = await withAssertion(signed);
    const second = await withAssertion(signed);
    expect(first).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 43_199 } });
    expect(await access(tokenIn(first))).toBe("200");
    expect(await access(tokenIn(second))).toBe("200");
  });

  const now = START / 1000;
  test.each<[string, AssertionChanges]>([
    ["for the token endpoint", { claims: { aud: "http://localhost/oauth/v2/token" } }],
    ["without an audience", { claims: { aud: undefined } }],
    ["an hour and a second old", { claims: { iat: now - 3601 } }],
    ["from a minute ahead", { claims: { iat: now + 60 } }],
    ["without a date", { claims: { iat: undefined } }],
    ["that has expired", { claims: { exp: now - 1 } }],
    ["that never expires", { claims: { exp: undefined } }],
    ["of an unknown key", { kid: "1" }],
    ["of an unknown user", { claims: { iss: "1", sub: "1" } }],
    ["about somebody else", { claims: { sub: "1" } }],
    ["signed by another algorithm", { alg: "RS512" }],
    ["with its date as text", { claims: { iat: String(now) } }],
  ])("%s is rejected", async (_what, changes) => {
    const invalid = { error: "invalid_grant", error_description: "invalid assertion" };
    expect(await withAssertion(await assertion(file, changes))).toMatchObject({ status: 400, body: invalid });
  });

  test("with a slash behind the issuer is rejected", async () => {
    const answer = await withAssertion(await assertion(file, { claims: { aud: `${zitadel.url}/` } }));
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("at the edge of its time is taken", async () => {
    const old = await assertion(file, { claims: { iat: now - 3600, exp: now + 24 * 3600 } });
    expect(await withAssertion(old)).toMatchObject({ status: 200 });
  });

  test("signed by the key of another user is rejected", async () => {
    const other = await boss.keyFile();
    const forged = await assertion({ ...file, key: other.key });
    expect(await withAssertion(forged)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect(createPublicKey(other.key).asymmetricKeyDetails?.modulusLength).toBe(2048);
  });

  test.each(["not a JWT", "a.b.c", ""])("that reads %p is rejected", async (text) => {
    expect(await withAssertion(text)).toMatchObject({ status: 400 });
  });
});

test("an unknown grant, and none, are rejected", async () => {
  const unknown = { error: "unsupported_grant_type", error_description: "password not supported" };
  expect(await tokenRequest({ grant_type: "password" })).toMatchObject({ status: 400, body: unknown });
  expect(await tokenRequest({})).toMatchObject({ status: 400, body: { error: "invalid_request" } });
});

describe("a token", () => {
  test("without the scope of the API is issued, and worth nothing there", async () => {
    const answer = await withSecret(boss.clientSecret(), { scope: "openid" });
    expect(answer.status).toBe(200);
    expect(await access(tokenIn(answer))).toBe("401 AUTH-7fs1e");
  });

  test("expires at the end of its lifetime", async () => {
    zitadel.accessTokenLifetime = 60;
    const answer = await withSecret(boss.clientSecret());
    zitadel.accessTokenLifetime = 43_199;
    expect(answer.body).toMatchObject({ expires_in: 60 });
    time += 59_999;
    expect(await access(tokenIn(answer))).toBe("200");
    time += 1;
    expect(await access(tokenIn(answer))).toBe("401 AUTH-7fs1e");
    expect(await access(boss.accessToken)).toBe("200");
  });

  test("ends when a test says so; personal ones only with their user's", async () => {
    const token = tokenIn(await withSecret(boss.clientSecret()));
    zitadel.expireTokens();
    expect(await access(token)).toBe("401 AUTH-7fs1e");
    const another = tokenIn(await withSecret(boss.clientSecret()));
    boss.revokeTokens();
    expect(await access(another)).toBe("401 AUTH-7fs1e");
    expect(await access(boss.accessToken)).toBe("401 AUTH-7fs1e");
    expect(await access(zitadel.accessToken)).toBe("200");
  });
});

test("logging in at another host is rejected", async () => {
  const baseUrl = zitadel.url.replace("localhost", "127.0.0.1");
  const { status, body } = await call({ baseUrl }, "POST /oauth/v2/token", "grant_type=client_credentials", FORM);
  expect(status).toBe(404);
  expect(body).toContain("QUERY-1kIjX");
});

test("two users cannot have one name, and one can be found by it", () => {
  expect(() => zitadel.addUser({ userName: boss.userName, role: "none" })).toThrow("there is a user");
  expect(zitadel.findUser(boss.userName)?.accessToken).toBe(boss.accessToken);
  expect(zitadel.findUser("missing")).toBeUndefined();
});
