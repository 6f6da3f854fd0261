import { AsyncLocalStorage } from "node:async_hooks";
import { isDeepStrictEqual } from "node:util";
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { type RpcError, wordsFor } from "../../../native/errors";
import { resourceProvider } from "../../../native/server";
import { ZitadelError } from "../../../provider/api/errors";
import type { Instance } from "../../../provider/api/instance";
import { isRecord } from "../../../provider/api/json";
import { Managed } from "../../../provider/core/managed";
import { type Properties, unknown } from "../../../provider/core/properties";
import { Unfinished } from "../../../provider/core/unfinished";
import { callsOf, type NativeError, opened, stackUrn, urnOf } from "../native";
import { type Named, partsOf, type Provider, type Type } from "./engine";
import { otherInstance } from "./program";
import type { Plans, Start, StartProvider } from "./providers";
import { Broken } from "./settled";

const typeNames = { target: "Target", key: "TargetPublicKey", execution: "Execution" } as const satisfies Record<
  Type,
  string
>;

/** How many engines there were: each command has its own, at another address. */
let engines = 0;

/**
 * The native provider, as Pulumi's engine calls it: with its messages, and without a network in between, so that a seed repeats its
 * test. What a preview plans has to come true in the deployment that follows. A resource's name is in its URN alone, so a rename is no
 * update. What another dynamic provider made is taken over in the same way, by an alias.
 */
export const native: StartProvider = async ({ instance, send, clock, tell, isUp, plans }) => {
  answerAsEngine({ tell, isUp });
  const calls = callsOf(inProcess(resourceProvider(`127.0.0.1:${++engines}`, { send, clock })), () => undefined);
  await calls.configure(settingsOf(instance));
  return {
    writesNames: false,
    async check(resource, olds, news) {
      const { inputs, failures } = await calls.check(urnIn(resource), news, olds, (request) =>
        request.setRandomseed(Buffer.from(`${plans.seed} ${resource.urn}`)),
      );
      return { inputs, failures };
    },
    diff: (resource, ...rest) => explained(() => calls.diff(urnIn(resource), ...rest)),
    async plan(resource, entry, inputs) {
      const urn = urnIn(resource);
      const outputs = outputsIn(
        await explained(async () =>
          entry === undefined
            ? (await calls.create(urn, inputs, "preview")).state
            : calls.update(urn, entry.id, entry.outputs, inputs, "preview"),
        ),
      );
      plans.outputs.set(resource.urn, { act: entry === undefined ? "create" : "update", outputs });
      return outputs;
    },
    async create(resource, inputs) {
      const { id, state } = await explained(() => calls.create(urnIn(resource), inputs));
      return { id, state: asPlanned(plans, "create", resource, outputsIn(state)) };
    },
    async read(resource, id, outputs) {
      const found = await explained(() => calls.read(urnIn(resource), id, outputs));
      return found.id === "" ? undefined : { inputs: found.inputs, state: outputsIn(found.state) };
    },
    async update(resource, id, outputs, inputs) {
      const state = await explained(() => calls.update(urnIn(resource), id, outputs, inputs));
      return asPlanned(plans, "update", resource, outputsIn(state));
    },
    delete: (resource, ...rest) => explained(() => calls.delete(urnIn(resource), ...rest)),
  } satisfies Provider;
};

function urnIn({ urn, type }: Named): string {
  const { parent, name } = partsOf(urn);
  return urnOf(typeNames[type], name, parent === undefined ? "" : `${parent}$`);
}

/** The settings of an instance, which has another name too. */
function settingsOf({ origin, credential }: Instance): Properties {
  if (credential.kind !== "clientCredentials") throw new Error(`no settings are known for ${credential.kind}`);
  const { protocol, hostname, port } = new URL(origin);
  const { clientId, clientSecret } = credential;
  const settings = {
    domain: hostname,
    ...(port !== "" && { port }),
    ...(protocol === "http:" && { insecure: "true" }),
    clientId,
    clientSecret,
  };
  return { ...settings, instances: JSON.stringify({ [otherInstance]: settings }) };
}

/** Answers for the engine, until another provider process starts. */
function answerAsEngine({ tell, isUp }: Pick<Start, "tell" | "isUp">): void {
  const answered = { cancel: () => undefined };
  EngineClient.prototype.log = ((request: engine.LogRequest, done: (error: null, answer: Empty) => void) => {
    tell(request.getMessage());
    done(null, new Empty());
    return answered;
  }) as never;
  type Done = (error: null, answer: engine.GetRootResourceResponse) => void;
  EngineClient.prototype.getRootResource = ((_: unknown, __: unknown, ___: unknown, done: Done) => {
    done(null, new engine.GetRootResourceResponse().setUrn(isUp ? stackUrn : ""));
    return answered;
  }) as never;
}

/** A client of a server in this process. Messages become bytes and messages again, as on their way through a network. */
function inProcess(server: ReturnType<typeof resourceProvider>): ResourceProviderClient {
  type Handle = (call: { request: unknown }, done: (error: RpcError | null, answer?: unknown) => void) => void;
  type Done = (error: Partial<ServiceError> | null, answer?: unknown) => void;
  const calls = Object.entries(server as unknown as Record<string, Handle>).map(([name, handle]) => [
    name,
    (request: unknown, done: Done) =>
      handle({ request: copied(request) }, (error, answer) => {
        if (error === null) done(null, copied(answer));
        else done({ metadata: new Metadata(), ...error });
      }),
  ]);
  return Object.fromEntries(calls) as ResourceProviderClient;
}

function copied(message: unknown): unknown {
  const { constructor, serializeBinary } = message as { constructor: unknown; serializeBinary: () => Uint8Array };
  const bytes = serializeBinary.call(message);
  return (constructor as { deserializeBinary: (bytes: Uint8Array) => unknown }).deserializeBinary(bytes);
}

const thrown = new AsyncLocalStorage<{ error?: unknown }>();

// What the checks need to know of an error is more than what gRPC passes on.
const managed = Managed.prototype as unknown as Record<string, (...all: unknown[]) => unknown>;
for (const name of ["diff", "plan", "create", "read", "update", "delete"]) {
  const call = managed[name];
  managed[name] = function (...all) {
    const note = (error: unknown): never => {
      Object.assign(thrown.getStore() ?? {}, { error });
      throw error;
    };
    try {
      const answer = call?.apply(this, all);
      return answer instanceof Promise ? answer.catch(note) : answer;
    } catch (error) {
      return note(error);
    }
  };
}

/** Calls the provider. Throws what the lifecycle threw, if the engine gets that too. */
function explained<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  const box: { error?: unknown } = {};
  return thrown.run(box, () =>
    call().catch((error: unknown) => {
      throw errorOf(error as NativeError, box.error);
    }),
  );
}

function errorOf({ message, unfinished }: NativeError, error: unknown): unknown {
  if (!(error instanceof ZitadelError)) return error ?? new Broken(`the provider ended with ${message}`);
  if (message !== wordsFor(undefined)(error.message)) return new Broken(`${message} instead of ${error.message}`);
  if (error instanceof Unfinished !== (unfinished !== undefined))
    return new Broken(`the engine does not get what is left: ${message}`);
  return unfinished === undefined ? error : new Unfinished(unfinished.id, outputsIn(unfinished.state), error);
}

/** The outputs as the engine passes them on. */
function outputsIn(state: Properties): Properties {
  if (typeof state["signingKey"] === "string") throw new Broken("a signing key is not marked as a secret");
  return opened(state);
}

/** The outputs, which have every value that the preview gave. */
function asPlanned({ outputs: plans }: Plans, act: "create" | "update", { urn }: Named, outputs: Properties) {
  const plan = plans.get(urn);
  if (plan?.act !== act) return outputs;
  for (const key of new Set([...Object.keys(plan.outputs), ...Object.keys(outputs)])) {
    const [planned, actual] = [plan.outputs[key], outputs[key]];
    if (!isTrue(planned, actual))
      throw new Broken(
        `${act} of ${urn}: the preview said that ${key} is ${JSON.stringify(planned)}, and it is ${JSON.stringify(actual)}`,
      );
  }
  return outputs;
}

function isTrue(planned: unknown, actual: unknown): boolean {
  if (planned === unknown) return true;
  if (Array.isArray(planned) && Array.isArray(actual))
    return planned.length === actual.length && planned.every((one, index) => isTrue(one, actual[index]));
  if (isRecord(planned) && isRecord(actual))
    return [...new Set([...Object.keys(planned), ...Object.keys(actual)])].every((key) =>
      isTrue(planned[key], actual[key]),
    );
  return isDeepStrictEqual(planned, actual);
}
