// The dynamic provider: the SDK's process for it, and the calls to it.
import type * as Grpc from "@grpc/grpc-js";
import type { ResourceProviderClient as Client } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as Proto from "@pulumi/pulumi/proto/provider_pb";
import { type Child, startServer } from "./child";
import { sdkScript } from "./host";
import {
  call,
  channelOptions,
  Empty,
  fromStruct,
  grpc,
  providerProto as proto,
  ResourceProviderClient,
  Status,
  toStruct,
} from "./sdk";
import { nameOf, type ResourceState, Unanswered } from "./resource";
import type { Run } from "./settings";
import { isProps, isSame, mapProps, plain, type Props, textOf, unknown, type Value, withSecretsOf } from "./values";

/** What the provider returned for a resource. */
export interface Outcome {
  readonly id: string;
  readonly inputs?: Props | undefined;
  readonly outputs: Props;
  /** Why it exists but is not ready. */
  readonly initErrors?: string[];
}

const unanswered: readonly number[] = [grpc.status.UNAVAILABLE, grpc.status.CANCELLED, grpc.status.INTERNAL];

type Method = "configure" | "check" | "diff" | "create" | "update" | "read" | "delete" | "cancel";

export class Provider {
  private readonly child: Child;
  private ended = false;
  private readonly client: Promise<Client>;

  /** Starts the process. */
  constructor({ engineAddress, project, env, onLine }: Run) {
    const { child, address } = startServer("the dynamic provider", {
      script: sdkScript(project, "dynamic-provider"),
      args: [engineAddress],
      cwd: project.programDir,
      env,
      onLine,
    });
    this.child = child;
    this.client = address.then(
      (at) => new ResourceProviderClient(at, grpc.credentials.createInsecure(), channelOptions),
    );
    this.client.catch(() => undefined); // the caller gets the error
  }

  /** Sends the provider the stack's configuration, from the inputs of `state`. Only in this call are secrets marked as such. */
  async configure(state: ResourceState): Promise<this> {
    const knows = { acceptsecrets: true, acceptresources: true, sendsOldInputs: true, sendsOldInputsToDelete: true };
    const request = about(new proto.ConfigureRequest(), state, knows).setArgs(toStruct(state.inputs));
    for (const [key, value] of Object.entries(mapProps(state.inputs ?? {}, plain)))
      request.getVariablesMap().set(`pulumi-nodejs:config:${key}`, textOf(value));
    await this.call("configure", request);
    return this;
  }

  /** Returns the inputs as the provider normalizes them, and the problems with them. */
  async check(state: ResourceState, olds: Props): Promise<{ inputs: Props; failures: Proto.CheckFailure.AsObject[] }> {
    const request = about(new proto.CheckRequest(), state, { olds, news: state.inputs });
    const response = await this.call<Proto.CheckResponse>("check", request);
    const inputs = withSecretsOf(fromStruct(response.getInputs()), state.inputs ?? {});
    return { inputs, failures: response.getFailuresList().map((failure) => failure.toObject()) };
  }

  /** Returns what `news` would cause: nothing, an update, or a replacement. */
  async diff(old: ResourceState, news: Props = {}, oldInputs = old.inputs) {
    const { outputs: olds, ignoreChanges: ignorechangesList = [] } = old;
    const request = about(new proto.DiffRequest(), old, { olds, news, oldInputs, ignorechangesList });
    const response = await this.call<Proto.DiffResponse>("diff", request);
    const { DIFF_SOME, DIFF_UNKNOWN } = proto.DiffResponse.DiffChanges;
    const changes = response.getChanges();
    const changed = changes === DIFF_UNKNOWN ? !isSame(oldInputs, news) : changes === DIFF_SOME;
    const replaces = changed && response.getReplacesList().length > 0;
    return { changed, replaces, deleteBeforeReplace: response.getDeletebeforereplace() };
  }

  create(wanted: ResourceState): Promise<Outcome> {
    return this.outcome("create", about(new proto.CreateRequest(), wanted, { properties: wanted.inputs }), wanted);
  }

  update(old: ResourceState, wanted: ResourceState): Promise<Outcome> {
    const { inputs: news, ignoreChanges: ignorechangesList = [] } = wanted;
    const fields = { olds: old.outputs, news, oldInputs: old.inputs, ignorechangesList };
    const updated = { ...wanted, id: old.id };
    return this.outcome("update", about(new proto.UpdateRequest(), updated, fields), updated);
  }

  /** Returns the resource as it is now. Its id is empty if the provider does not find it. */
  async read(state: ResourceState, properties: Props = {}): Promise<Outcome> {
    const request = about(new proto.ReadRequest(), state, { properties, inputs: state.inputs });
    const response = await this.call<Proto.ReadResponse>("read", request);
    const inputs = response.getInputs();
    const outputs = withSecretsOf(fromStruct(response.getProperties()), properties);
    return { id: response.getId(), inputs: inputs && withSecretsOf(fromStruct(inputs), state.inputs ?? {}), outputs };
  }

  async delete(state: ResourceState): Promise<void> {
    const { outputs: properties, inputs: oldInputs } = state;
    await this.call("delete", about(new proto.DeleteRequest(), state, { properties, oldInputs }));
  }

  /** Ends the process. With `now`, without a cancel request first. */
  async stop(now: boolean): Promise<void> {
    this.ended = now;
    if (!now) await this.call("cancel", new Empty()).catch(() => undefined); // it may already be gone
    await this.child.stop();
    await this.client.then((client) => client.close()).catch(() => undefined); // it may never have started
  }

  private async outcome(
    method: "create" | "update",
    request: object,
    { id, inputs = {} }: ResourceState,
  ): Promise<Outcome> {
    const marked = ({ outputs, ...rest }: Outcome): Outcome => ({ ...rest, outputs: withSecretsOf(outputs, inputs) });
    try {
      const response = await this.call<Proto.CreateResponse | Proto.UpdateResponse>(method, request);
      const made = "getId" in response ? response.getId() : id;
      return marked({ id: made ?? "", outputs: fromStruct(response.getProperties()) });
    } catch (error) {
      const failed = initFailure(error as Grpc.ServiceError);
      if (failed === undefined) throw error;
      return marked(failed);
    }
  }

  private async call<Response>(method: Method, request: object): Promise<Response> {
    return call<Response>(await this.client, method, request).catch((error: unknown) => {
      const { code, details } = error as Grpc.ServiceError;
      throw this.ended && unanswered.includes(code) ? new Unanswered(details) : error;
    });
  }
}

interface Message {
  toObject(): object;
}
type Fields<Request extends Message> = Partial<Record<keyof ReturnType<Request["toObject"]>, Value | undefined>>;

/** Builds a request about a resource, with these fields of its message. Properties are sent in plain text. */
function about<Request extends Message>(request: Request, state: ResourceState, fields: Fields<Request>): Request {
  const setters = request as unknown as Record<string, ((value: unknown) => unknown) | undefined>;
  const { urn, type, id = "" } = state;
  for (const [name, value = {}] of Object.entries({ urn, name: nameOf(urn), type, id, ...fields }))
    setters[`set${name.charAt(0).toUpperCase()}${name.slice(1)}`]?.(isProps(value) ? struct(value) : value);
  return request;
}

/** Reads the resource that comes with an error, if it exists but is not ready. */
function initFailure({ metadata }: Partial<Grpc.ServiceError>): Outcome | undefined {
  const [details] = metadata?.get("grpc-status-details-bin") ?? [];
  const all = Buffer.isBuffer(details) ? Status.deserializeBinary(details).getDetailsList() : [];
  const detail = all.find((one) => one.getTypeName() === "pulumirpc.ErrorResourceInitFailed");
  if (detail === undefined) return undefined;
  const failed = proto.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return { id: failed.getId(), outputs: fromStruct(failed.getProperties()), initErrors: failed.getReasonsList() };
}

const struct = (props: Props = {}): ReturnType<typeof toStruct> => toStruct(mapProps(props, plain));

/** Returns the resources that depend on `root` and that the provider would replace without it, the newest first. */
export async function dependentsToReplace(
  provider: Provider,
  root: ResourceState,
  states: Iterable<ResourceState>,
): Promise<ResourceState[]> {
  const away = new Set([root.urn]);
  const found: ResourceState[] = [];
  for (const state of states) {
    const { urn, inputs = {}, propertyDependencies = {} } = state;
    const isUnknown = (name: string): boolean => propertyDependencies[name]?.some((one) => away.has(one)) ?? false;
    if (!state.custom || !Object.keys(propertyDependencies).some(isUnknown)) continue;
    const news = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, isUnknown(k) ? unknown : v]));
    if (!(await provider.diff(state, news)).replaces) continue;
    away.add(urn);
    found.unshift(state);
  }
  return found;
}
