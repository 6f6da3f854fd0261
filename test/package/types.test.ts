import * as pulumi from "@pulumi/pulumi";
import {
  type ExecutionCondition,
  getTarget,
  getTargetOutput,
  listExecutionsOutput,
  listTargets,
  type TargetResult,
  ZitadelExecution,
  type ZitadelExecutionArgs,
  ZitadelTarget,
  type ZitadelTargetArgs,
  ZitadelTargetPublicKey,
  type ZitadelTargetPublicKeyArgs,
} from "../../provider";

// The compiler checks what must not compile: `npm run types` fails if an expected error is missing.

const base = { endpoint: "https://example.com", timeout: "10s" };

const valid: ZitadelTargetArgs[] = [
  { ...base, restWebhook: {} },
  { ...base, restCall: { interruptOnError: true } },
  { ...base, restAsync: {} },
  {
    ...base,
    restWebhook: { interruptOnError: pulumi.output(true) },
    name: pulumi.output("a"),
    rotationTriggers: [1, { a: pulumi.secret("b") }],
  },
  {
    endpoint: pulumi.secret("https://example.com"),
    timeout: "1m30s",
    restAsync: {},
    payloadType: "PAYLOAD_TYPE_JWE",
    instance: "eu",
  },
];

const invalid: ZitadelTargetArgs[] = [
  // @ts-expect-error -- no kind
  { ...base },
  // @ts-expect-error -- two kinds
  { ...base, restWebhook: {}, restCall: {} },
  // @ts-expect-error -- an asynchronous target has no flag
  { ...base, restAsync: { interruptOnError: true } },
  // @ts-expect-error -- a payload type that is none
  { ...base, restAsync: {}, payloadType: "JSON" },
  // @ts-expect-error -- a timeout is a text
  { ...base, restAsync: {}, timeout: 10 },
  // @ts-expect-error -- no endpoint
  { timeout: "10s", restAsync: {} },
  // @ts-expect-error -- a property that there is not
  { ...base, restAsync: {}, colour: "red" },
];

export function outputs(target: ZitadelTarget): [pulumi.Output<string>, pulumi.Output<string>, pulumi.Output<string>] {
  // @ts-expect-error -- outputs are not to be written to
  target.name = pulumi.output("other");
  return [target.name, target.signingKey, ZitadelTarget.get("a", "1", { instance: "eu" }).changeDate];
}

const conditions: pulumi.Input<ExecutionCondition>[] = [
  { request: { method: "/zitadel.session.v2.SessionService/ListSessions" } },
  { response: { service: pulumi.output("zitadel.session.v2.SessionService") } },
  { request: { all: true } },
  { function: { name: "preuserinfo" } },
  { event: { group: "user.human" } },
  pulumi.output({ event: { all: true as const } }),
];

const noConditions: ExecutionCondition[] = [
  // @ts-expect-error -- no kind
  {},
  // @ts-expect-error -- two kinds
  { function: { name: "preuserinfo" }, event: { all: true } },
  // @ts-expect-error -- a method and a service
  { request: { method: "/a.B/C", service: "a.B" } },
  // @ts-expect-error -- all is true or left out
  { request: { all: false } },
  // @ts-expect-error -- events have no methods
  { event: { method: "/a.B/C" } },
  // @ts-expect-error -- functions have names
  { function: "preuserinfo" },
];

const key: ZitadelTargetPublicKeyArgs = { targetId: "1", publicKey: pulumi.secret("…"), active: false };
// @ts-expect-error -- a key belongs to a target
const noKey: ZitadelTargetPublicKeyArgs = { publicKey: "…" };

export async function lookups(): Promise<[pulumi.Output<string>, TargetResult[]]> {
  // @ts-expect-error -- by id or by name
  await getTarget({ id: "1", name: "a" });
  // @ts-expect-error -- ids are strings
  await getTarget({ id: 400661751630138 });
  // @ts-expect-error -- ids are strings
  await listTargets({ filters: [{ inTargetIdsFilter: { targetIds: [400661751630138] } }] });
  // @ts-expect-error -- a method that is none
  await listTargets({ filters: [{ targetNameFilter: { targetName: "a", method: "EQUALS" } }] });
  const { signingKey } = await getTarget({ name: "a" }, { instance: "eu" });
  return [signingKey, await listTargets({ filters: [{ inTargetIdsFilter: { targetIds: ["1"] } }] })];
}

export function outputForms(target: ZitadelTarget): [pulumi.Output<string>, pulumi.Output<string[]>] {
  // @ts-expect-error -- ids are strings
  getTargetOutput({ id: pulumi.output(400661751630138) });
  // @ts-expect-error -- by id or by name
  getTargetOutput({ id: target.id, name: "a" });
  const called = listExecutionsOutput({ filters: [{ targetFilter: { targetId: target.id } }] });
  const found = getTargetOutput({ name: target.name }, { instance: pulumi.output("eu") });
  return [found.signingKey, called.apply((all) => all.map(({ id }) => id))];
}

export function targetsOf(target: ZitadelTarget): ZitadelExecutionArgs["targets"][] {
  return [[target], [target.id, "1", target], pulumi.output([target]), pulumi.output(["1"])];
}

export function wrongGet(): unknown[] {
  return [
    // @ts-expect-error -- ids are strings
    ZitadelTarget.get("a", 400661751630138),
    // @ts-expect-error -- ids are strings
    ZitadelTargetPublicKey.get("a", pulumi.output(1)),
    // @ts-expect-error -- options are the fourth argument
    ZitadelTarget.get("a", "1", { protect: true }),
    // @ts-expect-error -- everything but instance is read
    ZitadelExecution.get("a", "request", { targets: [] }),
    ZitadelTargetPublicKey.get("a", "1/2", { instance: "eu" }, { protect: true }),
  ];
}

export function read(): [pulumi.Output<string[]>, pulumi.Output<boolean>] {
  const { condition } = ZitadelExecution.get("a", "function/preuserinfo");
  condition.apply((one) => one.function?.name);
  return [
    ZitadelExecution.get("a", "request", { instance: "eu" }).targets,
    ZitadelTargetPublicKey.get("a", "1/2").active,
  ];
}

test("what compiles and what does not", () => {
  expect(valid).toHaveLength(5);
  expect(invalid).toHaveLength(7);
  expect([conditions.length, noConditions.length]).toEqual([6, 6]);
  expect([key, noKey].map(({ targetId }) => targetId)).toEqual(["1", undefined]);
});
