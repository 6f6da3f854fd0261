import fc from "fast-check";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import type { Lifecycle } from "../../provider/core/lifecycle";
import { Managed } from "../../provider/core/managed";
import { type Properties, unknown } from "../../provider/core/properties";
import { executionLifecycle } from "../../provider/execution/lifecycle";
import { publicKeyLifecycle } from "../../provider/public-key/lifecycle";
import { targetLifecycle } from "../../provider/target/lifecycle";
import { newKey } from "../support/pairs";
import { clientFor } from "../support/provider";

// What a preview promises, comes: every value of a plan that is not unknown is what create or update then answers.

const key = newKey();
const otherKey = newKey();
const dates = ["2099-01-01T00:00:00Z", "2099-01-01T01:00:00+01:00"];
let zitadel: Zitadel;
let targetIds: string[];
let count = 0;

beforeAll(async () => {
  zitadel = await startZitadel();
  targetIds = [1, 2, 3].map(
    (one) => zitadel.add({ name: `t${one}`, endpoint: "https://example.com", timeout: "1s", restAsync: {} }).id,
  );
});
afterAll(() => zitadel.stop());

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const flag = optional(fc.boolean());

const kind = fc.oneof(
  fc.record({ restWebhook: fc.record({ interruptOnError: flag }) }),
  fc.record({ restCall: fc.record({ interruptOnError: flag }) }),
  fc.constant({ restAsync: {} }),
);
const common = { adopt: flag };

const target = fc
  .tuple(
    kind,
    fc.record({
      ...common,
      endpoint: fc.constantFrom("https://example.com/a", "https://example.com/b"),
      timeout: fc.constantFrom("60s", "1m", "1.5s"),
      payloadType: optional(fc.constantFrom("PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_UNSPECIFIED")),
      rotationTriggers: optional(fc.array(fc.oneof(fc.nat(2), fc.constant({ a: 1 })), { maxLength: 2 })),
    }),
  )
  .map(([one, rest]) => ({ ...one, ...rest, name: undefined as string | undefined }));

const execution = fc
  .record({ ...common, targets: fc.integer({ min: 1, max: 3 }), offset: fc.nat(2) })
  .map(({ targets, offset, ...rest }) => ({
    ...rest,
    targets: (): string[] => Array.from({ length: targets }, (_, index) => targetIds[(index + offset) % 3] ?? ""),
  }));

const publicKey = fc.record({
  ...common,
  publicKey: fc.constantFrom(key, otherKey),
  active: flag,
  expirationDate: optional(fc.constantFrom(...dates)),
});

/** The same provider process for one resource's whole life, which takes another name or condition each time. */
async function live(lifecycle: Lifecycle, declared: readonly Properties[]): Promise<void> {
  const client = clientFor(zitadel);
  const log = { warn: () => undefined, info: () => undefined };
  const managed = new Managed(lifecycle, { client: () => client, problem: () => undefined, others: () => [] }, log);
  const resource = `${lifecycle.type} "one"`;
  let known: { readonly id: string; readonly state: Properties; readonly inputs: Properties } | undefined;
  for (const news of declared) {
    const { inputs, failures } = managed.check(resource, {
      olds: known?.inputs,
      news: given(news),
      logicalName: "one",
    });
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    const sent = zitadel.requests.length;
    const replaces = known === undefined ? [] : (await managed.diff(resource, known.id, known.state, inputs)).replaces;
    // A replacement is what the other tests are about.
    if (replaces.length > 0) continue;
    const plan = managed.plan(resource, inputs, known?.state);
    expect(zitadel.requests).toHaveLength(sent);
    const { id, state }: { id: string; state: Properties } =
      known === undefined
        ? await managed.create(resource, inputs)
        : { id: known.id, state: await managed.update(resource, known.id, known.state, inputs) };
    expect(state).toEqual(
      Object.fromEntries(Object.entries(plan).map(([name, value]) => [name, value === unknown ? state[name] : value])),
    );
    // What is written is what is not known before: nothing else is.
    if (known !== undefined && !Object.values(plan).includes(unknown))
      expect(state["changeDate"]).toBe(known.state["changeDate"]);
    known = { id, state, inputs };
  }
}

function given(properties: Properties): Properties {
  return JSON.parse(JSON.stringify(properties)) as Properties;
}

const runs = { numRuns: 100 };

test("of a target", () =>
  fc.assert(
    fc.asyncProperty(fc.array(target, { minLength: 1, maxLength: 4 }), async (declared) => {
      const name = `target-${count++}`;
      if (declared[0]?.adopt === true)
        zitadel.add({ name, endpoint: "https://example.com/a", timeout: "60s", restWebhook: {} });
      await live(
        targetLifecycle,
        declared.map((one) => ({ ...one, name })),
      );
    }),
    runs,
  ));

test("of an execution", () =>
  fc.assert(
    fc.asyncProperty(fc.array(execution, { minLength: 1, maxLength: 4 }), async (declared) => {
      const condition = { event: { event: "user.human.added" } };
      zitadel.setExecution(condition, declared[0]?.adopt === true ? targetIds.slice(1) : []);
      await live(
        executionLifecycle,
        declared.map(({ targets, ...rest }) => ({ ...rest, condition, targets: targets() })),
      );
    }),
    runs,
  ));

test("of a public key", () =>
  fc.assert(
    fc.asyncProperty(fc.array(publicKey, { minLength: 1, maxLength: 4 }), async (declared) => {
      const { id } = zitadel.add({
        name: `keys-${count++}`,
        endpoint: "https://example.com",
        timeout: "1s",
        restAsync: {},
      });
      await live(
        publicKeyLifecycle,
        declared.map((one) => ({ ...one, targetId: id })),
      );
    }),
    runs,
  ));
