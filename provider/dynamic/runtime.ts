/**
 * The module that Pulumi's dynamic-provider process loads: one provider for each resource type. Only this file knows the
 * contract of dynamic providers. The names of its exports are part of every state: see `forwarder.ts`.
 */
import type { dynamic } from "@pulumi/pulumi";
import { Connections } from "../core/connections";
import { oneLine, ZitadelError } from "../api/errors";
import { executionLifecycle } from "../execution/lifecycle";
import { isAddress, runsProgram } from "./engine";
import { logicalNameKey, parentKey, providerKey, withoutPulumis } from "./forwarder";
import { pick } from "../api/json";
import type { Lifecycle } from "../core/lifecycle";
import type { Properties } from "../core/properties";
import { resourceName, shown } from "../core/shown";
import { Unfinished } from "../core/unfinished";
import { Managed } from "../core/managed";
import { Neighbours } from "../core/neighbours";
import { publicKeyLifecycle } from "../public-key/lifecycle";
import { targetLifecycle } from "../target/lifecycle";

// The engine shows what the process writes to standard error.
const warn = (message: string) => console.error(`warning: ${oneLine(message, Infinity)}`);
const info = (message: string) => console.error(oneLine(message, Infinity));

/** Serves a lifecycle as a dynamic provider. */
export function dynamicProvider(lifecycle: Lifecycle, connections: Connections): dynamic.ResourceProvider {
  const managed = new Managed(lifecycle, connections, { warn, info }, runsNow);
  const resourceOf = ({ [logicalNameKey]: name, [parentKey]: parent }: Properties) =>
    typeof name === "string"
      ? resourceName(lifecycle.type, name, typeof parent === "string" ? parent : undefined)
      : undefined;

  return {
    // Calls can arrive while this runs, so it works synchronously.
    configure(request) {
      connections.configure((key) => request.config.get(key), process.env, warn);
      return Promise.resolve();
    },

    check: (olds: Properties, news: Properties) =>
      told(() => {
        const logicalName = typeof news[logicalNameKey] === "string" ? news[logicalNameKey] : undefined;
        const result = managed.check(resourceOf(news), {
          olds: Object.keys(olds).length === 0 ? undefined : withoutPulumis(olds),
          news: withoutPulumis(news),
          logicalName,
        });
        for (const warning of result.warnings ?? []) warn(warning);
        return { inputs: { ...result.inputs, ...nameIn(news) }, failures: result.failures.map(shown) };
      }),

    diff: (id, olds: Properties, news: Properties) =>
      told(async () => {
        const result = await managed.diff(resourceOf(news), id, withoutPulumis(olds), withoutPulumis(news));
        const { changes, replaces, deleteBeforeReplace } = result;
        return {
          // Without our code in its state, the resource could never be refreshed or deleted: an update adds it. An update also gives the
          // state the name that the resource has since it was renamed or moved: a deletion knows no other.
          changes: changes || olds[providerKey] !== news[providerKey] || resourceOf(olds) !== resourceOf(news),
          replaces: [...replaces],
          ...(deleteBeforeReplace === true && { deleteBeforeReplace }),
        };
      }),

    create: (inputs: Properties) =>
      told(async () => {
        const { id, state } = await managed.create(resourceOf(inputs), withoutPulumis(inputs));
        return { id, outs: { ...state, ...nameIn(inputs) } };
      }, inputs),

    read: (id: string, properties: Properties = {}) =>
      told(async () => {
        const found = await managed.read(resourceOf(properties), id, withoutPulumis(properties));
        // With an empty id, a dynamic provider says that the resource is gone.
        if (found === undefined) return { id: "", props: {} };
        const name = nameIn(properties);
        return { id, props: { ...found.state, ...name }, inputs: { ...found.inputs, ...name } };
      }),

    update: (id: string, olds: Properties, news: Properties) =>
      told(async () => {
        const state = await managed.update(resourceOf(news), id, withoutPulumis(olds), withoutPulumis(news));
        return { outs: { ...state, ...nameIn(news) } };
      }, news),

    delete: (id: string, properties: Properties) =>
      told(() => managed.delete(resourceOf(properties), id, withoutPulumis(properties))),
  };
}

/** The hidden properties that pass the resource's name to the provider process. */
function nameIn(properties: Properties): Properties {
  return pick(properties, logicalNameKey, parentKey);
}

/**
 * Throws errors in Pulumi's form. Pulumi shows an error's message with the resource, and also prints the error and its stack into the
 * log, where a short text is enough. After an `Unfinished`, it keeps the properties, including our hidden ones, and updates the
 * resource at the next deployment.
 */
async function told<T>(act: () => T | Promise<T>, inputs: Properties = {}): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    const hidden = pick(inputs, logicalNameKey, parentKey, providerKey);
    const error =
      thrown instanceof Unfinished ? new Unfinished(thrown.id, { ...thrown.properties, ...hidden }, thrown) : thrown;
    if (error instanceof ZitadelError) {
      error.stack = error.code;
      // Several resources can fail with one error, such as that of the log-in.
      const value = () => "An error, shown with its resource. Its code";
      Object.defineProperty(error, "toString", { value, configurable: true });
    }
    throw error;
  }
}

/** The engine's address, if this is Pulumi's dynamic-provider process. */
const [, , address = ""] = process.argv;
const hasEngine = isAddress(address);
let running: Promise<boolean> | undefined;
/** Whether the command that this process serves runs the program. */
const runsNow = hasEngine ? () => (running ??= runsProgram(address)) : undefined;
const neighbours = hasEngine ? new Neighbours(address, warn) : undefined;

const connections = new Connections({}, () => neighbours);

/** @internal Loaded by name from the state of every `ZitadelTarget`. */
export const target = dynamicProvider(targetLifecycle, connections);

/** @internal Loaded by name from the state of every `ZitadelExecution`. */
export const execution = dynamicProvider(executionLifecycle, connections);

/** @internal Loaded by name from the state of every `ZitadelTargetPublicKey`. */
export const publicKey = dynamicProvider(publicKeyLifecycle, connections);
