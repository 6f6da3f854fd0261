import fc from "fast-check";
import { unknown } from "../../../provider/core/properties";
import { targetLifecycle } from "../../../provider/target/lifecycle";
import { webhook } from "../../support/world";

function check(news: Record<string, unknown>, olds?: Record<string, unknown>) {
  return targetLifecycle.check({ olds, news, logicalName: "hook", claim: () => undefined });
}

function failures(news: Record<string, unknown>): string[] {
  return check(news).failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("what cannot be is rejected with the property's path", () => {
  const without = ({ restWebhook: _, ...rest }: typeof webhook) => rest;
  const range = "timeout: must be more than 0 and at most 270s (4m30s)";
  const spelling = 'timeout: must be a duration such as "10s", "1m30s" or "500ms"';
  const url = "endpoint: must be an absolute URL that begins with https:// or http://";
  const credentials =
    "endpoint: must not contain a user name or a password, because everybody who may read the target would see it: check ZITADEL's signature in the receiver instead";

  test.each<[string, Record<string, unknown>, string[]]>([
    ["no kind", without(webhook), [": exactly one of restWebhook, restCall and restAsync must be set, but none is"]],
    [
      "two kinds",
      { ...webhook, restCall: {} },
      ["restCall: must be left out if restWebhook is set: set exactly one of restWebhook, restCall and restAsync"],
    ],
    [
      "an unknown property",
      { ...webhook, colour: "red" },
      [
        "colour: Unknown property 'colour'. A ZITADEL target has the properties name, endpoint, timeout, restWebhook, restCall, restAsync, payloadType, rotationTriggers, rotationStrategy, adopt, instance",
      ],
    ],
    [
      "a property in another spelling",
      { ...webhook, payload_type: "PAYLOAD_TYPE_JWT" },
      ["payload_type: Unknown property 'payload_type'. Did you mean 'payloadType'?"],
    ],
    [
      "a misspelt property",
      { ...without(webhook), restWebhok: {}, restAsync: {} },
      ["restWebhok: Unknown property 'restWebhok'. Did you mean 'restWebhook'?"],
    ],
    [
      "an unknown property of the kind",
      { ...webhook, restWebhook: { interrupt: true } },
      [
        "restWebhook.interrupt: Unknown property 'restWebhook.interrupt'. restWebhook has the properties interruptOnError",
      ],
    ],
    [
      "a flag on an asynchronous target",
      { ...without(webhook), restAsync: { interruptOnError: true } },
      ["restAsync.interruptOnError: Unknown property 'restAsync.interruptOnError'. restAsync has no properties"],
    ],
    ["timeout 0s", { ...webhook, timeout: "0s" }, [range]],
    ["timeout -1s", { ...webhook, timeout: "-1s" }, [range]],
    ["timeout 271s", { ...webhook, timeout: "271s" }, [range]],
    ["timeout 270.000000001s", { ...webhook, timeout: "270.000000001s" }, [range]],
    ["timeout 1 minute", { ...webhook, timeout: "1 minute" }, [spelling]],
    ["an empty timeout", { ...webhook, timeout: "" }, [spelling]],
    [
      "a timeout that is a number",
      { ...webhook, timeout: 10 },
      ['timeout: must be a string such as "10s", "1m30s" or "500ms"'],
    ],
    ["no timeout", { ...webhook, timeout: undefined }, ["timeout: is required: how long ZITADEL waits for an answer"]],
    [
      "an empty endpoint",
      { ...webhook, endpoint: "" },
      ["endpoint: must not be empty: set the URL that ZITADEL calls, such as https://example.com/hook"],
    ],
    ["no endpoint", { ...webhook, endpoint: undefined }, ["endpoint: is required: the URL that ZITADEL calls"]],
    ["a relative endpoint", { ...webhook, endpoint: "/hook" }, [url]],
    ["an endpoint without a scheme", { ...webhook, endpoint: "example.com/hook" }, [url]],
    ["an ftp endpoint", { ...webhook, endpoint: "ftp://example.com/hook" }, [url]],
    ["an endpoint with a password", { ...webhook, endpoint: "https://me:pw@example.com/" }, [credentials]],
    ["an endpoint with a user", { ...webhook, endpoint: "https://me@example.com/" }, [credentials]],
    ["a broken endpoint with a password", { ...webhook, endpoint: "https:\\\\me:p@w@:0x/" }, [credentials]],
    [
      "an endpoint without a host",
      { ...webhook, endpoint: "https://" },
      ["endpoint: must be a URL: its host or port cannot be read"],
    ],
    [
      "an endpoint with port 99999",
      { ...webhook, endpoint: "https://example.com:99999" },
      ["endpoint: must be a URL: its host or port cannot be read"],
    ],
    [
      "an endpoint with a blank in front",
      { ...webhook, endpoint: " https://example.com" },
      ["endpoint: must not begin or end with whitespace, or contain control characters"],
    ],
    [
      "an endpoint of 2049 characters",
      { ...webhook, endpoint: `https://example.com/${"x".repeat(2029)}` },
      ["endpoint: must have at most 2048 characters, but has 2049"],
    ],
    ["an empty name", { ...webhook, name: "" }, ["name: must have 1 to 1000 characters, but has 0"]],
    [
      "a name of 1001 characters",
      { ...webhook, name: "x".repeat(1001) },
      ["name: must have 1 to 1000 characters, but has 1001"],
    ],
    ["a name with a NUL", { ...webhook, name: "a\0b" }, ["name: must not contain a NUL character"]],
    ["a name with half a character", { ...webhook, name: "a\ud800" }, ["name: must be well-formed Unicode"]],
    ["payloadType JSON", { ...webhook, payloadType: "JSON" }, ["payloadType: must be exactly `PAYLOAD_TYPE_JSON`"]],
    ["payloadType jwt", { ...webhook, payloadType: "jwt" }, ["payloadType: must be exactly `PAYLOAD_TYPE_JWT`"]],
    [
      "payloadType payload_type_jwe",
      { ...webhook, payloadType: "payload_type_jwe" },
      ["payloadType: must be exactly `PAYLOAD_TYPE_JWE`"],
    ],
    [
      "payloadType BOGUS",
      { ...webhook, payloadType: "BOGUS" },
      ["payloadType: must be one of PAYLOAD_TYPE_JSON, PAYLOAD_TYPE_JWT, PAYLOAD_TYPE_JWE"],
    ],
    [
      "a flag that is a text",
      { ...webhook, restWebhook: { interruptOnError: "true" } },
      ["restWebhook.interruptOnError: must be true or false"],
    ],
    [
      "a kind that is a flag",
      { ...webhook, restWebhook: true },
      ["restWebhook: must be an object: {} or {interruptOnError: true}"],
    ],
    ["triggers that are no list", { ...webhook, rotationTriggers: "2026" }, ["rotationTriggers: must be a list"]],
    [
      "an empty instance",
      { ...webhook, instance: "" },
      [
        "instance: must not be empty: give a name from zitadel-actions:instances, or leave it out for the default instance",
      ],
    ],
  ])("%s", (_case, news, expected) => expect(failures(news)).toEqual(expected));

  test("all mistakes are reported at once, one failure for each property", () => {
    const { failures } = check({
      name: "",
      endpoint: "",
      timeout: "",
      payloadType: "",
      restWebhook: {},
      restAsync: {},
    });
    expect(failures.map(({ property }) => property).sort()).toEqual([
      "endpoint",
      "name",
      "payloadType",
      "restAsync",
      "timeout",
    ]);
  });

  test("what may be a secret is marked, so that its value is not shown", () => {
    const { failures } = check({
      ...webhook,
      endpoint: "hooks.example.com/T0/s3cret",
      rotationTriggers: "s3cret",
      acesToken: "s3cret",
    });
    expect(failures).toHaveLength(3);
    for (const failure of failures) expect(failure).toMatchObject({ sensitive: true });
    expect(JSON.stringify(failures)).not.toContain("s3cret");
  });
});

describe("what is valid", () => {
  test.each([
    ["the longest name", { name: "𝒳".repeat(1000) }],
    ["the longest endpoint", { endpoint: `https://example.com/${"x".repeat(2028)}` }],
    ["an http endpoint with a port and a query", { endpoint: "http://example.com:8080/a?b=c@d#e" }],
    ["the longest timeout", { timeout: "4m30s" }],
    ["the shortest timeout", { timeout: "1ns" }],
    ["a timeout of several units", { timeout: "1m30.5s" }],
  ])("%s", (_case, more) => {
    expect(check({ ...webhook, ...more })).toMatchObject({ failures: [], inputs: more });
  });

  test.each([undefined, null, "PAYLOAD_TYPE_UNSPECIFIED"])("payloadType %s is the default", (payloadType) => {
    expect(check({ ...webhook, payloadType }).inputs["payloadType"]).toBe("PAYLOAD_TYPE_JSON");
  });

  test("checking what was checked changes nothing", () => {
    const { inputs } = check({ ...webhook, rotationTriggers: [1, { a: "b" }] });
    expect(check(inputs, inputs)).toEqual({ inputs, failures: [] });
  });
});

describe("auto-naming", () => {
  test("a new target is named after the resource and 7 hexadecimal digits", () => {
    const names = Array.from({ length: 50 }, () => String(check(webhook).inputs["name"]));
    for (const name of names) expect(name).toMatch(/^hook-[0-9a-f]{7}$/);
    expect(new Set(names).size).toBe(50);
  });

  test("the name is kept for life", () => {
    const { inputs } = check(webhook);
    expect(check({ ...webhook, timeout: "20s" }, inputs).inputs["name"]).toBe(inputs["name"]);
  });

  test("a name that a refresh read into the state does not replace it", () => {
    const { inputs } = check(webhook);
    expect(check(webhook, { ...inputs, name: "renamed elsewhere" }).inputs["name"]).toBe(inputs["name"]);
  });

  test("a given name wins, and is kept when it is given no longer", () => {
    const given = check({ ...webhook, name: "mine" }, check(webhook).inputs).inputs;
    expect(given).toMatchObject({ name: "mine" });
    expect(check(webhook, given).inputs["name"]).toBe("mine");
  });

  test("without old inputs, as in a replacement, the name is generated again", () => {
    expect(check(webhook).inputs["name"]).not.toBe(check(webhook).inputs["name"]);
  });
});

describe("rotationTriggers", () => {
  const triggers = { rotationTriggers: ["2026-12"] };
  const warnings = (...args: Parameters<typeof check>) => check(...args).warnings ?? [];

  test("that an existing target gets for the first time rotate nothing, and a warning says so", () => {
    const before = check({ ...webhook, name: "hook" }).inputs;
    expect(warnings({ ...webhook, name: "hook", ...triggers }, before)).toEqual([
      'Target "hook" keeps its signing key: the first rotationTriggers rotate nothing, because there is nothing to compare them with. To rotate the key now, deploy this, then change the value and deploy again.',
    ]);
  });

  test("a name that is not known yet is not shown", () => {
    const { inputs } = check({ ...webhook, name: "hook" });
    expect(warnings({ ...webhook, name: unknown, ...triggers }, inputs)).toEqual([
      expect.stringMatching(/^The target keeps its signing key: /),
    ]);
  });

  test("of a new target, that stay or that change give none", () => {
    const { inputs } = check({ ...webhook, ...triggers });
    expect(warnings({ ...webhook, ...triggers })).toEqual([]);
    expect(warnings({ ...webhook, ...triggers }, inputs)).toEqual([]);
    expect(warnings({ ...webhook, rotationTriggers: ["2027-01"] }, inputs)).toEqual([]);
    expect(warnings(webhook, inputs)).toEqual([]);
  });
});

describe("values that are not known before the deployment pass", () => {
  test.each(["name", "endpoint", "timeout", "payloadType", "rotationTriggers", "instance", "restWebhook"])(
    "%s",
    (property) => {
      expect(check({ ...webhook, [property]: unknown })).toMatchObject({
        failures: [],
        inputs: { [property]: unknown },
      });
    },
  );

  test("inside a value", () => {
    expect(failures({ ...webhook, restWebhook: { interruptOnError: unknown }, rotationTriggers: [unknown] })).toEqual(
      [],
    );
  });

  test("beside a mistake, which is still found", () => {
    expect(failures({ ...webhook, endpoint: unknown, timeout: "0s" })).toHaveLength(1);
  });

  test("a kind that is not known may turn out not to be given", () => {
    expect(failures({ ...webhook, restCall: unknown })).toEqual([]);
  });
});

test("whatever the program declares, check answers", () => {
  const property = fc.constantFrom(
    "name",
    "endpoint",
    "timeout",
    "restWebhook",
    "restCall",
    "restAsync",
    "payloadType",
    "rotationTriggers",
    "instance",
    "x",
  );
  fc.assert(
    fc.property(fc.dictionary(property, fc.jsonValue()), (news) => {
      const { failures } = check(news);
      expect(new Set(failures.map((failure) => failure.property)).size).toBe(failures.length);
    }),
  );
});

test("two resources claim the same name only if ZITADEL compares it as the same", () => {
  const claimed = (name: string) => {
    const claims: string[] = [];
    targetLifecycle.check({
      olds: {},
      news: { ...webhook, name },
      logicalName: "hook",
      claim: (one) => void claims.push(one),
    });
    return claims;
  };
  expect(claimed("ΑΣ İ")).toEqual(claimed("ασ i"));
  expect(claimed("ΑΣ")).not.toEqual(claimed("ας"));
  expect(claimed("İ")).not.toEqual(claimed("i\u0307"));
});
