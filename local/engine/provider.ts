// One provider: its process, and the calls to it. A dynamic provider is a script of the SDK, a native one a program.
import type * as Grpc from "@grpc/grpc-js";
import type { ResourceProviderClient as Client } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as Proto from "@pulumi/pulumi/proto/provider_pb";
import { type Child, startServer } from "./child";
import { providerScript } from "./host";
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
  unsupported,
} from "./sdk";
import { type Change, nameOf, type ResourceState, Unanswered } from "./resource";
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

/** The inputs as the provider normalizes them, and the problems with them. */
export interface Checked {
  readonly inputs: Props;
  readonly failures: readonly Proto.CheckFailure.AsObject[];
}

/** What new inputs would cause: nothing, an update, or a replacement. */
export interface Diff {
  readonly changed: boolean;
  readonly replaces: boolean;
  readonly deleteBeforeReplace: boolean;
  /** The changes by path, if the provider says them. */
  readonly details?: ReadonlyMap<string, Change> | undefined;
}

/** Manages resources: a provider, or for provider resources the engine itself. */
export interface Manager {
  check(state: ResourceState, olds: Props, oldOutputs?: Props): Promise<Checked>;
  diff(old: ResourceState, news?: Props, oldInputs?: Props): Promise<Diff>;
  create(wanted: ResourceState, preview: boolean): Promise<Outcome>;
  update(old: ResourceState, wanted: ResourceState, preview: boolean): Promise<Outcome>;
  /** Returns the resource as it is now. Its id is empty if the provider does not find it. For an import, only its id is known. */
  read(state: ResourceState, properties?: Props): Promise<Outcome>;
  delete(state: ResourceState): Promise<void>;
  /** Called for a resource that stays as it is. */
  keep?(state: ResourceState): Promise<void>;
}

const unanswered: readonly number[] = [grpc.status.UNAVAILABLE, grpc.status.CANCELLED, grpc.status.INTERNAL];

type Method =
  | "handshake"
  | "checkConfig"
  | "diffConfig"
  | "configure"
  | "check"
  | "diff"
  | "create"
  | "update"
  | "read"
  | "delete"
  | "invoke"
  | "cancel";

export class Provider implements Manager {
  private readonly child: Child;
  private ended = false;
  private readonly client: Promise<Client>;
  private introduced: Promise<void> | undefined;
  private cancelled: Promise<unknown> | undefined;
  /** Whether all of its settings are known. In a preview, some may not be. */
  private isKnown = true;
  private supportsPreview = false;

  /** Starts the process. */
  constructor(
    private readonly run: Run,
    readonly name: string,
  ) {
    const { engineAddress, project, env, onLine } = run;
    const { child, address } = startServer(`the provider ${name}`, {
      script: providerScript(project, name),
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

  async checkConfig(state: ResourceState, olds: Props): Promise<Checked> {
    const request = about(new proto.CheckRequest(), state, { olds, news: state.inputs });
    const response = await this.optional<Proto.CheckResponse>("checkConfig", request);
    return response === undefined ? { inputs: state.inputs ?? {}, failures: [] } : checkedOf(response, state);
  }

  async diffConfig(old: ResourceState, news: Props = {}, oldInputs = old.inputs): Promise<Diff> {
    const request = about(new proto.DiffRequest(), { ...old, id: "" }, { olds: old.outputs, news, oldInputs });
    return diffOf(await this.optional<Proto.DiffResponse>("diffConfig", request), oldInputs, news);
  }

  /** Sends the provider its settings, from the inputs of `state`. Only in this call are secrets marked as such. */
  async configure(state: ResourceState): Promise<void> {
    this.isKnown = !JSON.stringify(state.inputs ?? {}).includes(unknown);
    if (!this.isKnown) return;
    const knows = { acceptsecrets: true, acceptresources: true, sendsOldInputs: true, sendsOldInputsToDelete: true };
    const request = about(new proto.ConfigureRequest(), state, knows).setArgs(toStruct(state.inputs));
    const { version: _ofPackage, ...settings } = mapProps(state.inputs ?? {}, plain);
    for (const [key, value] of Object.entries(settings))
      request.getVariablesMap().set(`${this.name}:config:${key}`, textOf(value));
    const response = await this.call<Proto.ConfigureResponse>("configure", request);
    if (response.getAcceptsecrets()) throw unsupported(`the provider ${this.name}, which takes secrets marked as such`);
    this.supportsPreview = response.getSupportspreview();
  }

  async check(state: ResourceState, olds: Props, oldOutputs: Props = {}): Promise<Checked> {
    if (!this.isKnown) return { inputs: state.inputs ?? {}, failures: [] };
    const request = about(new proto.CheckRequest(), state, { olds, news: state.inputs, oldOutputs });
    return checkedOf(await this.call<Proto.CheckResponse>("check", request), state);
  }

  async diff(old: ResourceState, news: Props = {}, oldInputs = old.inputs): Promise<Diff> {
    if (!this.isKnown) return diffOf(undefined, oldInputs, news);
    const { outputs: olds, ignoreChanges: ignorechangesList = [] } = old;
    const request = about(new proto.DiffRequest(), old, { olds, news, oldInputs, ignorechangesList });
    return diffOf(await this.call<Proto.DiffResponse>("diff", request), oldInputs, news);
  }

  async create(wanted: ResourceState, preview: boolean): Promise<Outcome> {
    const planned = preview && this.planned(wanted, "");
    if (planned) return planned;
    const fields = { properties: wanted.inputs, preview };
    return this.outcome("create", about(new proto.CreateRequest(), wanted, fields), wanted);
  }

  async update(old: ResourceState, wanted: ResourceState, preview: boolean): Promise<Outcome> {
    const planned = preview && this.planned(wanted, old.id);
    if (planned) return planned;
    const { inputs: news, ignoreChanges: ignorechangesList = [] } = wanted;
    const fields = { olds: old.outputs, news, oldInputs: old.inputs, ignorechangesList, preview };
    const updated = { ...wanted, id: old.id };
    return this.outcome("update", about(new proto.UpdateRequest(), updated, fields), updated);
  }

  async read(state: ResourceState, properties: Props = {}): Promise<Outcome> {
    const { inputs = {} } = state;
    const request = about(new proto.ReadRequest(), state, { properties });
    if (Object.keys(inputs).length > 0) request.setInputs(struct(inputs));
    const response = await this.call<Proto.ReadResponse>("read", request);
    const found = response.getInputs();
    const outputs = withSecretsOf(fromStruct(response.getProperties()), properties);
    return { id: response.getId(), inputs: found && withSecretsOf(fromStruct(found), inputs), outputs };
  }

  async delete(state: ResourceState): Promise<void> {
    const { outputs: properties, inputs: oldInputs } = state;
    await this.call("delete", about(new proto.DeleteRequest(), state, { properties, oldInputs }));
  }

  /** Calls a function of the provider. */
  async invoke(tok: string, args: Props): Promise<Pick<Checked, "failures"> & { result: Props }> {
    if (!this.isKnown) return { result: {}, failures: [] };
    const request = new proto.InvokeRequest().setTok(tok).setArgs(struct(args));
    const newer: Partial<Pick<typeof request, "setPreview">> = request; // the oldest SDK does not have it
    newer.setPreview?.(this.run.kind === "preview");
    const response = await this.call<Proto.InvokeResponse>("invoke", request);
    return { result: fromStruct(response.getReturn()), failures: failuresOf(response) };
  }

  /** Asks the provider to end what it waits for, once. It may already be gone. */
  async cancel(): Promise<void> {
    if (this.introduced === undefined) return;
    await (this.cancelled ??= this.send("cancel", new Empty()).catch(() => undefined));
  }

  /** Ends the process. With `now`, without a cancel request first. */
  async stop(now: boolean): Promise<void> {
    this.ended = now;
    if (!now) await this.cancel();
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

  /** What a preview can know without the provider. */
  private planned({ inputs = {} }: ResourceState, id = ""): Outcome | undefined {
    if (this.isKnown && this.supportsPreview) return undefined;
    return { id, outputs: this.isKnown ? inputs : {} };
  }

  private async call<Response>(method: Method, request: object): Promise<Response> {
    await (this.introduced ??= this.introduce());
    return this.send<Response>(method, request);
  }

  /** Calls a method that a provider need not have. */
  private optional<Response>(method: Method, request: object): Promise<Response | undefined> {
    return this.call<Response>(method, request).catch(unlessMissing);
  }

  /** Tells the provider who calls it. */
  private async introduce(): Promise<void> {
    const folder = this.run.project.plugins.get(this.name);
    // The dynamic provider does not have this call, and the oldest SDK not its message.
    if (folder === undefined || !("ProviderHandshakeRequest" in proto)) return;
    const request = new proto.ProviderHandshakeRequest().setEngineAddress(this.run.engineAddress);
    request.setRootDirectory(folder).setProgramDirectory(folder).setConfigureWithUrn(true);
    const newer: Partial<typeof request> = request; // older SDKs do not have these
    newer.setInvokeWithPreview?.(true);
    newer.setSendsOldOutputsToCheck?.(true);
    await this.send("handshake", request).catch(unlessMissing);
  }

  private async send<Response>(method: Method, request: object): Promise<Response> {
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

function unlessMissing(error: unknown): undefined {
  if ((error as Grpc.ServiceError).code !== grpc.status.UNIMPLEMENTED) throw error;
}

function failuresOf(response: Proto.CheckResponse | Proto.InvokeResponse): readonly Proto.CheckFailure.AsObject[] {
  return response.getFailuresList().map((failure) => failure.toObject());
}

function checkedOf(response: Proto.CheckResponse, { inputs = {} }: ResourceState): Checked {
  return { inputs: withSecretsOf(fromStruct(response.getInputs()), inputs), failures: failuresOf(response) };
}

/** Without an answer, or if the provider does not know, everything that differs is a change. */
function diffOf(response: Proto.DiffResponse | undefined, oldInputs: Props | undefined, news: Props): Diff {
  const { DIFF_SOME, DIFF_UNKNOWN } = proto.DiffResponse.DiffChanges;
  const changes = response?.getChanges() ?? DIFF_UNKNOWN;
  const changed = changes === DIFF_UNKNOWN ? !isSame(oldInputs, news) : changes === DIFF_SOME;
  const replaces = changed && (response?.getReplacesList() ?? []).length > 0;
  return {
    changed,
    replaces,
    deleteBeforeReplace: response?.getDeletebeforereplace() ?? false,
    details: response?.getHasdetaileddiff() === true ? detailsOf(response) : undefined,
  };
}

function detailsOf(response: Proto.DiffResponse): ReadonlyMap<string, Change> {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE } = proto.PropertyDiff.Kind;
  const changeOf = (kind: Proto.PropertyDiff.Kind): Change =>
    kind === ADD || kind === ADD_REPLACE ? "+" : kind === DELETE || kind === DELETE_REPLACE ? "-" : "~";
  const entries = response.getDetaileddiffMap().entries() as unknown as Iterable<[string, Proto.PropertyDiff]>;
  return new Map(Array.from(entries, ([path, diff]) => [path, changeOf(diff.getKind())] as const));
}

const struct = (props: Props = {}): ReturnType<typeof toStruct> => toStruct(mapProps(props, plain));

/** Returns the resources that depend on `root` and that their providers would replace without it, the newest first. */
export async function dependentsToReplace(
  providers: { of(state: ResourceState): Manager | Promise<Manager> },
  root: ResourceState,
  states: Iterable<ResourceState>,
): Promise<ResourceState[]> {
  const away = new Set([root.urn]);
  const found: ResourceState[] = [];
  for (const state of states) {
    const { urn, inputs = {}, propertyDependencies = {}, deletedWith = "" } = state;
    const isUnknown = (name: string): boolean => propertyDependencies[name]?.some((one) => away.has(one)) ?? false;
    if (!state.custom) continue;
    if (!away.has(deletedWith)) {
      if (!Object.keys(propertyDependencies).some(isUnknown)) continue;
      const news = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, isUnknown(k) ? unknown : v]));
      if (!(await (await providers.of(state)).diff(state, news)).replaces) continue;
    }
    away.add(urn);
    found.unshift(state);
  }
  return found;
}
