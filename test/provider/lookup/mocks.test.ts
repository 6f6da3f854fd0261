import * as pulumi from "@pulumi/pulumi";
import { startZitadel, type Zitadel } from "../../../local/zitadel";
import {
  getTarget,
  getTargetOutput,
  listExecutionFunctions,
  listExecutionFunctionsOutput,
  listExecutionMethods,
  listExecutionMethodsOutput,
  listExecutions,
  listExecutionServices,
  listExecutionServicesOutput,
  listExecutionsOutput,
  listTargets,
  listTargetsOutput,
  ZitadelExecution,
  ZitadelTarget,
} from "../../../provider";
import { webhook } from "../../support/world";

// Lookups of a program that a unit test runs with Pulumi's mocks, although the environment names an instance.

let zitadel: Zitadel;
let calls: pulumi.runtime.MockCallArgs[];
let answer: (args: pulumi.runtime.MockCallArgs) => pulumi.runtime.MockCallResult;

const mocks: pulumi.runtime.Mocks = {
  newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs as object }),
  call: (args) => {
    calls.push(args);
    return answer(args);
  },
};

beforeAll(async () => {
  zitadel = await startZitadel();
  zitadel.add({ ...webhook, name: "audit" });
  const { domain, port, accessToken } = zitadel;
  Object.assign(process.env, {
    ZITADEL_DOMAIN: domain,
    ZITADEL_PORT: String(port),
    ZITADEL_INSECURE: "true",
    ZITADEL_ACCESS_TOKEN: accessToken,
  });
  await pulumi.runtime.setMocks(mocks);
});
beforeEach(() => {
  calls = [];
  zitadel.clearRequests();
});
afterEach(() => expect(zitadel.requests).toEqual([]));
afterAll(async () => {
  for (const name of Object.keys(process.env))
    if (name.startsWith("ZITADEL_")) Reflect.deleteProperty(process.env, name);
  await zitadel.stop();
});

const valueOf = <T>(output: pulumi.Output<T>) =>
  new Promise<T>((resolve) => {
    output.apply((value) => {
      resolve(value);
    });
  });
const targetProperties =
  "id, name, endpoint, timeout, restWebhook, restCall, restAsync, payloadType, signingKey, creationDate, changeDate";
const audit = { id: "1", name: "audit", endpoint: "https://example.com/audit", signingKey: "a-made-up-key" };

test("getTarget: the mocks see what is asked, and the signing key of their answer is a secret", async () => {
  answer = () => audit;
  const target = await getTarget({ name: "audit" }, { instance: "eu" });
  expect(calls).toEqual([
    { token: "zitadel-actions:index:getTarget", inputs: { name: "audit", instance: "eu" }, provider: "" },
  ]);
  expect(target).toMatchObject({ id: "1", name: "audit", endpoint: audit.endpoint });
  expect(await pulumi.isSecret(target.signingKey)).toBe(true);
  expect(await valueOf(target.signingKey)).toBe("a-made-up-key");
});

test("getTargetOutput waits for its inputs", async () => {
  answer = ({ inputs }) => ({ ...audit, id: (inputs as { id: string }).id });
  const target = new ZitadelTarget("hook", webhook);
  const found = getTargetOutput({ id: target.id });
  expect(await valueOf(found.id)).toBe("hook-id");
  expect(await valueOf(found.signingKey)).toBe("a-made-up-key");
  expect(await pulumi.isSecret(found.signingKey)).toBe(true);
  expect(await pulumi.isSecret(found.endpoint)).toBe(false);
});

test.each([
  ["listTargets", { targets: [audit] }, listTargets, listTargetsOutput],
  ["listExecutions", { executions: [{ id: "request" }] }, listExecutions, listExecutionsOutput],
  ["listExecutionFunctions", { functions: ["preuserinfo"] }, listExecutionFunctions, listExecutionFunctionsOutput],
  ["listExecutionMethods", { methods: ["/a/B"] }, listExecutionMethods, listExecutionMethodsOutput],
  ["listExecutionServices", { services: ["a"] }, listExecutionServices, listExecutionServicesOutput],
])("%s, in both forms", async (name, mocked: Record<string, unknown[]>, plain, output) => {
  answer = () => mocked;
  const [key = "", expected = []] = Object.entries(mocked)[0] ?? [];
  const shown = expected.map((one) => (one === audit ? expect.objectContaining({ id: "1" }) : one) as unknown);
  expect(await plain({ instance: "eu" })).toEqual(shown);
  expect(await valueOf<unknown>(output({ instance: pulumi.output("eu") }))).toEqual(shown);
  const call = { token: `zitadel-actions:index:${name}`, inputs: { instance: "eu" }, provider: "" };
  expect(calls).toEqual([call, call]);

  const item = typeof expected[0] === "string" ? "strings" : "objects";
  const mustBe = `The mock of zitadel-actions:index:${name} must return { ${key}: […] }, a list of ${item}.`;
  for (const list of [undefined, null, "text", { length: 1 }]) {
    answer = () => ({ [key]: list });
    await expect(plain()).rejects.toThrow(`${mustBe} It has no list ${key}.`);
  }
  const none = name === "listTargets" ? targetProperties : "id, condition, targets, creationDate, changeDate";
  for (const [wrong, kind] of [
    [null, "null"],
    [7, "a number"],
    [[], "an array"],
    [{}, item === "strings" ? "an object" : `an object with none of ${none}`],
  ] as [unknown, string][]) {
    answer = () => ({ [key]: [...expected, wrong] });
    await expect(plain()).rejects.toThrow(`${mustBe} ${key}[1] is ${kind}.`);
  }
});

test.each([
  [null, "null"],
  [undefined, "undefined"],
  ["text", "a string"],
  [[audit], "an array"],
])("a mock that answers %j is named in the error", async (nonsense, kind) => {
  answer = () => nonsense as unknown as pulumi.runtime.MockCallResult;
  const mustBe = (name: string) =>
    `The mock of zitadel-actions:index:${name} must return an object, but it returned ${kind}.`;
  await expect(getTarget({ name: "audit" })).rejects.toThrow(mustBe("getTarget"));
  await expect(listTargets()).rejects.toThrow(mustBe("listTargets"));
});

test.each([{}, { targets: [audit] }, { endpont: "https://example.com/" }, { id: undefined }])(
  "a mock of getTarget that answers %j, which has nothing of a target, is an error",
  async (nothing) => {
    answer = () => nothing;
    await expect(getTarget({ name: "audit" })).rejects.toThrow(
      `The mock of zitadel-actions:index:getTarget must return a target, with those of its properties that the program uses. It returned an object with none of ${targetProperties}.`,
    );
  },
);

test("an error that a mock throws arrives as it is", async () => {
  answer = ({ token }) => {
    throw new Error(`no answer for ${token}`);
  };
  await expect(getTarget({ name: "audit" })).rejects.toThrow("no answer for zitadel-actions:index:getTarget");
  await expect(listTargets()).rejects.toThrow("no answer for zitadel-actions:index:listTargets");
});

test("a mock need only answer what the program uses", async () => {
  answer = () => ({ endpoint: "https://example.com/" });
  expect(await valueOf(getTargetOutput({ name: "audit" }).endpoint)).toBe("https://example.com/");
});

test("getTargetOutput with an id that a preview does not know asks nothing, and what it gives is unknown", async () => {
  await pulumi.runtime.setMocks(
    { ...mocks, newResource: ({ inputs }) => ({ id: "", state: inputs as object }) },
    "p",
    "s",
    true,
  );
  try {
    const { id } = new ZitadelTarget("planned", webhook);
    const found = getTargetOutput({ id }) as unknown as { isKnown: Promise<boolean> };
    expect(await found.isKnown).toBe(false);
    expect(calls).toEqual([]);
  } finally {
    await pulumi.runtime.setMocks(mocks, "p", "s", false);
  }
});

test("a lookup inside an apply, in both forms", async () => {
  answer = ({ inputs }) => ({ ...audit, endpoint: `https://example.com/${(inputs as { id: string }).id}` });
  const { id } = new ZitadelTarget("applied", webhook);
  const plain = id.apply((known) => getTarget({ id: known })).endpoint;
  const output = id.apply((known) => getTargetOutput({ id: known })).endpoint;
  expect([await valueOf(plain), await valueOf(output)]).toEqual([
    "https://example.com/applied-id",
    "https://example.com/applied-id",
  ]);
});

describe("arguments that a lookup would ignore, which JavaScript lets through", () => {
  const both = { id: "400661751630138406", name: "audit" };
  test.each<[string, () => Promise<unknown>, string]>([
    [
      "both an id and a name",
      () => getTarget(both as never),
      "getTarget takes exactly one of id and name, but got both.",
    ],
    ["neither", () => getTarget({} as never), "getTarget takes exactly one of id and name, but got neither."],
    ["a misspelt name", () => getTarget({ nmae: "a" } as never), 'getTarget has no option "nmae", only id, name.'],
    ["a string", () => getTarget("audit" as never), "getTarget takes an object with id, name, but got a string."],
    ["nothing", () => getTarget(undefined as never), "getTarget takes an object with id, name, but got undefined."],
    [
      "a number as id",
      () => getTarget({ id: 400661751630138 } as never),
      "getTarget takes id as a string, but got a number. Write it in quotes: JavaScript rounds large numbers.",
    ],
    [
      "a list as instance",
      () => listTargets({ instance: ["eu"] } as never),
      "listTargets takes instance as a string, but got an array.",
    ],
    [
      "a misspelt option",
      () => listTargets({ filter: [] } as never),
      'listTargets has no option "filter", only filters, instance.',
    ],
    [
      "a misspelt instance",
      () => listExecutionMethods({ instanse: "eu" } as never),
      'listExecutionMethods has no option "instanse", only instance.',
    ],
  ])("%s is an error, also under mocks", async (_case, lookup, message) => {
    await expect(lookup()).rejects.toMatchObject({ code: "invalid_request", message });
    expect(calls).toEqual([]);
  });

  test.each([
    ["ZitadelTarget", () => new ZitadelTarget("u", undefined as never)],
    ["ZitadelExecution", () => new ZitadelExecution("u", undefined as never)],
  ])("a %s without arguments is an error in a sentence", (_type, make) => {
    expect(make).toThrow('"u" has no arguments: pass the inputs as the constructor\'s second argument.');
  });
});
