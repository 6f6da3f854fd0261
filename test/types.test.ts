import * as pulumi from "@pulumi/pulumi";
import { ZitadelTarget, type ZitadelTargetArgs } from "../provider";

// What must not compile is held by the compiler: `npm run types` fails when an expected error is missing.

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

test("what compiles and what does not", () => {
  expect(valid).toHaveLength(5);
  expect(invalid).toHaveLength(7);
});
