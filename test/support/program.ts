import type { dynamic } from "@pulumi/pulumi";
import type { Zitadel } from "../../local/zitadel";
import { Connections } from "../../provider/core/connections";
import type { Lifecycle } from "../../provider/core/lifecycle";
import type { Properties } from "../../provider/core/properties";
import { dynamicProvider } from "../../provider/dynamic/runtime";

/** What Pulumi sends and keeps with each resource for its own use. */
export const forwarderText = { __provider: "the forwarder" };

/**
 * A lifecycle as Pulumi's provider process serves it to the resources of one program. Instance "eu" is another name of the default
 * instance's server, and "us" is on another server.
 */
export interface Program {
  readonly provider: Required<dynamic.ResourceProvider>;
  /** What the person is shown to be wrong with a resource. */
  check(name: string, news: Properties, olds?: Properties): Promise<dynamic.CheckFailure[]>;
  /** What `create` is given: the inputs as `check` left them, with what Pulumi adds. */
  inputs(name: string, news: Properties, olds?: Properties): Promise<Record<string, unknown>>;
}

/** Without a mock server, no request would arrive: previews send none. */
export function programOf(lifecycle: Lifecycle, zitadel?: Zitadel): Program {
  const unused = { domain: "localhost", port: 9, accessToken: "token" };
  const { domain, port, accessToken } = zitadel ?? unused;
  const instance = { domain, port, insecure: true, accessToken };
  const config: Record<string, string> = {
    "zitadel-actions:domain": domain,
    "zitadel-actions:port": String(port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:accessToken": accessToken,
    "zitadel-actions:instances": JSON.stringify({ eu: instance, us: { ...instance, domain: "us.invalid" } }),
  };
  const connections = new Connections();
  connections.configure((key) => config[key], {});
  const provider = dynamicProvider(lifecycle, connections) as Program["provider"];
  const run = async (name: string, news: Properties, olds: Properties = {}) =>
    (await provider.check(olds, { ...forwarderText, __logicalName: name, ...news })) as {
      inputs: Properties;
      failures: dynamic.CheckFailure[];
    };
  return {
    provider,
    check: async (name, news, olds) => (await run(name, news, olds)).failures,
    inputs: async (name, news, olds) => {
      const { inputs, failures } = await run(name, news, olds);
      if (failures.length > 0) throw new Error(`check failed: ${JSON.stringify(failures)}`);
      return { ...inputs, ...forwarderText };
    },
  };
}
