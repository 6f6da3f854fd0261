import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Instance } from "../../../provider/api/instance";
import { readSettings } from "../../../provider/settings/sources";
import { Connections } from "../../../provider/core/connections";
import { certify } from "../../support/certificate";
import { failure } from "../../support/provider";

type Texts = Record<string, string>;

const key = rsa(2048);
const account = { type: "serviceaccount", keyId: "123", key, userId: "456" };
const accountJson = JSON.stringify(account);
const token = "PAT-0123456789-abcdefghij";
const acme = { "zitadel-actions:domain": "acme.example.com" };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "settings-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function rsa(modulusLength: number): string {
  const encoding = { type: "pkcs1", format: "pem" } as const;
  return generateKeyPairSync("rsa", { modulusLength, privateKeyEncoding: encoding, publicKeyEncoding: encoding })
    .privateKey;
}

function read(stack: Texts, env: Texts = {}, name?: string): Instance {
  return readSettings((key) => stack[key], env).instance(name);
}

/** The message about wrong settings, which holds none of the secrets that are used here. */
async function refusal(stack: Texts, env: Texts = {}, name?: string, ...secrets: string[]): Promise<string> {
  const all = [token, key, "s3cret", "hunter2", ...secrets];
  const error = await failure(() => read(stack, env, name), ...all);
  expect(error.code).toBe("settings");
  expect(error.operation).toBe("read settings");
  return error.message;
}

const withToken = (more: Texts = {}) => ({ ...acme, "zitadel-actions:accessToken": token, ...more });

describe("each setting can come from the stack configuration and from the environment", () => {
  const address = { domain: "acme.example.com" };
  test.each<[Texts, Partial<Instance>]>([
    [{ ...address, accessToken: token }, { origin: "https://acme.example.com" }],
    [{ ...address, accessToken: token, port: "8443" }, { origin: "https://acme.example.com:8443" }],
    [{ ...address, accessToken: token, insecure: "true" }, { origin: "http://acme.example.com" }],
    [{ ...address, accessToken: token, insecure: "false" }, { origin: "https://acme.example.com" }],
    [{ ...address, accessToken: token, maxConcurrentWrites: "7" }, { maxConcurrentWrites: 7 }],
  ])("%j", (settings, expected) => {
    for (const source of ["stack", "environment"] as const) {
      const instance = readFrom(source, settings);
      expect(instance).toMatchObject(expected);
      expect(instance.credential).toMatchObject({ kind: "accessToken", source, accessToken: token });
    }
  });

  test("the three ways to log in", () => {
    const path = file("key.json", accountJson);
    const { type: _type, ...whole } = account;
    for (const source of ["stack", "environment"] as const) {
      expect(readFrom(source, { ...address, jwtProfileFile: path }).credential).toMatchObject({
        kind: "jwtProfile",
        source,
        account: whole,
      });
      expect(readFrom(source, { ...address, jwtProfileJson: accountJson }).credential).toMatchObject({
        kind: "jwtProfile",
        source,
        account: whole,
      });
      expect(readFrom(source, { ...address, clientId: "boss", clientSecret: "s3cret" }).credential).toMatchObject({
        kind: "clientCredentials",
        source,
        clientId: "boss",
        clientSecret: "s3cret",
      });
    }
  });

  test("a certificate authority", () => {
    const { cert } = certify("acme.example.com").authority;
    const settings = { ...address, accessToken: token, caCertificateFile: file("ca.pem", cert) };
    for (const source of ["stack", "environment"] as const) {
      expect(readFrom(source, settings).certificateAuthority).toBe(cert);
    }
  });

  test("extra headers, from the stack configuration alone", () => {
    const headers = { "X-Tenant": "blue", Cookie: "a=b" };
    expect(read(withToken({ "zitadel-actions:transportHeaders": JSON.stringify(headers) })).headers).toEqual(headers);
  });

  test("defaults", () => {
    expect(read(withToken())).toEqual({
      name: undefined,
      origin: "https://acme.example.com",
      issuer: "https://acme.example.com",
      credential: {
        kind: "accessToken",
        source: "stack",
        command: "--secret zitadel-actions:accessToken",
        accessToken: token,
      },
      headers: {},
      certificateAuthority: undefined,
      proxy: undefined,
      maxConcurrentWrites: 2,
    });
  });

  test("an empty string is not a setting", () => {
    expect(read(withToken({ "zitadel-actions:port": "" }), { ZITADEL_ACCESS_TOKEN: "" }).credential.source).toBe(
      "stack",
    );
  });

  function readFrom(source: "stack" | "environment", settings: Texts): Instance {
    const entries = Object.entries(settings);
    if (source === "stack")
      return read(Object.fromEntries(entries.map(([name, text]) => [`zitadel-actions:${name}`, text])));
    const variable = (name: string) => `ZITADEL_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
    return read({}, Object.fromEntries(entries.map(([name, text]) => [variable(name), text])));
  }
});

describe("a setting in the namespace that the bridged providers have", () => {
  const shared = { "zitadel:domain": "acme.example.com", "zitadel:jwtProfileJson": accountJson };

  test("is read too", () => {
    expect(read(shared)).toMatchObject({
      origin: "https://acme.example.com",
      credential: { kind: "jwtProfile", command: "--secret zitadel:jwtProfileJson" },
    });
    const eu = { eu: { domain: "eu.example.com", accessToken: token } };
    expect(read({ "zitadel:instances": JSON.stringify(eu) }, {}, "eu").origin).toBe("https://eu.example.com");
  });

  test("may be set in both to the same value", () => {
    expect(read({ ...shared, "zitadel-actions:domain": "acme.example.com" }).origin).toBe("https://acme.example.com");
  });

  test.each(["domain", "port", "insecure", "jwtProfileJson", "externalDomain"])(
    "cannot be set to another value than in this package's own: %s",
    async (name) => {
      const both = { ...shared, [`zitadel:${name}`]: "one", [`zitadel-actions:${name}`]: "hunter2" };
      expect(await refusal(both)).toBe(
        `zitadel-actions:${name} and zitadel:${name} differ: remove one of them, or set both to the same value`,
      );
    },
  );

  test("the same for instances, for the default one too", async () => {
    const both = { ...withToken(), "zitadel:instances": "{}", "zitadel-actions:instances": '{"eu":{}}' };
    for (const name of [undefined, "eu", "us"])
      expect(await refusal(both, {}, name)).toBe(
        "zitadel-actions:instances and zitadel:instances differ: remove one of them, or set both to the same value",
      );
  });

  test("is named in a message about it", async () => {
    expect(await refusal({ ...shared, "zitadel:port": "x" })).toContain("zitadel:port must be a port");
    expect(await refusal({ "zitadel:instances": '{"eu":{"domain":"a/b"}}' }, {}, "eu")).toContain(
      "`pulumi config set --path 'zitadel:instances.eu.domain' my-instance.zitadel.cloud`",
    );
  });
});

describe("the external domain of an instance that is reached at another address", () => {
  const inside = {
    ...withToken(),
    "zitadel-actions:domain": "zitadel.zitadel.svc",
    "zitadel-actions:insecure": "true",
  };
  const external = (text: string, more: Texts = {}) =>
    read({ ...inside, "zitadel-actions:externalDomain": text, ...more });

  test.each([
    ["auth.example.com", "https://auth.example.com", "auth.example.com"],
    ["Auth.Example.com", "https://auth.example.com", "auth.example.com"],
    ["auth.example.com:443", "https://auth.example.com", "auth.example.com"],
    ["auth.example.com:8443", "https://auth.example.com:8443", "auth.example.com:8443"],
    ["http://localhost:8080", "http://localhost:8080", "localhost:8080"],
    ["https://auth.example.com", "https://auth.example.com", "auth.example.com"],
    ["HTTP://auth.example.com:80", "http://auth.example.com", "auth.example.com"],
    ["[::1]:8443", "https://[::1]:8443", "[::1]:8443"],
  ])("%s", (text, issuer, host) => {
    expect(external(text)).toMatchObject({
      origin: "http://zitadel.zitadel.svc",
      issuer,
      headers: { "x-zitadel-instance-host": host },
    });
  });

  test("may be in the environment and in an instance's entry", () => {
    const env = {
      ZITADEL_DOMAIN: "10.0.0.1",
      ZITADEL_ACCESS_TOKEN: token,
      ZITADEL_EXTERNAL_DOMAIN: "auth.example.com",
    };
    expect(read({}, env).issuer).toBe("https://auth.example.com");
    const eu = { domain: "10.0.0.2", accessToken: token, externalDomain: "eu.example.com" };
    expect(read({ "zitadel-actions:instances": JSON.stringify({ eu }) }, env, "eu").issuer).toBe(
      "https://eu.example.com",
    );
  });

  test("of the environment does not count for another domain", () => {
    const env = { ZITADEL_DOMAIN: "other.example.com", ZITADEL_EXTERNAL_DOMAIN: "auth.example.com" };
    expect(read(withToken(), env)).toMatchObject({ issuer: "https://acme.example.com", headers: {} });
  });

  test("of the environment counts only beside ZITADEL_DOMAIN", () => {
    const env = { ZITADEL_EXTERNAL_DOMAIN: "auth.example.com" };
    const settings = readSettings((key) => withToken()[key as keyof typeof acme], env);
    expect(settings.instance(undefined)).toMatchObject({ issuer: "https://acme.example.com", headers: {} });
    expect(settings.warnings).toEqual([
      "ZITADEL_EXTERNAL_DOMAIN has no effect: the domain comes from zitadel-actions:domain, and the parts of an address count only together. If it is this instance's, run `pulumi config set zitadel-actions:externalDomain …`; otherwise unset it",
    ]);
    const both = { ...env, ZITADEL_DOMAIN: "acme.example.com" };
    expect(read(withToken(), both).issuer).toBe("https://auth.example.com");
  });

  test("of the stack configuration cannot be that of a domain in the environment", async () => {
    const stack = { "zitadel-actions:accessToken": token, "zitadel-actions:externalDomain": "auth.example.com" };
    const env = { ZITADEL_DOMAIN: "10.0.0.1", ZITADEL_EXTERNAL_DOMAIN: "other.example.com" };
    expect(await refusal(stack, env)).toBe(
      "zitadel-actions:externalDomain is set, but the domain comes from ZITADEL_DOMAIN: run `pulumi config set zitadel-actions:domain …`, or set ZITADEL_EXTERNAL_DOMAIN and remove zitadel-actions:externalDomain",
    );
    expect(await refusal(stack)).toMatch(/^zitadel-actions:domain is not set: run `[^`]+`, or set ZITADEL_DOMAIN$/);
  });

  const wrongForms = [
    ...["a b", "auth.example.com/", "user@auth.example.com", "https://", "a?b", "hunter2@a", "http://a/b", "a#b"],
    ...["ftp://a", "//a", "a\\b", "\\\\a", "http:\\\\a", "http:", "http:a", "https:a", "http://http://a", "grpc:a"],
    ...["a:x", "a:", "a:0", "a:65536", "a:1:2", "a: 1", ":1", "1", "ä.example.com", "s3cret".padEnd(64, "x")],
  ];
  test.each(wrongForms)("cannot be %j, whatever the credential", async (text) => {
    const { "zitadel-actions:accessToken": accessToken, ...place } = inside;
    const setting = { ...place, "zitadel-actions:externalDomain": text };
    for (const credential of [{ accessToken }, { jwtProfileJson: accountJson }]) {
      const login = Object.entries(credential).map(([name, value]) => [`zitadel-actions:${name}`, value]);
      expect(await refusal({ ...setting, ...(Object.fromEntries(login) as Texts) })).toBe(
        "zitadel-actions:externalDomain must be the host of ZITADEL's ExternalDomain, with its port if it is not 443, such as auth.example.com or auth.example.com:8443 (without TLS: http://auth.example.com)",
      );
    }
  });

  test("takes the place of a header Host", async () => {
    for (const name of ["Host", "host"]) {
      const message = await refusal({
        ...inside,
        "zitadel-actions:transportHeaders": `{"${name}":"auth.example.com"}`,
      });
      expect(message).toContain("`pulumi config set zitadel-actions:externalDomain <external domain>`");
    }
  });

  test.each([
    ["in the stack configuration", { "zitadel-actions:externalDomain": "auth.example.com" }, {}],
    ["in the environment", {}, { ZITADEL_DOMAIN: "zitadel.zitadel.svc", ZITADEL_EXTERNAL_DOMAIN: "auth.example.com" }],
  ])("%s and the header that it sends cannot both be set", async (_, more, env) => {
    const headers = { "zitadel-actions:transportHeaders": '{"X-Zitadel-Instance-Host":"other.example.com"}' };
    expect(await refusal({ ...inside, ...headers, ...more }, env)).toContain(
      "zitadel-actions:transportHeaders must not set x-zitadel-instance-host beside the external domain, which sends it: remove one of them",
    );
  });

  test.each([
    [{ "x-forwarded-host": "gateway.example.com" }],
    [{ forwarded: "host=gateway.example.com" }],
    [{ "x-tenant": "a" }],
  ])("is not what another header says: %j", (headers) => {
    const setting = { "zitadel-actions:transportHeaders": JSON.stringify(headers) };
    expect(read({ ...inside, ...setting }).issuer).toBe("http://zitadel.zitadel.svc");
    const external = { "zitadel-actions:externalDomain": "auth.example.com" };
    expect(read({ ...inside, ...setting, ...external }).issuer).toBe("https://auth.example.com");
  });

  test.each([
    ["true", "http://auth.example.com"],
    ["false", "https://auth.example.com"],
  ])("is what that header names, if it is not set (insecure: %s)", (insecure, issuer) => {
    const headers = { "zitadel-actions:transportHeaders": '{"X-Zitadel-Instance-Host":"Auth.example.com"}' };
    expect(read({ ...inside, ...headers, "zitadel-actions:insecure": insecure }).issuer).toBe(issuer);
  });
});

describe("where both are set", () => {
  test("the address is the stack's", () => {
    const env = { ZITADEL_DOMAIN: "ACME.example.com", ZITADEL_PORT: "1", ZITADEL_INSECURE: "true" };
    const stack = withToken({ "zitadel-actions:port": "2", "zitadel-actions:insecure": "false" });
    expect(read(stack, env).origin).toBe("https://acme.example.com:2");
  });

  test("the credential is the environment's, of whatever kind", () => {
    const id = { ZITADEL_CLIENT_ID: "boss", ZITADEL_CLIENT_SECRET: "s3cret" };
    expect(read(withToken(), id).credential).toMatchObject({ kind: "clientCredentials", source: "environment" });
    expect(read(withToken(), { ZITADEL_ACCESS_TOKEN: "today" }).credential).toMatchObject({ accessToken: "today" });
  });

  test.each([
    ["externalDomain", { "zitadel-actions:externalDomain": "http://a.example.com" }, "a.example.com"],
    ["header", { "zitadel-actions:transportHeaders": '{"x-zitadel-instance-host":"a.example.com"}' }, "a.example.com"],
    ["domain", {}, "acme.example.com"],
  ])(
    "a credential of the environment beside another external domain than the stack's %s is rejected",
    async (_, more, host) => {
      const env = { ZITADEL_EXTERNAL_DOMAIN: "http://b.example.com", ZITADEL_ACCESS_TOKEN: token };
      const said = `ZITADEL_EXTERNAL_DOMAIN (b.example.com) is not the external domain of this stack's instance (${host}), so the credential in the environment would go to the wrong instance: unset ZITADEL_EXTERNAL_DOMAIN, or pass this stack's credential`;
      expect(await refusal({ ...acme, ...more }, env)).toBe(said);
      const same = { ...env, ZITADEL_EXTERNAL_DOMAIN: host.toUpperCase() };
      expect(read({ ...acme, ...more }, same).credential).toMatchObject({ source: "environment" });
      const wrong = { ...env, ZITADEL_EXTERNAL_DOMAIN: "https://b.example.com/" };
      expect(await refusal({ ...acme, ...more }, wrong)).toMatch(/^ZITADEL_EXTERNAL_DOMAIN must be the host of/);
      const otherPort = { ...env, ZITADEL_EXTERNAL_DOMAIN: `${host}:8443` };
      expect(await refusal({ ...acme, ...more }, otherPort)).toMatch(/would go to the wrong instance/);
      // Without a credential in the environment, nothing goes to the wrong instance.
      expect(read(withToken(more), { ZITADEL_EXTERNAL_DOMAIN: "b.example.com" }).credential.source).toBe("stack");
    },
  );

  test("a credential of the environment beside another domain than the stack's is rejected", async () => {
    const env = { ZITADEL_DOMAIN: "other.example.com", ZITADEL_ACCESS_TOKEN: token };
    expect(await refusal(withToken(), env)).toBe(
      "ZITADEL_DOMAIN (other.example.com) is not this stack's zitadel-actions:domain (acme.example.com), so the credential in the environment would go to the wrong host: unset ZITADEL_DOMAIN, or pass this stack's credential",
    );
    const odd = { ...env, ZITADEL_DOMAIN: "https://admin:hunter2@other.example.com" };
    expect(await refusal(withToken(), odd)).toContain("ZITADEL_DOMAIN (not a host)");
    const gateway = withToken({ "zitadel-actions:externalDomain": "other.example.com" });
    expect(await refusal(gateway, env)).toBe(
      "ZITADEL_DOMAIN (other.example.com) is not this stack's zitadel-actions:domain (acme.example.com), but its external domain, so the credential in the environment would go to the wrong host: unset ZITADEL_DOMAIN",
    );
  });

  test("port and plain HTTP of another domain are not mistaken for the stack's", () => {
    const env = { ZITADEL_DOMAIN: "localhost", ZITADEL_PORT: "8080", ZITADEL_INSECURE: "true" };
    expect(read(withToken(), env).origin).toBe("https://acme.example.com");
    expect(read(withToken(), { ...env, ZITADEL_DOMAIN: "acme.example.com" }).origin).toBe(
      "http://acme.example.com:8080",
    );
  });

  test.each([
    ["ZITADEL_PORT", "8080", "port"],
    ["ZITADEL_INSECURE", "true", "insecure"],
  ])(
    "%s without ZITADEL_DOMAIN, left from trying, does not send the stack's credential elsewhere",
    (name, value, key) => {
      const settings = readSettings((one) => withToken()[one as keyof typeof acme], { [name]: value });
      expect(settings.instance(undefined).origin).toBe("https://acme.example.com");
      expect(settings.warnings).toEqual([
        `${name} has no effect: the domain comes from zitadel-actions:domain, and the parts of an address count only together. If it is this instance's, run \`pulumi config set zitadel-actions:${key} …\`; otherwise unset it`,
      ]);
    },
  );

  test("a port in the stack configuration cannot be that of a domain in the environment", async () => {
    const stack = { "zitadel-actions:accessToken": token, "zitadel-actions:port": "8080" };
    expect(await refusal(stack, { ZITADEL_DOMAIN: "acme.example.com" })).toBe(
      "zitadel-actions:port is set, but the domain comes from ZITADEL_DOMAIN: run `pulumi config set zitadel-actions:domain …`, or set ZITADEL_PORT and remove zitadel-actions:port",
    );
  });

  test("a credential of the environment beside another port than the stack's is rejected", async () => {
    const env = { ZITADEL_DOMAIN: "acme.example.com", ZITADEL_PORT: "8080", ZITADEL_ACCESS_TOKEN: token };
    expect(await refusal(withToken({ "zitadel-actions:port": "9090" }), env)).toContain(
      "ZITADEL_DOMAIN (acme.example.com:8080) is not this stack's zitadel-actions:domain (acme.example.com:9090)",
    );
  });
});

describe("what is missing is named, with the command that sets it", () => {
  test("nothing at all", async () => {
    expect(await refusal({})).toBe(
      "zitadel-actions:domain is not set: run `pulumi config set zitadel-actions:domain <host of your instance>`, or set ZITADEL_DOMAIN; no credential is set: set ZITADEL_ACCESS_TOKEN (a personal access token), ZITADEL_JWT_PROFILE_FILE or ZITADEL_JWT_PROFILE_JSON (the key of a service user), or ZITADEL_CLIENT_ID and ZITADEL_CLIENT_SECRET, or run `pulumi config set --secret zitadel-actions:accessToken <token>` or `pulumi config set zitadel-actions:jwtProfileFile <path of a key file>`",
    );
  });

  test("a domain", async () => {
    expect(await refusal({ "zitadel-actions:accessToken": token })).toMatch(
      /^zitadel-actions:domain is not set: run `[^`]+`[^;]+$/,
    );
  });

  test("a credential", async () => {
    expect(await refusal(acme)).toMatch(
      /^no credential is set: set ZITADEL_ACCESS_TOKEN .*ZITADEL_JWT_PROFILE_JSON .* or run `pulumi config set --secret zitadel-actions:accessToken/,
    );
  });

  test.each<[Texts, Texts, string]>([
    [
      { "zitadel-actions:clientId": "boss" },
      {},
      "zitadel-actions:clientId is set, but zitadel-actions:clientSecret is not: both are needed",
    ],
    [
      { "zitadel-actions:clientSecret": "s3cret" },
      {},
      "zitadel-actions:clientSecret is set, but zitadel-actions:clientId is not: both are needed",
    ],
    [{}, { ZITADEL_CLIENT_ID: "boss" }, "ZITADEL_CLIENT_ID is set, but ZITADEL_CLIENT_SECRET is not: both are needed"],
    [
      { "zitadel-actions:accessToken": token },
      { ZITADEL_CLIENT_SECRET: "s3cret" },
      "ZITADEL_CLIENT_SECRET is set, but ZITADEL_CLIENT_ID is not: both are needed",
    ],
  ])("half of client credentials: %j %j", async (stack, env, message) => {
    expect(await refusal({ ...acme, ...stack }, env)).toBe(message);
  });
});

describe("two ways to log in at once", () => {
  test.each<[Texts, Texts, string]>([
    [
      { "zitadel-actions:accessToken": token, "zitadel-actions:clientId": "boss" },
      {},
      "zitadel-actions:accessToken, zitadel-actions:clientId",
    ],
    [
      {},
      { ZITADEL_ACCESS_TOKEN: token, ZITADEL_CLIENT_ID: "boss", ZITADEL_CLIENT_SECRET: "s3cret" },
      "ZITADEL_ACCESS_TOKEN, ZITADEL_CLIENT_ID, ZITADEL_CLIENT_SECRET",
    ],
    [
      {},
      { ZITADEL_JWT_PROFILE_JSON: accountJson, ZITADEL_JWT_PROFILE_FILE: "key.json" },
      "ZITADEL_JWT_PROFILE_FILE, ZITADEL_JWT_PROFILE_JSON",
    ],
  ])("%#", async (stack, env, keys) => {
    const message = `more than one way to log in is set (${keys}): keep one of them`;
    expect(await refusal({ ...acme, ...stack }, env)).toBe(message);
  });
});

describe("a service user's key", () => {
  const advice = "download a new key of the service user in ZITADEL's console (Keys > New, type JSON)";
  const json = (text: string) => ({ ...acme, "zitadel-actions:jwtProfileJson": text });

  test.each(["keyId", "key", "userId"])("without its %s", async (field) => {
    const expected = (name: string) => `${name} is not a complete key file, it lacks ${field}: ${advice}`;
    for (const half of [
      { ...account, [field]: undefined },
      { ...account, [field]: "" },
      { ...account, [field]: 1 },
    ]) {
      const text = JSON.stringify(half);
      expect(await refusal(json(text))).toBe(expected("zitadel-actions:jwtProfileJson"));
      const env = { ZITADEL_JWT_PROFILE_FILE: file("half.json", text) };
      expect(await refusal(acme, env)).toBe(expected("ZITADEL_JWT_PROFILE_FILE"));
    }
  });

  test("that is not there", async () => {
    const path = join(folder, "nowhere.json");
    expect(await refusal({ ...acme, "zitadel-actions:jwtProfileFile": path })).toBe(
      `zitadel-actions:jwtProfileFile names ${path}, which cannot be read (ENOENT); relative paths start at the program's folder`,
    );
    expect(await refusal(acme, { ZITADEL_JWT_PROFILE_FILE: folder })).toContain(`${folder}, which cannot be read (EI`);
  });

  test.each([
    ["not JSON: s3cret", "set the whole key file, from { to }, or its base64"],
    ["", "set the whole key file, from { to }, or its base64"],
    ["[]", "set the whole key file, from { to }, or its base64"],
    ["null", "set the whole key file, from { to }, or its base64"],
    [accountJson.slice(0, -20), "set the whole key file, from { to }, or its base64"],
    ['"s3cret"', "it is in quotes: remove them"],
    [`'${accountJson}'`, "it is in quotes: remove them"],
    [JSON.stringify(accountJson), "it is in quotes: remove them"],
    [
      accountJson.replaceAll("\\n", "\n"),
      "it has line breaks inside a string: keep them as \\n, or encode the file in base64",
    ],
  ])("that is not a JSON object: %#", async (text, looksLike) => {
    const expected = `must be a key file in JSON; ${looksLike}`;
    if (text !== "") expect(await refusal(json(text))).toBe(`zitadel-actions:jwtProfileJson ${expected}`);
    const path = file("odd.json", text);
    expect(await refusal(acme, { ZITADEL_JWT_PROFILE_FILE: path })).toBe(`ZITADEL_JWT_PROFILE_FILE ${expected}`);
  });

  test.each([
    ["in base64", Buffer.from(accountJson).toString("base64")],
    ["in base64 with line breaks", Buffer.from(accountJson).toString("base64").replace(/.{76}/g, "$&\n")],
    ["in base64url", Buffer.from(accountJson).toString("base64url")],
    ["with a byte order mark", `\uFEFF${accountJson}`],
    ["with a byte order mark, in base64", Buffer.from(`\uFEFF${accountJson}`).toString("base64")],
    ["between blank lines", `\n${accountJson}\r\n`],
  ])("is taken %s, as CI variables hold it", (_case, text) => {
    const plain = readSettings((key) => json(accountJson)[key as "zitadel-actions:domain"], {}).instance(undefined);
    const given = readSettings((key) => json(text)[key as "zitadel-actions:domain"], {}).instance(undefined);
    expect(given.credential).toMatchObject(plain.credential);
  });

  test.each([
    ["itself", accountJson],
    ["in several lines", JSON.stringify(account, null, 2)],
    ["as PEM", key],
    ["in base64", Buffer.from(accountJson).toString("base64")],
    ["of which there is no file, but a token", "x9".repeat(35)],
    ["of which there is no file, but a secret with a slash in it", `${"x9".repeat(16)}/${"y8".repeat(16)}`],
    ["of which there is no file, but a password", "correct-horse"],
  ])("%s where its path was asked for is not repeated", async (_how, text) => {
    const secrets = [text, text.slice(0, 40)];
    expect(await refusal(acme, { ZITADEL_JWT_PROFILE_FILE: text }, undefined, ...secrets)).toMatch(
      /^ZITADEL_JWT_PROFILE_FILE must be the path of a file \(E\w+\), not its content$/,
    );
  });

  const unreadable = `zitadel-actions:jwtProfileJson has no readable private key in its field "key": ${advice}`;
  const unfit = `zitadel-actions:jwtProfileJson must contain an RSA key of at least 2048 bits: ${advice}`;
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  test.each([
    ["broken", key.replace(/\n.{64}\n/, "\n"), unreadable],
    ["no PEM", "s3cret", unreadable],
    ["of another kind", ec as string, unfit],
    ["too short", rsa(1024), unfit],
  ])("whose private key is %s", async (_how, broken, message) => {
    expect(await refusal(json(JSON.stringify({ ...account, key: broken })), {}, undefined, broken)).toBe(message);
  });

  test("of an application", async () => {
    const text = JSON.stringify({ ...account, type: "application" });
    const message = `zitadel-actions:jwtProfileJson is not a "serviceaccount" key: ${advice}`;
    expect(await refusal(json(text))).toBe(message);
  });
});

describe("a domain", () => {
  const example = "for example `pulumi config set zitadel-actions:domain my-instance.zitadel.cloud`";
  test.each([
    ["https://acme.example.com", `must be a host without a scheme, ${example}`],
    ["HTTP://acme.example.com", `must be a host without a scheme, ${example}`],
    ["https://boss:hunter2@acme.example.com", `must be a host without a scheme, ${example}`],
    ["acme.example.com/ui", `must be a host without a path, ${example}`],
    ["acme.example.com/", `must be a host without a path, ${example}`],
    ["acme.example.com?a=b", `must be a host without a path, ${example}`],
    ["boss:hunter2@acme.example.com", `must be a host without credentials, ${example}`],
    [
      "acme.example.com:8080",
      "must be a host without a port: set the port with `pulumi config set zitadel-actions:port <port>`",
    ],
    ["[::1]:8080", "must be a host without a port: set the port with `pulumi config set zitadel-actions:port <port>`"],
    ["acme example.com", `must be a host name, ${example}`],
    [" acme.example.com", `must be a host name, ${example}`],
    ["acme.example.com\n", `must be a host name, ${example}`],
    ["acme%2eexample.com", `must be a host name, ${example}`],
    ["a\tcme", `must be a host name, ${example}`],
    ["127.1", `must be a host name, ${example}`],
    ["s3cret<>", `must be a host name, ${example}`],
    // A token, for instance.
    ["s3cret".padEnd(64, "x"), `must be a host name, ${example}`],
  ])("%j is refused", async (domain, message) => {
    const stack = { "zitadel-actions:accessToken": token };
    expect(await refusal({ ...stack, "zitadel-actions:domain": domain })).toBe(`zitadel-actions:domain ${message}`);
    expect(await refusal(stack, { ZITADEL_DOMAIN: domain })).toBe(`ZITADEL_DOMAIN ${message}`);
  });

  test.each([
    ["ACME.example.com", "https://acme.example.com"],
    ["localhost", "https://localhost"],
    ["127.0.0.1", "https://127.0.0.1"],
    ["[::1]", "https://[::1]"],
  ])("%j is taken", (domain, origin) => {
    expect(read({ "zitadel-actions:domain": domain, "zitadel-actions:accessToken": token }).origin).toBe(origin);
  });

  test.each([
    ["443", "false", "https://acme.example.com"],
    ["80", "true", "http://acme.example.com"],
    ["80", "false", "https://acme.example.com:80"],
    ["443", "true", "http://acme.example.com:443"],
  ])("port %s, insecure %s: the origin names a port only where it is not the scheme's", (port, insecure, origin) => {
    expect(read(withToken({ "zitadel-actions:port": port, "zitadel-actions:insecure": insecure })).origin).toBe(origin);
  });
});

describe("a value that is wrong", () => {
  const port = "must be a port, from 1 to 65535";
  const flag = "must be true or false";
  const count = "must be a whole number from 1";
  test.each([
    ["port", "0", port],
    ["port", "65536", port],
    ["port", "-1", port],
    ["port", "80.5", port],
    ["port", "http", port],
    ["insecure", "yes", flag],
    ["insecure", "1", flag],
    ["insecure", "True", flag],
    ["maxConcurrentWrites", "0", count],
    ["maxConcurrentWrites", "-2", count],
    ["maxConcurrentWrites", "1.5", count],
    ["maxConcurrentWrites", "many", count],
  ])("%s = %j", async (key, value, message) => {
    expect(await refusal(withToken({ [`zitadel-actions:${key}`]: value }))).toBe(`zitadel-actions:${key} ${message}`);
    const variable = `ZITADEL_${key.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
    const env = { ZITADEL_DOMAIN: "acme.example.com", [variable]: value };
    expect(await refusal(withToken(), env)).toBe(`${variable} ${message}`);
  });

  test("several are told together", async () => {
    const stack = {
      "zitadel-actions:domain": "https://acme",
      "zitadel-actions:port": "no",
      "zitadel-actions:insecure": "no",
    };
    const parts = (await refusal(stack)).split("; ");
    expect(parts.map((part) => part.split(" ", 1)[0])).toEqual([
      "zitadel-actions:domain",
      "zitadel-actions:port",
      "zitadel-actions:insecure",
      "no",
    ]);
  });

  test.each(["accessToken", "clientSecret", "clientId"])("a line break in %s", async (key) => {
    const client = { "zitadel-actions:clientId": "boss", "zitadel-actions:clientSecret": "s3cret" };
    const others: Texts = key === "accessToken" ? {} : client;
    for (const text of [`${token}\n`, `${token}\r\nX-Evil: 1`, `${token}\u0000`, `${token}é`]) {
      expect(await refusal({ ...acme, ...others, [`zitadel-actions:${key}`]: text })).toBe(
        `zitadel-actions:${key} contains a line break or another character that is not allowed in a header`,
      );
    }
  });

  const headers = "zitadel-actions:transportHeaders";
  test.each([
    ['{"X-A": "s3cret"', `${headers} must be a JSON object`],
    ['["s3cret"]', `${headers} must be a JSON object`],
    [
      '{"X-A": "s3cret\\r\\nEvil: 1"}',
      `${headers}.X-A contains a line break or another character that is not allowed in a header`,
    ],
    ['{"X-A\\nB": "s3cret"}', `${headers} has a key that is not a header name`],
    ['{"": "s3cret"}', `${headers} has a key that is not a header name`],
    // A number of 18 digits would not come through unharmed.
    ['{"X-Org": 123456789012345678}', `${headers}.X-Org must be a string`],
    ['{"Authorization": "s3cret"}', `${headers} must not set Authorization: the provider sets it itself`],
    ['{"Content-Length": "1"}', `${headers} must not set Content-Length: the provider sets it itself`],
  ])("transportHeaders = %j", async (text, message) => {
    expect(await refusal(withToken({ [headers]: text }))).toBe(message);
  });

  test.each(["\n", "\r\n", "\u0000", "\u0085", "\u2028", "é", "\t"])(
    "%j in a setting that goes to the server",
    async (end) => {
      const client = { "zitadel-actions:clientId": "boss", "zitadel-actions:clientSecret": "s3cret" };
      for (const key of ["domain", "port", "insecure", "maxConcurrentWrites", "accessToken", "transportHeaders"]) {
        const value = { domain: "acme.example.com", port: "443", insecure: "true", maxConcurrentWrites: "2" }[key];
        const text = key === "transportHeaders" ? JSON.stringify({ "X-A": `s3cret${end}` }) : `${value ?? token}${end}`;
        const message = await refusal(withToken({ [`zitadel-actions:${key}`]: text }));
        expect(message).toMatch(new RegExp(`^zitadel-actions:${key}[ .]`));
        expect(message).not.toMatch(/[\p{Cc}\u2028]/u);
      }
      for (const key of ["clientId", "clientSecret"])
        await refusal({ ...acme, ...client, [`zitadel-actions:${key}`]: `s3cret${end}` });
      await refusal({ ...acme, "zitadel-actions:jwtProfileFile": `/nowhere/key.json${end}` });
      await refusal({ ...acme, "zitadel-actions:jwtProfileJson": `${accountJson.slice(0, -1)}${end}s3cret}` });
      await refusal(withToken({ "zitadel-actions:caCertificateFile": `/nowhere/ca.pem${end}` }));
      await refusal(withToken(), { HTTPS_PROXY: `http://boss:s3cret@proxy.example.com:3128/${end}` });
      const instances = { [`a${end}b`]: { domain: "acme.example.com", accessToken: `${token}${end}` } };
      await refusal({ "zitadel-actions:instances": JSON.stringify(instances) }, {}, `a${end}b`);
    },
  );

  test("a certificate authority that is not there, or no certificate", async () => {
    const path = join(folder, "no.pem");
    expect(await refusal(withToken(), { ZITADEL_CA_CERTIFICATE_FILE: path })).toBe(
      `ZITADEL_CA_CERTIFICATE_FILE names ${path}, which cannot be read (ENOENT); relative paths start at the program's folder`,
    );
    const key = file("key.pem", certify("a").authority.key);
    expect(await refusal(withToken({ "zitadel-actions:caCertificateFile": key }))).toBe(
      `zitadel-actions:caCertificateFile names ${key}, which contains no PEM certificate`,
    );
    const broken = file("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect(await refusal(withToken({ "zitadel-actions:caCertificateFile": broken }))).toBe(
      `zitadel-actions:caCertificateFile names ${broken}, which contains no PEM certificate`,
    );
  });
});

describe("more instances", () => {
  const instances = (value: unknown): Texts => ({
    "zitadel-actions:instances": typeof value === "string" ? value : JSON.stringify(value),
  });
  const eu = { domain: "eu.example.com", accessToken: "EU-token-0123456789" };

  test("each has the same keys, numbers and booleans included", () => {
    const headers = { "X-Tenant": "blue" };
    const more = { port: 8080, insecure: true, maxConcurrentWrites: 3, transportHeaders: headers };
    expect(read(instances({ eu: { ...eu, ...more } }), {}, "eu")).toMatchObject({
      name: "eu",
      origin: "http://eu.example.com:8080",
      credential: { kind: "accessToken", source: "stack", accessToken: eu.accessToken },
      maxConcurrentWrites: 3,
      headers,
    });
    const { accessToken: _, ...rest } = eu;
    expect(read(instances({ eu: { ...rest, jwtProfileJson: account } }), {}, "eu").credential).toMatchObject({
      kind: "jwtProfile",
      account: { userId: "456" },
    });
  });

  test("null, as YAML has for a key without a value, is not set", async () => {
    const nulls = { port: null, insecure: null, externalDomain: null, clientId: null, transportHeaders: null };
    expect(read(instances({ eu: { ...eu, ...nulls } }), {}, "eu")).toEqual(read(instances({ eu }), {}, "eu"));
    expect(await refusal(instances({ eu: { domain: null, accessToken: null } }), {}, "eu")).toMatch(
      /^zitadel-actions:instances\.eu\.domain is not set: .*; no credential is set: /,
    );
  });

  test("the environment is not for them", async () => {
    const env = {
      ZITADEL_ACCESS_TOKEN: token,
      ZITADEL_DOMAIN: "acme.example.com",
      ZITADEL_PORT: "1",
      ZITADEL_INSECURE: "true",
    };
    const named = read(instances({ eu }), env, "eu");
    expect(named.credential).toMatchObject({ accessToken: eu.accessToken });
    expect(named.origin).toBe("https://eu.example.com");
    expect(await refusal(instances({ eu: { domain: "eu.example.com" } }), env, "eu")).toBe(
      "no credential is set: run `pulumi config set --secret --path 'zitadel-actions:instances.eu.accessToken' <token>` or `pulumi config set --path 'zitadel-actions:instances.eu.jwtProfileFile' <path of a key file>` (a named instance takes no credential from the environment)",
    );
  });

  test("an unknown one", async () => {
    expect(await refusal(withToken(), {}, "us")).toBe(
      "zitadel-actions:instances has no instance \"us\" (configured: none): add it with `pulumi config set --path 'zitadel-actions:instances.us.domain' <host>`",
    );
    expect(await refusal(instances({ eu, "a.b": eu }), {}, "x.y")).toBe(
      'zitadel-actions:instances has no instance "x.y" (configured: "eu", "a.b"): add it with `pulumi config set --path \'zitadel-actions:instances["x.y"].domain\' <host>`',
    );
    expect(await refusal(instances({ eu }), {}, "")).toBe(
      'the name of the instance is empty: pass one of the names in zitadel-actions:instances (configured: "eu"), or none for the default instance',
    );
    const suggestion = async (name: string) => (await refusal(instances({ eu, prod: eu }), {}, name)).split(". ")[1];
    expect(await suggestion("porduction")).toBeUndefined();
    expect(await suggestion("euu")).toMatch(
      /^Did you mean "eu"\? Otherwise, add it with `pulumi config set --path 'zitadel-actions:instances\.euu\.domain' <host>`$/,
    );
    for (const name of ["Prod", "prdo", "pro"]) expect(await suggestion(name)).toContain('Did you mean "prod"?');
    for (const name of ["toString", "__proto__"]) {
      expect(await refusal(instances({ eu }), {}, name)).toContain(
        `zitadel-actions:instances has no instance ${JSON.stringify(name)}`,
      );
    }
  });

  test.each([
    ['{"eu": {"domain": "s3cret"', "zitadel-actions:instances must be a JSON object"],
    [[eu], "zitadel-actions:instances must be a JSON object"],
    [{ eu: "s3cret" }, 'zitadel-actions:instances.eu must be an object such as {"domain": "…", "accessToken": "…"}'],
    [{ eu: null }, 'zitadel-actions:instances.eu must be an object such as {"domain": "…", "accessToken": "…"}'],
    [
      { eu: { ...eu, token: "s3cret" } },
      /^zitadel-actions:instances\.eu\.token is not a setting\. The settings are domain, port, /,
    ],
    [
      { eu: { ...eu, acessToken: "s3cret" } },
      "zitadel-actions:instances.eu.acessToken is not a setting. Did you mean accessToken? The settings are domain, port, insecure, externalDomain, accessToken, jwtProfileFile, jwtProfileJson, clientId, clientSecret, caCertificateFile, maxConcurrentWrites, transportHeaders",
    ],
    [{ eu: { ...eu, toString: "s3cret" } }, /^zitadel-actions:instances\.eu\.toString is not a setting\./],
    [
      { eu: { accessToken: "s3cret" } },
      "zitadel-actions:instances.eu.domain is not set: run `pulumi config set --path 'zitadel-actions:instances.eu.domain' <host of your instance>`",
    ],
    [
      { eu: { ...eu, domain: "https://eu.example.com" } },
      "zitadel-actions:instances.eu.domain must be a host without a scheme, for example `pulumi config set --path 'zitadel-actions:instances.eu.domain' my-instance.zitadel.cloud`",
    ],
    [
      { eu: { ...eu, domain: "eu.example.com:80" } },
      "zitadel-actions:instances.eu.domain must be a host without a port: set the port with `pulumi config set --path 'zitadel-actions:instances.eu.port' <port>`",
    ],
    [{ eu: { ...eu, port: 0 } }, "zitadel-actions:instances.eu.port must be a port, from 1 to 65535"],
    [{ eu: { ...eu, port: 80.5 } }, "zitadel-actions:instances.eu.port must be a port, from 1 to 65535"],
    [{ eu: { ...eu, insecure: "no" } }, "zitadel-actions:instances.eu.insecure must be true or false"],
    [
      { eu: { ...eu, clientId: "boss" } },
      "more than one way to log in is set (zitadel-actions:instances.eu.accessToken, zitadel-actions:instances.eu.clientId): keep one of them",
    ],
    [
      { eu: { ...eu, transportHeaders: { Authorization: "s3cret" } } },
      "zitadel-actions:instances.eu.transportHeaders must not set Authorization: the provider sets it itself",
    ],
    [
      { eu: { domain: "eu.example.com", jwtProfileJson: { ...account, key: undefined } } },
      /^zitadel-actions:instances\.eu\.jwtProfileJson is not a complete key file, it lacks key: /,
    ],
  ])("what is wrong with one is named by its full path: %#", async (value, message) => {
    const said = await refusal(instances(value), {}, "eu", eu.accessToken);
    if (message instanceof RegExp) expect(said).toMatch(message);
    else expect(said).toBe(message);
  });

  test("what is wrong with one is no matter to the others", async () => {
    const stack = withToken(instances({ eu, broken: { domain: "https://" } }));
    expect(read(stack).origin).toBe("https://acme.example.com");
    expect(read(stack, {}, "eu").origin).toBe("https://eu.example.com");
    expect(await refusal(stack, {}, "broken")).toContain("zitadel-actions:instances.broken.domain");
    expect(read(withToken(instances("{"))).origin).toBe("https://acme.example.com");
  });

  test("where there are only named ones, the default is missed only by those that use it", () => {
    const connections = new Connections();
    connections.configure((key) => instances({ eu })[key], {});
    expect(connections.problem("eu")).toBeUndefined();
    expect(connections.client("eu").instance.origin).toBe("https://eu.example.com");
    expect(connections.problem(undefined)).toBe(
      'zitadel-actions:domain is not set, but zitadel-actions:instances has "eu": pass one of these names (`instance: "eu"`), or run `pulumi config set zitadel-actions:domain <host of your instance>`',
    );
    expect(() => connections.client(undefined)).toThrow("zitadel-actions:domain is not set");
  });
});

describe("proxies", () => {
  const proxy = "http://boss:hunter2@proxy.example.com:3128";
  const proxies = (env: Texts, domain = "acme.example.com") =>
    read({ "zitadel-actions:domain": domain, "zitadel-actions:accessToken": token }, env).proxy;

  test("are those of the environment, in lower case first", () => {
    expect(proxies({ HTTPS_PROXY: proxy, HTTP_PROXY: "http://a", NO_PROXY: "b" })).toEqual({
      HTTPS_PROXY: proxy,
      HTTP_PROXY: "http://a",
      NO_PROXY: "b",
    });
    expect(proxies({ https_proxy: proxy, HTTPS_PROXY: "http://other", no_proxy: "c", NO_PROXY: "d" })).toEqual({
      HTTPS_PROXY: proxy,
      NO_PROXY: "c",
    });
    expect(proxies({ NO_PROXY: "b" })).toBeUndefined();
    expect(proxies({ HTTPS_PROXY: "" })).toBeUndefined();
  });

  test.each(["localhost", "zitadel.localhost", "127.0.0.1", "127.9.9.9", "[::1]"])(
    "are never used for %s",
    (domain) => {
      expect(proxies({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy }, domain)).toBeUndefined();
      expect(proxies({ HTTPS_PROXY: "garbage" }, domain)).toBeUndefined();
    },
  );

  test.each([
    "proxy.example.com:3128",
    "socks5://boss:hunter2@proxy.example.com",
    "garbage",
    "http://boss:hunter2@:x",
    "http://boss:hunter2%ZZ@proxy.example.com",
  ])("that Node would go past, or choke on, are rejected: %#", async (text) => {
    const message = (name: string) => `${name} must be the URL of an HTTP proxy, such as http://proxy.example.com:3128`;
    expect(await refusal(withToken(), { HTTPS_PROXY: text })).toBe(message("HTTPS_PROXY"));
    expect(await refusal(withToken(), { http_proxy: text })).toBe(message("HTTP_PROXY"));
  });
});

describe("a key file that others may read", () => {
  const named = (path: string) => ({ ...acme, "zitadel-actions:jwtProfileFile": path });
  const warningsOf = (stack: Texts) => readSettings((key) => stack[key], {}).warnings;
  const onPosix = process.platform === "win32" ? test.skip : test;

  onPosix.each([0o640, 0o604, 0o644, 0o660, 0o777, 0o610])("by mode %o gets a warning with the fix", (mode) => {
    const path = file("open key's.json", accountJson);
    chmodSync(path, mode);
    const quoted = `'${path.replace("'", "'\\''")}'`;
    expect(warningsOf(named(path))).toEqual([
      `zitadel-actions:jwtProfileFile names ${path}, a private key that other users can read (its mode is ${mode.toString(8)}): run \`chmod 600 ${quoted}\``,
    ]);
    expect(spawnSync("sh", ["-c", `chmod 600 ${quoted}`]).status).toBe(0);
    expect(warningsOf(named(path))).toEqual([]);
  });

  onPosix.each([0o600, 0o400, 0o700])("by mode %o gives none", (mode) => {
    const path = file("closed.json", accountJson);
    chmodSync(path, mode);
    expect(warningsOf(named(path))).toEqual([]);
    chmodSync(path, 0o600);
  });

  onPosix("gets one warning in each process, for each instance that names it", () => {
    const path = file("shared.json", accountJson);
    chmodSync(path, 0o644);
    const entry = { domain: "acme.example.com", jwtProfileFile: path };
    const stack: Texts = { "zitadel-actions:instances": JSON.stringify({ a: entry, b: { ...entry, port: 8443 } }) };
    const connections = new Connections();
    const warnings: string[] = [];
    const configure = () =>
      connections.configure(
        (key) => stack[key],
        {},
        (warning) => warnings.push(warning),
      );
    configure();
    configure();
    expect(warnings).toMatchObject([
      expect.stringContaining("zitadel-actions:instances.a.jwtProfileFile names"),
      expect.stringContaining("zitadel-actions:instances.b.jwtProfileFile names"),
    ]);
  });
});

test("settings are read once, and wrong ones are told to each who asks", async () => {
  const connections = new Connections();
  expect((await failure(() => connections.client(undefined))).message).toBe(
    "the provider was used before it was configured: install @pulumi/pulumi 3.139 or later in the program's folder, because older versions never configure it",
  );
  connections.configure((key) => withToken()[key as keyof typeof acme], {});
  connections.configure(() => "garbage", {});
  expect(connections.problem(undefined)).toBeUndefined();
  expect(connections.client(undefined)).toBe(connections.client(undefined));
});
