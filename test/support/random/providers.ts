import type { Send } from "../../../provider/api/http";
import type { Instance } from "../../../provider/api/instance";
import type { Clock } from "../../../provider/api/retry";
import { Client } from "../../../provider/core/client";
import { Ledger } from "../../../provider/core/ledger";
import { Managed } from "../../../provider/core/managed";
import type { Properties } from "../../../provider/core/properties";
import { resourceName } from "../../../provider/core/shown";
import { type Named, partsOf, type Provider, types } from "./engine";

/** What a provider process is started with. */
export interface Start {
  /** The server, by the settings, with client credentials. */
  readonly instance: Instance;
  readonly send: Send;
  readonly clock: Clock;
  /** Takes what the provider tells. */
  readonly tell: (message: string) => void;
  /** Whether the command runs the program. */
  readonly isUp: boolean;
  readonly plans: Plans;
}

/** Starts a provider process. */
export type StartProvider = (start: Start) => Promise<Provider>;

/** What a preview said, for the deployment that follows. */
export interface Plans {
  /** What both make up names from. */
  readonly seed: string;
  /** The outputs after each create and update, by the resource's URN. */
  readonly outputs: Map<string, { readonly act: "create" | "update"; readonly outputs: Properties }>;
}

/** Those of a command that begins now, without any yet. */
export function plansAt(clock: Pick<Clock, "date">): Plans {
  return { seed: String(clock.date()), outputs: new Map() };
}

/** How the ledger names a resource. */
function resourceOf({ urn, type }: Named): string {
  const { parent, name } = partsOf(urn);
  return resourceName(types[type].lifecycle.type, name, parent);
}

/** The lifecycles as a dynamic provider calls them. */
export const dynamic: StartProvider = ({ instance, send, clock, tell }) => {
  const options = { clock, send, ledger: new Ledger() };
  const clients = new Map<string | undefined, Client>();
  const client = (name: string | undefined): Client => {
    const known = clients.get(name) ?? new Client({ ...instance, name }, options);
    clients.set(name, known);
    return known;
  };
  const connections = { client, problem: () => undefined, others: () => [] };
  const log = { warn: tell, info: tell };
  const managed = {
    target: new Managed(types.target.lifecycle, connections, log),
    key: new Managed(types.key.lifecycle, connections, log),
    execution: new Managed(types.execution.lifecycle, connections, log),
  };
  return Promise.resolve({
    writesNames: true,
    check: (resource, olds, news) =>
      Promise.resolve(
        managed[resource.type].check(resourceOf(resource), { olds, news, logicalName: partsOf(resource.urn).name }),
      ),
    diff: (resource, ...rest) => managed[resource.type].diff(resourceOf(resource), ...rest),
    // In its previews, the engine knows of the outputs only the inputs.
    plan: (_, __, inputs) => Promise.resolve(inputs),
    create: (resource, ...rest) => managed[resource.type].create(resourceOf(resource), ...rest),
    read: (resource, ...rest) => managed[resource.type].read(resourceOf(resource), ...rest),
    update: (resource, ...rest) => managed[resource.type].update(resourceOf(resource), ...rest),
    delete: (resource, ...rest) => managed[resource.type].delete(resourceOf(resource), ...rest),
  } satisfies Provider);
};
