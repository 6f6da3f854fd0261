import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { MockResourceArgs } from "@pulumi/pulumi/runtime/mocks";
import { mapSecrets, plain, type Props, secret, type Value, withSecrets } from "../../local/engine/values";
import { executionLifecycle } from "../../provider/execution/lifecycle";
import type { Lifecycle } from "../../provider/core/lifecycle";
import { publicKeyLifecycle } from "../../provider/public-key/lifecycle";
import { targetLifecycle } from "../../provider/target/lifecycle";
import { marks } from "./marks";
import { programOf } from "./program";

// Programs that declare resources of other clouds too, run under Pulumi's mocks with the real packages of those clouds.

/** A resource as it came to the monitor. */
export interface Declared {
  readonly inputs: Props;
  /** The `type name` of all that it waits for. */
  readonly dependencies: readonly string[];
  readonly retainOnDelete: boolean;
}

/** What came of a program: its resources by `type name`, in the order in which they were declared, and what it exports. */
export interface Mocked {
  readonly resources: Readonly<Record<string, Declared>>;
  readonly outputs: Props;
}

/** What a provider would make of a resource, beside its inputs. Which of it is secret is for the resource's class to say. */
export type Made = Readonly<Record<string, Props>>;

const ours: Readonly<Record<string, Lifecycle>> = {
  "pulumi-nodejs:dynamic/zitadel:Target": targetLifecycle,
  "pulumi-nodejs:dynamic/zitadel:Execution": executionLifecycle,
  "pulumi-nodejs:dynamic/zitadel:TargetPublicKey": publicKeyLifecycle,
};

/** Runs a program with configuration by full key; rejects if it declares something of ours that the provider would refuse. */
export async function underMocks(
  file: string,
  project: string,
  made: Made,
  config: Readonly<Record<string, string>> = {},
): Promise<Mocked> {
  const resources: Record<string, Declared> = {};
  const refusals: string[] = [];
  let outputs: Props = {};
  await jest.isolateModulesAsync(async () => {
    const pulumi = await import("@pulumi/pulumi");
    const { MockMonitor } = await import("@pulumi/pulumi/runtime/mocks.js");
    const requests = new Map<string, RegisterResourceRequest>();
    // The mocks themselves are not told what a resource waits for, nor which of its outputs are secret.
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own object below
    const { registerResource } = MockMonitor.prototype;
    MockMonitor.prototype.registerResource = function (request: RegisterResourceRequest, answer) {
      requests.set(`${request.getType()} ${request.getName()}`, request);
      return registerResource.call(this, request, answer);
    };
    const newResource = async ({ type, name, inputs }: MockResourceArgs) => {
      const key = `${type} ${name}`;
      const request = requests.get(key);
      if (request === undefined) throw new Error(`${key} was not registered`);
      resources[key] = declared(request, inputs as Props);
      refusals.push(...(await refusalsOf(type, name, inputs as Props)));
      const state = { ...(inputs as Props), ...made[key] };
      return { id: `${name}-id`, state: withSecrets(state, request.getAdditionalsecretoutputsList()) };
    };
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, project, "dev");
    pulumi.runtime.setAllConfig({ ...config });
    let exported = {};
    await pulumi.runtime.runInPulumiStack(async () => (exported = (await import(file)) as object));
    await pulumi.runtime.disconnect();
    outputs = await read(pulumi, exported);
  });
  if (refusals.length > 0) throw new Error(`the provider refuses what is declared: ${refusals.join(", ")}`);
  return { resources, outputs };
}

function declared(request: RegisterResourceRequest, inputs: Props): Declared {
  const open = mapSecrets(inputs, () => "");
  marks.write("what a program declares in plain text", JSON.stringify(open));
  return {
    inputs,
    dependencies: request.getDependenciesList().map(keyOf),
    retainOnDelete: request.getRetainondelete() ?? false,
  };
}

/** A URN without its project, its stack and the types of its parents. */
function keyOf(urn: string): string {
  const [type = "", name = ""] = urn.split("::").slice(2);
  return `${type.split("$").at(-1) ?? ""} ${name}`;
}

async function refusalsOf(type: string, name: string, inputs: Props): Promise<string[]> {
  const lifecycle = ours[type];
  if (lifecycle === undefined) return [];
  const failures = await programOf(lifecycle).check(name, plain(inputs) as Props);
  return failures.map(({ reason }) => `${name}: ${reason}`);
}

/** What a module exports; what is secret is marked as it is in a state. */
async function read(pulumi: typeof import("@pulumi/pulumi"), exported: object): Promise<Props> {
  // What Node adds to a CommonJS module that is imported.
  const added = ["__esModule", "default", "module.exports"];
  const outputs = Object.entries(exported).filter(([name]) => !added.includes(name));
  const values = outputs.map(async ([name, value]): Promise<[string, Value]> => {
    const output = pulumi.output(value as Value);
    const read = await new Promise<Value>((resolve) => void output.apply((one) => resolve(one)));
    return [name, (await pulumi.isSecret(output)) ? secret(read) : read];
  });
  return Object.fromEntries(await Promise.all(values));
}
