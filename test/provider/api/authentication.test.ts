import { startZitadel, type User, type Zitadel } from "../../../local/zitadel";
import { Client } from "../../../provider/core/client";
import type { Credential } from "../../../provider/api/instance";
import type { HttpAnswer, HttpRequest } from "../../../provider/api/http";
import { marks } from "../../support/marks";
import {
  clientFor,
  create,
  failure,
  fakeClock,
  type FakeClock,
  instanceFor,
  search,
  secretOf,
  serve,
} from "../../support/provider";

let clock: FakeClock;
let zitadel: Zitadel;
let boss: User;

beforeEach(async () => {
  clock = fakeClock();
  zitadel = await startZitadel({ now: () => new Date(clock.date()) });
  boss = zitadel.addUser({ userName: "boss", role: "IAM_OWNER" });
});
afterEach(() => zitadel.stop());

const client = (credential: Credential) => clientFor(zitadel, { instance: { credential }, clock });

async function profileOf(user: User): Promise<Extract<Credential, { kind: "jwtProfile" }>> {
  return { kind: "jwtProfile", source: "environment", account: await user.keyFile() };
}

const ways: [string, (user: User) => Credential | Promise<Credential>][] = [
  ["a key", profileOf],
  ["client credentials", secretOf],
];

describe("logging in", () => {
  test("a personal access token is used as it is", async () => {
    await client({ kind: "accessToken", source: "environment", accessToken: boss.accessToken }).call(search);
    expect(zitadel.count()).toMatchObject({ search: 1, token: 0 });
  });

  test.each(ways)("with %s: one token for many calls at once", async (_way, credentialOf) => {
    const talk = client(await credentialOf(boss));
    await Promise.all(Array.from({ length: 30 }, () => talk.call(search)));
    await talk.call(create());
    expect(zitadel.count()).toMatchObject({ search: 30, create: 1, token: 1 });
  });

  test("the assertion names the issuer exactly, and is valid for some minutes around now", async () => {
    const { decodeJwt, decodeProtectedHeader } = await import("jose");
    const bodies: string[] = [];
    const server = await serve((request, response) => {
      request.on("data", (data: Buffer) => bodies.push(data.toString()));
      request.on("end", () => response.end(JSON.stringify({ access_token: "abc", expires_in: 60 })));
    });
    const credential = await profileOf(boss);
    await clientFor({ url: server.url, accessToken: "" }, { instance: { credential }, clock }).call(search);
    server.close();
    const form = new URLSearchParams(bodies[0]);
    const now = clock.date() / 1000;
    expect(Object.fromEntries(form)).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      scope: "openid urn:zitadel:iam:org:project:id:zitadel:aud",
      assertion: expect.any(String) as string,
    });
    const assertion = form.get("assertion") ?? "";
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: "RS256", kid: credential.account.keyId });
    const { userId } = boss;
    expect(decodeJwt(assertion)).toEqual({ iss: userId, sub: userId, aud: server.url, iat: now - 600, exp: now + 600 });
  });

  test.each([-599, 599])("a clock that is %i s off does not matter", async (seconds) => {
    const other = fakeClock();
    other.advance(seconds * 1000);
    const talk = clientFor(zitadel, { instance: { credential: await profileOf(boss) }, clock: other });
    await talk.call(search);
    expect(zitadel.count()).toMatchObject({ search: 1, token: 1 });
  });
});

describe("a token", () => {
  test("is replaced before it expires, by one request of many calls", async () => {
    zitadel.accessTokenLifetime = 3600;
    const talk = client(secretOf(boss));
    await talk.call(search);
    clock.advance(3_539_000);
    await talk.call(search);
    expect(zitadel.count().token).toBe(1);
    clock.advance(1_000);
    await Promise.all([1, 2, 3].map(() => talk.call(search)));
    expect(zitadel.count()).toMatchObject({ search: 5, token: 2 });
    expect(zitadel.requests.filter(({ status }) => status === 401)).toEqual([]);
  });

  test("that is valid for seconds is used for most of them", async () => {
    zitadel.accessTokenLifetime = 10;
    const talk = client(secretOf(boss));
    await talk.call(search);
    clock.advance(8_999);
    await talk.call(search);
    expect(zitadel.count().token).toBe(1);
    clock.advance(1);
    await talk.call(search);
    expect(zitadel.count()).toMatchObject({ search: 3, token: 2 });
  });

  test.each(ways)("from %s that is rejected is asked for once more", async (_way, credentialOf) => {
    const talk = client(await credentialOf(boss));
    await talk.call(search);
    zitadel.expireTokens();
    await talk.call(create());
    expect(zitadel.targets()).toHaveLength(1);
    expect(zitadel.count()).toMatchObject({ search: 1, create: 2, token: 2 });
  });

  test("that many calls at once find refused is asked for once", async () => {
    const talk = client(secretOf(boss));
    await talk.call(search);
    zitadel.expireTokens();
    zitadel.clearRequests();
    await Promise.all(Array.from({ length: 20 }, () => talk.call(search)));
    expect(zitadel.count()).toMatchObject({ search: 40, token: 1 });
  });

  test("that is rejected late does not replace the one that came after it", async () => {
    const talk = client(secretOf(boss));
    await talk.call(search);
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    zitadel.faults.add({ match: { operation: "search" }, fault: { kind: "hold", until, after: true } });
    zitadel.expireTokens();
    const late = talk.call(search);
    await talk.call(create());
    release();
    await late;
    expect(zitadel.count().token).toBe(2);
  });

  test("that is rejected again is given up", async () => {
    const credential = secretOf(boss);
    const talk = client(credential);
    const refusal = { code: 16, message: "Errors.Token.Invalid (AUTH-7fs1e)", details: [{ id: "AUTH-7fs1e" }] };
    zitadel.faults.add({
      match: { operation: "search" },
      times: Infinity,
      fault: { kind: "answer", status: 401, body: refusal },
    });
    const error = await failure(talk.call(search), credential.clientSecret);
    expect(error).toMatchObject({ code: "unauthenticated", errorId: "AUTH-7fs1e", status: 401 });
    expect(zitadel.count()).toMatchObject({ search: 2, token: 2 });
  });
});

const invalid =
  "The token is invalid, expired or revoked, or belongs to an instance other than `zitadel-actions:domain`.";
const stored = (command: string) =>
  `The credential came from the stack configuration: set a new one with \`pulumi config set --secret ${command}\`. \`pulumi refresh\`, \`pulumi destroy\` and every \`--refresh\` use the one that the last \`pulumi up\` or run with --run-program stored, even if that failed: add --run-program to use today's`;

describe("a personal access token that is wrong", () => {
  const accessToken = "wrong-0123456789-token";

  test("is rejected in ZITADEL's words, without another try", async () => {
    const error = await failure(
      client({ kind: "accessToken", source: "environment", accessToken }).call(create()),
      accessToken,
    );
    expect(error).toMatchObject({
      code: "unauthenticated",
      status: 401,
      errorId: "AUTH-7fs1e",
      operation: "create target",
      message: `Creating target "hook" on ${zitadel.url} failed: ZITADEL answered 401 "Errors.Token.Invalid (AUTH-7fs1e)". ${invalid} Set a new one in the environment: \`export ZITADEL_ACCESS_TOKEN=…\`, or another of the ZITADEL_ variables.`,
    });
    expect(zitadel.count()).toMatchObject({ create: 1, token: 0 });
  });

  test("and comes from the stack configuration: which one that is, and how to pass another", async () => {
    const talk = client({
      kind: "accessToken",
      source: "stack",
      command: "--secret zitadel-actions:accessToken",
      accessToken,
    });
    const { message } = await failure(talk.call(create()), accessToken);
    expect(message).toBe(
      `Creating target "hook" on ${zitadel.url} failed: ZITADEL answered 401 "Errors.Token.Invalid (AUTH-7fs1e)". ${invalid} ${stored("zitadel-actions:accessToken")}, or pass it in ZITADEL_ACCESS_TOKEN (or another of the ZITADEL_ variables), which takes precedence.`,
    );
  });

  test("and is a named instance's, which the environment is not for", async () => {
    const command = "--secret --path 'zitadel-actions:instances.eu.accessToken'";
    const credential = { kind: "accessToken", source: "stack", command, accessToken } as const;
    const talk = clientFor(zitadel, { instance: { name: "eu", credential } });
    const { message } = await failure(talk.call(search), accessToken);
    expect(message).toContain(`${stored("--path 'zitadel-actions:instances.eu.accessToken'")}.`);
    expect(message).not.toContain("ZITADEL_ACCESS_TOKEN");
  });
});

describe("a log-in that is rejected", () => {
  test("for a wrong client secret", async () => {
    const credential = secretOf(boss);
    boss.clientSecret();
    const error = await failure(client(credential).call(create()), credential.clientSecret);
    expect(error).toMatchObject({
      code: "unauthenticated",
      status: 400,
      operation: "log in",
      message: `Logging in to ${zitadel.url} with the client credentials failed: ZITADEL answered 400 "invalid_request: Errors.User.Machine.Secret.Invalid". Check the client id (the service user's *user name*, not its id) and the client secret.`,
    });
    expect(zitadel.count()).toMatchObject({ create: 0, token: 1 });
  });

  test("for an unknown client", async () => {
    const credential = { ...secretOf(boss), clientId: boss.userId };
    const { message } = await failure(client(credential).call(search), credential.clientSecret);
    expect(message).toContain(`ZITADEL answered 400 "invalid_client: client not found"`);
  });

  test("for a key that was deleted", async () => {
    const other = await startZitadel();
    const { account } = await profileOf(other.owner);
    await other.stop();
    const credential = {
      kind: "jwtProfile",
      source: "environment",
      account: { ...account, userId: boss.userId },
    } as const;
    const talk = clientFor(zitadel, { instance: { credential }, clock });
    const error = await failure(talk.call(search), account.key);
    expect(error).toMatchObject({
      code: "unauthenticated",
      status: 400,
      message: `Logging in to ${zitadel.url} with the key of service user ${boss.userId} failed: ZITADEL answered 400 "invalid_grant: invalid assertion". Check that the key still exists in ZITADEL and has not expired, and that \`zitadel-actions:domain\` and \`zitadel-actions:port\` are exactly those of the instance, or \`zitadel-actions:externalDomain\`, with scheme and port, where it is reached at another address.`,
    });
  });

  test("for a clock that is far off", async () => {
    const { account } = await profileOf(boss);
    clock.advance(-7_200_000);
    const body = { error: "invalid_grant", error_description: "invalid assertion" };
    const headers = { date: new Date(clock.date() + 7_200_000).toUTCString() };
    zitadel.faults.add({ fault: { kind: "answer", status: 400, body, headers } });
    const { message } = await failure(
      client({ kind: "jwtProfile", source: "environment", account }).call(search),
      account.key,
    );
    expect(message).toContain("Set this machine's clock: it and the server's clock are 7200 s apart.");
  });

  test("is not remembered", async () => {
    const credential = secretOf(boss);
    const talk = client(credential);
    const body = { error: "invalid_client", error_description: "client not found" };
    zitadel.faults.add({ fault: { kind: "answer", status: 400, body } });
    const both = await Promise.allSettled([talk.call(search), talk.call(search)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(zitadel.count()).toMatchObject({ search: 0, token: 1 });
    await talk.call(search);
    expect(zitadel.count()).toMatchObject({ search: 1, token: 2 });
  });

  test("with a credential from the stack configuration: which one that is", async () => {
    const command = "--secret zitadel-actions:clientSecret";
    const credential = { ...secretOf(boss), source: "stack", command } as const;
    boss.clientSecret();
    const { message } = await failure(client(credential).call(search), credential.clientSecret);
    expect(message).toContain(
      `and the client secret. ${stored("zitadel-actions:clientSecret")}, or pass it in ZITADEL_ACCESS_TOKEN`,
    );
  });
});

describe("a log-in that fails otherwise", () => {
  const attempt = () => {
    const credential = secretOf(boss);
    return failure(client(credential).call(create()), credential.clientSecret);
  };

  test("at a host that is not the instance's", async () => {
    const url = zitadel.url.replace("localhost", "127.0.0.1");
    const credential = secretOf(boss);
    const talk = clientFor({ url, accessToken: "" }, { instance: { credential }, clock });
    const error = await failure(talk.call(create()), credential.clientSecret);
    expect(error).toMatchObject({ code: "unknown_instance", status: 404, errorId: "QUERY-1kIjX" });
    expect(error.message).toMatch(
      /^Logging in to http:\/\/127\.0\.0\.1:\d+ with the client credentials failed: ZITADEL answered 404 "/,
    );
    expect(error.message).toContain("check `zitadel-actions:domain` and `zitadel-actions:port`, and set or correct");
  });

  test.each([429, 502, 503, 504] as const)("by %i for good", async (status) => {
    zitadel.faults.add({ times: Infinity, fault: { kind: "status", status, html: true } });
    const error = await attempt();
    expect(error).toMatchObject({ code: "unavailable", status, operation: "log in" });
    expect(error.message).toContain(`/oauth/v2/token answered ${status}, but not in ZITADEL's format`);
    expect(zitadel.count()).toMatchObject({ create: 0, token: 6 });
  });

  test("by an error of the server in OAuth's form", async () => {
    zitadel.faults.add({ fault: { kind: "answer", status: 500, body: { error: "server_error" } } });
    const error = await attempt();
    expect(error).toMatchObject({ code: "unavailable", status: 500 });
    expect(error.message).toContain('ZITADEL answered 500 "server_error". Run the same command again later.');
  });

  test.each([
    ["a page", { status: 200, body: "<html>Sign in</html>" }],
    ["no token", { status: 200, body: { token_type: "Bearer" } }],
    ["a token that would split a header", { status: 200, body: { access_token: "a\r\nb: c", expires_in: 60 } }],
    ["a page of a proxy", { status: 404, body: "<html>" }],
    ["a redirect", { status: 302, headers: { location: "https://login.example.com" } }],
  ])("by %s", async (_what, answer) => {
    zitadel.faults.add({ fault: { kind: "answer", ...answer } });
    const error = await attempt();
    expect(error).toMatchObject({ code: "unexpected_answer", status: answer.status, operation: "log in" });
    expect(error.message).toMatch(
      /Check `zitadel-actions:domain`, `zitadel-actions:port` and any proxy or gateway in front of the server\.$/,
    );
  });

  test("by resets for good: the call itself was not sent, and that is what it says", async () => {
    zitadel.faults.add({ times: Infinity, fault: { kind: "reset" } });
    const error = await attempt();
    expect(error).toMatchObject({ code: "unreachable", operation: "log in" });
    expect(error.message).toContain(
      "no complete answer arrived (ECONNRESET). Run the same command again. Nothing else was",
    );
    expect(zitadel.count()).toMatchObject({ create: 0, token: 6 });
  });

  test("is tried again where the server is busy", async () => {
    zitadel.faults.add({ match: { operation: "token" }, fault: { kind: "status", status: 503, retryAfter: 3 } });
    await client(secretOf(boss)).call(create());
    expect(clock.slept).toEqual([3000]);
    expect(zitadel.count()).toMatchObject({ create: 1, token: 2 });
  });
});

describe("what an answer repeats of a secret is not passed on", () => {
  const long = "x".repeat(290);

  test("a client secret, an assertion", async () => {
    const credential = secretOf(boss);
    for (const description of [credential.clientSecret, `${long}${credential.clientSecret}`]) {
      const body = { error: "invalid_client", error_description: description };
      zitadel.faults.add({ fault: { kind: "answer", status: 400, body } });
      const error = await failure(client(credential).call(search), credential.clientSecret.slice(0, 8));
      expect(error.code).toBe("unauthenticated");
    }
  });

  test("a token, a header", async () => {
    const headers = { "X-Key": "very-secret-header" };
    const { accessToken } = boss;
    const talk = clientFor(zitadel, {
      instance: { headers, credential: { kind: "accessToken", source: "environment", accessToken } },
    });
    for (const said of [accessToken, `${long}${accessToken}`, headers["X-Key"]]) {
      zitadel.faults.add({ fault: { kind: "answer", status: 400, body: { code: 3, message: `bad: ${said}` } } });
      const error = await failure(talk.call(search), accessToken.slice(0, 8), headers["X-Key"]);
      expect(error.code).toBe("invalid_request");
    }
  });

  test("a token that was asked for", async () => {
    const accessToken = "issued-0123456789-token";
    zitadel.faults.add({
      match: { operation: "token" },
      fault: { kind: "answer", status: 200, body: { access_token: accessToken, expires_in: 60 } },
    });
    const details = [{ id: accessToken.repeat(2) }];
    zitadel.faults.add({
      match: { operation: "search" },
      fault: { kind: "answer", status: 403, body: { message: `no: Bearer ${accessToken}`, details } },
    });
    const error = await failure(client(secretOf(boss)).call(search), accessToken);
    expect(error.message).toContain('ZITADEL answered 403 "no: Bearer [secret]"');
  });

  const inBase64 = (text: string) => Buffer.from(text).toString("base64");
  test.each<[string, (secret: string) => string]>([
    ["in base64", inBase64],
    ["in Basic", (secret) => `Basic ${inBase64(`boss:${secret}`)}`],
    ["in Basic of a user with a longer name", (secret) => `Basic ${inBase64(`boss1:${secret}`)}`],
    ["in base64url", (secret) => Buffer.from(`boss12:${secret}`).toString("base64url")],
    ["URL-encoded", encodeURIComponent],
    ["as a form", (secret) => new URLSearchParams({ secret }).toString()],
    ["in hexadecimal digits", (secret) => Buffer.from(secret).toString("hex")],
  ])("%s", async (_guise, disguise) => {
    const headers = { "X-Key": "a very secret header: 100 % + more/less" };
    marks.add(headers["X-Key"], "the header");
    const credential = secretOf(boss);
    const said = (secret: string) => `it was ${disguise(secret)}, you know`;

    for (const secret of [credential.clientSecret, headers["X-Key"]]) {
      const body = { error: "invalid_client", error_description: said(secret) };
      zitadel.faults.add({ fault: { kind: "answer", status: 400, body } });
      const talk = clientFor(zitadel, { instance: { headers, credential } });
      expect((await failure(talk.call(search))).message).toMatch(/it was .*\[secret\].*, you know/);
    }
    const { accessToken } = boss;
    const talk = clientFor(zitadel, {
      instance: { headers, credential: { kind: "accessToken", source: "environment", accessToken } },
    });
    for (const secret of [accessToken, headers["X-Key"]]) {
      zitadel.faults.add({ fault: { kind: "answer", status: 400, body: { code: 3, message: said(secret) } } });
      expect((await failure(talk.call(search))).message).toMatch(/it was .*\[secret\].*, you know/);
    }
  });

  test("as the id of the error, or of one in its text", async () => {
    const headers = { "X-Key": "ABC-very_secret_header" };
    marks.add(headers["X-Key"], "the header");
    for (const body of [
      { message: "no", details: [{ id: headers["X-Key"] }] },
      { message: `ID=${headers["X-Key"]} Message=no` },
    ]) {
      zitadel.faults.add({ fault: { kind: "answer", status: 400, body: { code: 3, ...body } } });
      const error = await failure(clientFor(zitadel, { instance: { headers } }).call(search));
      expect(error).toMatchObject({ code: "invalid_request", errorId: undefined });
    }
  });

  test("a token that another has taken the place of in the meantime", async () => {
    const tokens = ["the-first-token-0123456789", "the-second-token-0123456789"];
    for (const token of tokens) marks.add(token, "a token");
    const late = Promise.withResolvers<HttpAnswer>();
    const answers = [late.promise, { status: 401, body: "" }, { status: 200, body: "{}" }];
    const issued = [...tokens];
    const send = async ({ path }: HttpRequest) => {
      if (path !== "/oauth/v2/token") return { ...(await answers.shift()), headers: {} } as HttpAnswer;
      return { status: 200, headers: {}, body: JSON.stringify({ access_token: issued.shift(), expires_in: 60 }) };
    };
    const talk = new Client(instanceFor(zitadel, { credential: secretOf(boss) }), { clock, send });
    const first = talk.call(search);
    await talk.call(search);
    const body = JSON.stringify({ message: `${tokens.join(" and ")} are not liked` });
    late.resolve({ status: 400, headers: {}, body });
    expect((await failure(first)).message).toContain('"[secret] and [secret] are not liked"');
  });

  test("the password of a proxy", async () => {
    const proxy = { HTTP_PROXY: "http://boss:the-pass%20word-of-the-proxy@proxy.example.com:3128" };
    marks.add("the-pass word-of-the-proxy", "the proxy's password");
    const message = `Proxy-Authorization: Basic ${inBase64("boss:the-pass word-of-the-proxy")}`;
    const send = () => Promise.resolve({ status: 403, headers: {}, body: JSON.stringify({ message }) });
    const talk = new Client(instanceFor(zitadel, { proxy }), { clock, send });
    expect((await failure(talk.call(search))).message).toContain("Proxy-Authorization: Basic ");
  });
});
