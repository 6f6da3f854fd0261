import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { getTarget, listTargets, ZitadelTarget } from "../../../provider";

// The warnings that a program gets while it declares resources.

const args = { endpoint: "https://example.com", timeout: "10s", restAsync: {} };

const registered: string[] = [];
const warnings: { message: string; urn: string }[] = [];
let stackResource: object | undefined;

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => {
      registered.push(name);
      return { id: name, state: inputs as object };
    },
    call: () => ({}),
  });
});
beforeEach(() => {
  warnings.length = 0;
  stackResource = {};
  jest.spyOn(pulumi.runtime, "getStackResource").mockImplementation(() => stackResource as never);
  jest.spyOn(pulumi.log, "warn").mockImplementation(async (message, resource) => {
    const urn = resource === undefined ? "" : await new Promise<string>((resolve) => resource.urn.apply(resolve));
    warnings.push({ message, urn });
  });
});
afterEach(() => {
  pulumi.runtime.setAllConfig({});
  jest.restoreAllMocks();
});

/** Runs a program that declares two targets in a stack of its own; gives the keys that it is warned of. */
function warnedOf(config: Record<string, string>, secret: readonly string[] = []): string[] {
  stackResource = {};
  warnings.length = 0;
  pulumi.runtime.setAllConfig(config, [...secret]);
  for (const name of ["a", "b"]) new ZitadelTarget(name, args);
  return warnings.map(({ message }) => message.split(" ")[0] ?? "");
}

describe("a program that only looks something up", () => {
  test("fails for a misspelt setting", async () => {
    pulumi.runtime.setAllConfig({ "zitadel-actions:externalDomian": "auth.example.com" });
    await expect(getTarget({ name: "audit" })).rejects.toThrow("Did you mean zitadel-actions:externalDomain?");
    await expect(listTargets()).rejects.toThrow("Did you mean zitadel-actions:externalDomain?");
  });

  test("is warned of a credential in plain text, once", async () => {
    pulumi.runtime.setAllConfig({ "zitadel-actions:accessToken": "token" });
    for (let times = 0; times < 2; times++) await expect(listTargets()).rejects.toThrow("must return { targets");
    expect(warnings).toMatchObject([
      { message: expect.stringContaining("zitadel-actions:accessToken contains") as string },
    ]);
  });
});

describe("a setting that there is not", () => {
  test.each([
    ["zitadel-actions:acessToken", "Did you mean zitadel-actions:accessToken?"],
    ["zitadel-actions:Domain", "Did you mean zitadel-actions:domain?"],
    ["zitadel-actions:colour", "The settings are domain, port, "],
  ])("%s is an error, which does not repeat its value", (key, hint) => {
    const error = () => warnedOf({ [key]: "a-made-up-token" });
    expect(error).toThrow(`${key} in the stack configuration is not a setting. ${hint}`);
    expect(error).toThrow(`\`pulumi config rm ${key}\``);
    expect(error).not.toThrow("a-made-up-token");
  });

  test("names the project's name as the cause, if the key is the project's own", () => {
    jest.spyOn(pulumi, "getProject").mockReturnValue("zitadel-actions");
    const error = () => warnedOf({ "zitadel-actions:endpoint": "https://example.com" });
    expect(error).toThrow("the project's name is zitadel-actions, so its keys are in the namespace of this package.");
    expect(error).toThrow("`pulumi config set app:endpoint …`");
    jest.spyOn(pulumi, "getProject").mockReturnValue("zitadel");
    expect(warnedOf({ "zitadel:domains": "a.example.com" })).toEqual([]);
  });

  test.each([
    ['{"eu":{"domain":"a","accessToken":"s3cret"', "zitadel-actions:instances must be a JSON object."],
    ['"s3cret"', "zitadel-actions:instances must be a JSON object."],
    ['{"eu":"s3cret"}', "zitadel-actions:instances.eu must be an object such as "],
    [
      '{"eu":{"domain":"a","token":"s3cret"}}',
      "zitadel-actions:instances.eu.token is not a setting. The settings are ",
    ],
    [
      '{"eu":{"Domain":"s3cret"}}',
      "zitadel-actions:instances.eu.Domain is not a setting. Did you mean domain? The settings are ",
    ],
  ])("in the instances, %s, is an error even if no resource uses one", (instances, said) => {
    const error = () => warnedOf({ "zitadel-actions:instances": instances }, ["zitadel-actions:instances"]);
    expect(error).toThrow(said);
    expect(error).not.toThrow("s3cret");
  });

  test.each([
    ["domain", "a.example.com", "b.example.com"],
    ["instances", '{"eu":{"domain":"a.example.com"}}', "{}"],
  ])("%s with another value in each namespace is an error even if no resource uses one", (name, own, shared) => {
    expect(() => warnedOf({ [`zitadel-actions:${name}`]: own, [`zitadel:${name}`]: shared })).toThrow(
      `zitadel-actions:${name} and zitadel:${name} differ: remove one of them, or set both to the same value.`,
    );
  });

  test("lets nothing be registered: an inline program goes on after an error", async () => {
    stackResource = {};
    pulumi.runtime.setAllConfig({ "zitadel-actions:domian": "a" });
    expect(() => new ZitadelTarget("misspelt", args)).toThrow("zitadel-actions:domian");
    pulumi.runtime.setAllConfig({});
    const { urn } = new ZitadelTarget("right", args);
    await new Promise((resolve) => urn.apply(resolve));
    expect(registered).toContain("right");
    expect(registered).not.toContain("misspelt");
  });

  test.each([
    ["zitadel:domian", "zitadel-actions:domain"],
    ["zitadel:acessToken", "zitadel-actions:accessToken"],
    ["zitadel:Domain", "zitadel-actions:domain"],
    ["zitadel:instance", "zitadel-actions:instances"],
    ["zitadel-action:domain", "zitadel-actions:domain"],
    ["zitadel_actions:domain", "zitadel-actions:domain"],
    ["zitadelActions:accessToken", "zitadel-actions:accessToken"],
    ["Zitadel-Actions:instances", "zitadel-actions:instances"],
    ["zitadal-actions:domian", "zitadel-actions:domain"],
  ])("%s has no effect, which gives one warning that does not repeat its value", (key, meant) => {
    expect(warnedOf({ [key]: "a-made-up-token" })).toEqual([key]);
    expect(warnings[0]?.message).toBe(
      `${key} in the stack configuration has no effect. Did you mean ${meant}? Set that, then run \`pulumi config rm ${key}\`.`,
    );
  });

  test.each([
    ...[
      "domain",
      "insecure",
      "port",
      "token",
      "accessToken",
      "jwtFile",
      "jwtProfileFile",
      "jwtProfileJson",
      "systemApi",
    ],
    ...["insecureSkipVerifyTls", "transportHeaders", "jwt_profile_file", "jwt_profile_json", "access_token"],
    ...["version", "pluginDownloadURL", "organizationId"],
  ])("zitadel:%s is none of these: it can be a setting of the bridged provider", (name) => {
    expect(warnedOf({ [`zitadel:${name}`]: "{}" }, [`zitadel:${name}`])).toEqual([]);
  });

  test("in the namespace of something else is not looked at", () => {
    const config = { "my:Domain": "a", "zitadel-hooks:domain": "a", "aws:region": "a", "actions:domain": "a" };
    expect(warnedOf(config)).toEqual([]);
  });

  test("in the namespace of the project itself is its own, even if that has a similar name", () => {
    jest.spyOn(pulumi, "getProject").mockReturnValue("my-zitadel-actions");
    expect(warnedOf({ "my-zitadel-actions:domain": "a" })).toEqual([]);
    jest.spyOn(pulumi, "getProject").mockReturnValue("another");
    expect(warnedOf({ "my-zitadel-actions:domain": "a" })).toEqual(["my-zitadel-actions:domain"]);
  });
});

describe("a credential that is not secret in the stack configuration", () => {
  test("is found in the namespace of the bridged providers, too", () => {
    expect(warnedOf({ "zitadel:accessToken": "a-made-up-token" })).toEqual(["zitadel:accessToken"]);
  });

  test("is found beside a secret one in the other namespace", () => {
    const config = { "zitadel:accessToken": "a-made-up-token", "zitadel-actions:accessToken": "a-made-up-token" };
    expect(warnedOf(config, ["zitadel-actions:accessToken"])).toEqual(["zitadel:accessToken"]);
    expect(warnedOf(config)).toEqual(["zitadel-actions:accessToken", "zitadel:accessToken"]);
  });

  test("gives one warning, that says how to store it", () => {
    expect(warnedOf({ "zitadel-actions:accessToken": "a-made-up-token" })).toEqual(["zitadel-actions:accessToken"]);
    expect(warnings[0]?.message).toContain("`pulumi config set --secret zitadel-actions:accessToken`");
    expect(warnings[0]?.message).not.toContain("a-made-up-token");
  });

  test.each(["accessToken", "jwtProfileJson", "clientSecret", "transportHeaders"])(
    "zitadel:%s is to be moved to this package's own namespace",
    (name) => {
      warnedOf({ [`zitadel:${name}`]: "not JSON" });
      expect(warnings.map(({ message }) => message)).toEqual([
        `zitadel:${name} contains a credential in plain text, which Pulumi also stores in the state: set a new one with \`pulumi config set --secret zitadel-actions:${name}\`, then run \`pulumi config rm zitadel:${name}\`${name === "jwtProfileJson" ? " (or set that with --secret too, if the bridged provider uses it)" : ""}, and revoke the old one.`,
      ]);
    },
  );

  test.each(["accessToken", "jwtProfileJson", "clientSecret", "transportHeaders", "instances"])(
    "gives none where it is empty: %s",
    (name) => {
      expect(warnedOf({ [`zitadel-actions:${name}`]: "", [`zitadel:${name}`]: "" })).toEqual([]);
    },
  );

  test("gives none where it is secret", () => {
    const config = { "zitadel-actions:accessToken": "t", "zitadel-actions:transportHeaders": '{"x-api-key":"k"}' };
    expect(warnedOf(config, Object.keys(config))).toEqual([]);
  });

  test.each([
    ["a header for a proxy", '{"Proxy-Authorization":"Basic bWU6aHVudGVyMg=="}', true],
    [
      "any header that is not known to be harmless",
      '{"x-forwarded-host":"a.example.com","cf-access-client-secret":"s"}',
      true,
    ],
    ["a header that only begins like a harmless one", '{"x-forwarded-access-token":"s"}', true],
    ["what cannot be read", "not JSON", true],
    ["an empty header", '{"x-api-key":""}', false],
    [
      "headers that only say where a request goes",
      '{"X-Zitadel-Instance-Host":"a.example.com","x-forwarded-proto":"https"}',
      false,
    ],
    ["no header", "{}", false],
  ])("may be in zitadel-actions:transportHeaders: %s", (_, headers, isWarned) => {
    expect(warnedOf({ "zitadel-actions:transportHeaders": headers })).toEqual(
      isWarned ? [expect.stringMatching(/^zitadel-actions:transportHeaders(\.|$)/)] : [],
    );
  });

  test.each<[string, object, string[]]>([
    ["a token", { accessToken: "t" }, [".accessToken"]],
    ["none, or an empty one", { accessToken: null, jwtProfileJson: "", transportHeaders: null }, []],
    [
      "headers",
      { jwtProfileFile: "key.json", transportHeaders: { "x-api-key": "k", accept: "*" } },
      [".transportHeaders.x-api-key"],
    ],
    ["headers as JSON", { transportHeaders: '{"x-api-key":"k"}' }, [".transportHeaders"]],
    ["a token and a key", { accessToken: "t", jwtProfileJson: { key: "k" } }, [".accessToken", ".jwtProfileJson"]],
    [
      "neither",
      { domain: "eu.example.com", jwtProfileFile: "key.json", transportHeaders: { forwarded: "host=a" } },
      [],
    ],
  ])("may be in zitadel-actions:instances: %s", (_, settings, expected) => {
    for (const key of ["zitadel-actions:instances", "zitadel:instances"]) {
      expect(warnedOf({ [key]: JSON.stringify({ eu: settings }) })).toEqual(expected.map((path) => `${key}.eu${path}`));
      const commands = warnings.map(({ message }) => /`([^`]+)`/.exec(message)?.[1]);
      expect(commands).toEqual(expected.map((path) => `pulumi config set --secret --path '${key}.eu${path}'`));
    }
  });

  test("is named by a path that a shell and Pulumi understand", () => {
    warnedOf({ "zitadel-actions:instances": '{"o\'s.eu":{"accessToken":"t"}}' });
    expect(warnings[0]?.message).toContain(
      `\`pulumi config set --secret --path 'zitadel-actions:instances["o'\\''s.eu"].accessToken'\``,
    );
  });

  describe("is found beside a secret one in the same object: the stack's file says which", () => {
    const key = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "pkcs1", format: "pem" },
    }).privateKey;
    const account = JSON.stringify({ type: "serviceaccount", keyId: "1", userId: "2", key });
    const token = "PAT-0123456789-abcdefghij";
    const instances = {
      eu: { domain: "eu.example.com", accessToken: token },
      us: { domain: "us.example.com", jwtProfileJson: account },
      asia: {
        domain: "asia.example.com",
        accessToken: "another-token-0123456789",
        transportHeaders: { "x-api-key": "api-key-0123456789" },
      },
    };
    const secure = "secure: v1:AAAAAAAAAAAAAAAA:bm90IGEgc2VjcmV0IG9mIGFueW9uZQ==";
    const path = (name: string) => `zitadel-actions:instances.${name}`;
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "warnings-"));
      mkdirSync(join(folder, "src"));
      writeFileSync(join(folder, "Pulumi.yaml"), "name: hooks\nruntime: nodejs\nmain: src\n");
      jest.spyOn(process, "cwd").mockReturnValue(join(folder, "src"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    /** The keys that a program is warned of, with this in the file of its stack. */
    function warnedBy(lines: string, place = folder): string[] {
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, `Pulumi.${pulumi.getStack()}.yaml`), `config:\n  zitadel-actions:instances:${lines}\n`);
      const name = "zitadel-actions:instances";
      return warnedOf({ [name]: JSON.stringify(instances) }, [name]);
    }

    test.each<[string, string, string[]]>([
      [
        "a token",
        `\n    eu:\n      accessToken: ${token}\n    us:\n      jwtProfileJson:\n        ${secure}`,
        ["eu.accessToken"],
      ],
      ["in quotes", `\n    eu:\n      "accessToken": "${token}"`, ["eu.accessToken"]],
      ["a key file", `\n    us:\n      jwtProfileJson: '${account}'`, ["us.jwtProfileJson"]],
      ["in double quotes", `\n    us:\n      jwtProfileJson: ${JSON.stringify(account)}`, ["us.jwtProfileJson"]],
      [
        "as an object",
        `\n    us:\n      jwtProfileJson:\n        key: |\n${key.replace(/^/gm, "          ")}`,
        ["us.jwtProfileJson"],
      ],
      [
        "several",
        `\n    eu:\n      accessToken: ${token}\n    asia:\n      accessToken:\n        ${secure}\n      transportHeaders:\n        x-api-key: api-key-0123456789`,
        ["eu.accessToken", "asia.transportHeaders.x-api-key"],
      ],
      ["none", `\n    eu:\n      accessToken:\n        ${secure}`, []],
      ["all, as one secret string", `\n    ${secure}`, []],
    ])("%s", (_, lines, expected) => {
      expect(warnedBy(lines)).toEqual(expected.map(path));
    });

    test("in the folder that the project's file names", () => {
      writeFileSync(join(folder, "Pulumi.yaml"), "name: hooks\nruntime: nodejs\nstackConfigDir: stacks\n");
      expect(warnedBy(`\n    eu:\n      accessToken: ${token}`, join(folder, "stacks"))).toEqual([
        path("eu.accessToken"),
      ]);
    });

    test("an object that was set as a JSON string is set as a whole", () => {
      const name = "zitadel-actions:instances";
      const text = JSON.stringify(instances);
      writeFileSync(join(folder, `Pulumi.${pulumi.getStack()}.yaml`), `config:\n  ${name}: '${text}'\n`);
      expect(warnedOf({ [name]: text })).toEqual([name]);
      expect(warnings[0]?.message).toContain(`\`pulumi config set --secret ${name}\``);
    });

    test("without the file, nothing says which is plain", () => {
      const name = "zitadel-actions:instances";
      expect(warnedOf({ [name]: JSON.stringify(instances) }, [name])).toEqual([]);
    });
  });

  test("is told to each stack whose program runs in the process", () => {
    const config = { "zitadel-actions:accessToken": "t" };
    expect([warnedOf(config), warnedOf(config)]).toEqual([
      ["zitadel-actions:accessToken"],
      ["zitadel-actions:accessToken"],
    ]);
    stackResource = undefined; // under mocks Pulumi tells of no stack; then one warning is enough
    new ZitadelTarget("c", args);
    new ZitadelTarget("d", args);
    expect(warnings).toHaveLength(2);
  });
});

describe("an option that has no effect on dynamic resources", () => {
  test.each([
    ["replaceOnChanges", { replaceOnChanges: ["endpoint"] }, "`pulumi up --replace`"],
    ["customTimeouts", { customTimeouts: { create: "5m" } }, "at most six times"],
  ])("gives a warning beside the resource: %s", async (option, opts, instead) => {
    const hook = new ZitadelTarget("hook", args, opts);
    const urn = await new Promise((resolve) => hook.urn.apply(resolve));
    await new Promise(setImmediate);
    expect(warnings).toEqual([{ message: expect.stringContaining(instead) as string, urn }]);
    expect(warnings[0]?.message).toMatch(new RegExp(`^${option} has no effect on dynamic resources`));
  });

  test("gives none where it is empty", () => {
    new ZitadelTarget("hook", args, { replaceOnChanges: [], customTimeouts: {} });
    expect(warnings).toEqual([]);
  });
});
