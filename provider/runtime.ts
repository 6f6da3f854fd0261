/**
 * What Pulumi's dynamic-provider process loads: one provider for each resource type. This is the only file that knows the
 * contract of dynamic providers. The names of its exports are part of every state: see `forwarder.ts`.
 */
import type { dynamic } from "@pulumi/pulumi";
import { Claims } from "./claims";
import { Connections } from "./connections";
import { oneLine, ZitadelError } from "./errors";
import { executionLifecycle } from "./execution/lifecycle";
import { logicalNameKey, providerKey } from "./forwarder";
import { type Context, type Failure, type Lifecycle, type Properties, Unfinished, unknown } from "./lifecycle";
import { publicKeyLifecycle } from "./public-key/lifecycle";
import { targetLifecycle } from "./target/lifecycle";

/** Serves a lifecycle as a dynamic provider. */
export function dynamicProvider(
  lifecycle: Lifecycle,
  connections: Connections,
  claims = new Claims(),
): dynamic.ResourceProvider {
  // The engine shows what the process writes to its standard error.
  const warn = (message: string) => console.error(`warning: ${oneLine(message, Infinity)}`);
  const info = (message: string) => console.error(oneLine(message, Infinity));
  const contextFor = (properties: Properties): Context => ({
    client: connections.client(instanceOf(properties)),
    warn,
    info,
  });

  return {
    // Calls can arrive while this runs, so it is done when it returns.
    configure(request) {
      connections.configure((key) => request.config.get(key), process.env);
      for (const warning of connections.takeWarnings()) warn(warning);
      return Promise.resolve();
    },

    check: (olds: Properties, news: Properties) =>
      told(() => {
        const logicalName = typeof news[logicalNameKey] === "string" ? news[logicalNameKey] : undefined;
        const {
          inputs,
          failures,
          warnings = [],
        } = lifecycle.check({
          olds: Object.keys(olds).length === 0 ? undefined : withoutPulumis(olds),
          news: withoutPulumis(news),
          logicalName,
          claim: (what) => claims.claim(what, logicalName),
        });
        for (const warning of warnings) warn(warning);
        const instance = inputs["instance"];
        const problem = instance === unknown ? undefined : connections.problem(instanceOf(inputs));
        const all = problem === undefined ? failures : [...failures, { property: "", reason: problem }];
        return { inputs: { ...inputs }, failures: all.map(shown) };
      }),

    diff: (_id, olds: Properties, news: Properties) =>
      told(() => {
        const { changes, replaces, deleteBeforeReplace } = lifecycle.diff(withoutPulumis(olds), withoutPulumis(news));
        return { changes, replaces: [...replaces], ...(deleteBeforeReplace === true && { deleteBeforeReplace }) };
      }),

    create: (inputs: Properties) =>
      told(() =>
        unfinished(inputs, async () => {
          const { id, state } = await lifecycle.create(contextFor(inputs), withoutPulumis(inputs));
          return { id, outs: { ...state } };
        }),
      ),

    read: (id: string, properties: Properties = {}) =>
      told(async () => {
        const found = await lifecycle.read(contextFor(properties), id, withoutPulumis(properties));
        // An empty id is how a dynamic provider says that the resource is gone.
        if (found === undefined) return { id: "", props: {} };
        return { id, props: { ...found.state }, inputs: { ...found.inputs } };
      }),

    update: (id: string, olds: Properties, news: Properties) =>
      told(() =>
        unfinished(news, async () => {
          const state = await lifecycle.update(contextFor(news), id, withoutPulumis(olds), withoutPulumis(news));
          return { outs: { ...state } };
        }),
      ),

    delete: (id: string, properties: Properties) =>
      told(() => lifecycle.delete(contextFor(properties), id, withoutPulumis(properties))),
  };
}

/** An error of this form makes Pulumi keep the properties, and update the resource at the next deployment. */
class NotReady extends Error {
  readonly id: string;
  readonly reasons: readonly string[];
  readonly #properties: Properties;

  constructor(id: string, message: string, properties: Properties) {
    super(message);
    this.id = id;
    this.reasons = [message];
    this.#properties = properties;
  }

  /** May hold a signing key, so whatever prints an error must not see it. */
  get properties(): Properties {
    return this.#properties;
  }
}

async function unfinished<T>(inputs: Properties, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Unfinished)) throw error;
    const { id, message, state } = error;
    throw new NotReady(id, message, { ...state, [providerKey]: inputs[providerKey] });
  }
}

function withoutPulumis(properties: Properties): Properties {
  const { [providerKey]: _text, [logicalNameKey]: _name, ...rest } = properties;
  return rest;
}

function instanceOf(properties: Properties): string | undefined {
  return typeof properties["instance"] === "string" ? properties["instance"] : undefined;
}

/**
 * Pulumi prints the property's value beside the reason, also that of a secret, and `<nil>` for a path into a property.
 * With an empty property it prints the reason alone.
 */
function shown({ property, reason, sensitive }: Failure): dynamic.CheckFailure {
  const alone = sensitive === true || /[.[]/.test(property);
  return alone ? { property: "", reason: `${property} ${reason}` } : { property, reason };
}

/** Pulumi prints an error's stack into the log, where ours would bury the message. */
async function told<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ZitadelError) error.stack = error.code;
    throw error;
  }
}

const connections = new Connections();
const claims = new Claims();

/** @internal Loaded by name from the state of every `ZitadelTarget`. */
export const target = dynamicProvider(targetLifecycle, connections, claims);

/** @internal Loaded by name from the state of every `ZitadelExecution`. */
export const execution = dynamicProvider(executionLifecycle, connections, claims);

/** @internal Loaded by name from the state of every `ZitadelTargetPublicKey`. */
export const publicKey = dynamicProvider(publicKeyLifecycle, connections, claims);
