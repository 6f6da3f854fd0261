// The dynamic provider: the SDK's own process, started when it is first needed, and the calls to it.
import { createRequire } from "node:module";
import { randomBytes } from "node:crypto";
import path from "node:path";
import type * as Grpc from "@grpc/grpc-js";
import * as providerRpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as providerProto from "@pulumi/pulumi/proto/provider_pb";
import * as statusProto from "@pulumi/pulumi/proto/status_pb";
import { type Child, startChild } from "./child";
import { channelOptions, Empty, grpc } from "./sdk";
import type { ResourceState } from "./state";
import { fromStruct, plainProps, type Props, textOf, toStruct, withSecretsOf } from "./values";

export interface ProviderOptions {
  readonly engineAddress: string;
  readonly programDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
}

export interface CheckResult {
  readonly inputs: Props;
  readonly failures: readonly { property: string; reason: string }[];
}

export interface DiffResult {
  readonly changes: "none" | "some" | "unknown";
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

export interface Outcome {
  readonly id: string;
  readonly outputs: Props;
  /** Why it exists but is not ready. */
  readonly initErrors?: readonly string[];
}

/** The provider did not say how an operation ended: its process or the connection to it broke. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

/** A resource as every call names it. */
type Named = Pick<ResourceState, "urn" | "type">;

const unanswered: readonly number[] = [grpc.status.UNAVAILABLE, grpc.status.CANCELLED, grpc.status.INTERNAL];

export class Provider {
  private constructor(
    private readonly child: Child,
    private readonly client: providerRpc.ResourceProviderClient,
  ) {}

  static async start({ engineAddress, programDir, env, onLine }: ProviderOptions): Promise<Provider> {
    const script = createRequire(path.join(programDir, "x.js")).resolve("@pulumi/pulumi/cmd/dynamic-provider");
    let announce: (port: string) => void;
    const announced = new Promise<string>((resolve) => (announce = resolve));
    let port: string | undefined;
    const child = startChild({
      script,
      args: [engineAddress],
      cwd: programDir,
      env,
      onLine(line, stream) {
        if (port !== undefined || stream === "stderr") onLine(line);
        else announce((port = line));
      },
    });
    const ended = child.exited.then((code) => {
      throw new Error(`the dynamic provider could not be started: it exited with code ${code}`);
    });
    const address = `127.0.0.1:${await Promise.race([announced, ended])}`;
    ended.catch(() => undefined); // from here on, calls that find no one to answer them say so
    return new Provider(
      child,
      new providerRpc.ResourceProviderClient(address, grpc.credentials.createInsecure(), channelOptions),
    );
  }

  /** Tells the provider the stack's configuration, secrets marked as such. */
  async configure(resource: Named & { id: string }, config: Props): Promise<void> {
    const request = new providerProto.ConfigureRequest()
      .setArgs(toStruct(config))
      .setAcceptsecrets(true)
      .setAcceptresources(true)
      .setSendsOldInputs(true)
      .setSendsOldInputsToDelete(true)
      .setId(resource.id)
      .setUrn(resource.urn)
      .setName(nameOf(resource.urn))
      .setType(resource.type);
    for (const [key, value] of Object.entries(plainProps(config)))
      request.getVariablesMap().set(`pulumi-nodejs:config:${key}`, textOf(value));
    await this.call<object>((done) => this.client.configure(request, done));
  }

  async check(resource: Named, olds: Props, news: Props): Promise<CheckResult> {
    const request = new providerProto.CheckRequest()
      .setUrn(resource.urn)
      .setOlds(struct(olds))
      .setNews(struct(news))
      .setRandomseed(randomBytes(32))
      .setName(nameOf(resource.urn))
      .setType(resource.type);
    const response = await this.call<providerProto.CheckResponse>((done) => this.client.check(request, done));
    return {
      inputs: withSecretsOf(fromStruct(response.getInputs()), news),
      failures: response.getFailuresList().map((f) => ({ property: f.getProperty(), reason: f.getReason() })),
    };
  }

  async diff(old: ResourceState, news: Props, oldInputs: Props, ignoreChanges: readonly string[]): Promise<DiffResult> {
    const request = new providerProto.DiffRequest()
      .setId(old.id ?? "")
      .setUrn(old.urn)
      .setOlds(struct(old.outputs))
      .setNews(struct(news))
      .setOldInputs(struct(oldInputs))
      .setIgnorechangesList([...ignoreChanges])
      .setName(nameOf(old.urn))
      .setType(old.type);
    const response = await this.call<providerProto.DiffResponse>((done) => this.client.diff(request, done));
    const { DIFF_SOME, DIFF_NONE } = providerProto.DiffResponse.DiffChanges;
    const changes = response.getChanges();
    return {
      changes: changes === DIFF_SOME ? "some" : changes === DIFF_NONE ? "none" : "unknown",
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  create(resource: ResourceState): Promise<Outcome> {
    const inputs = resource.inputs ?? {};
    const request = new providerProto.CreateRequest()
      .setUrn(resource.urn)
      .setProperties(struct(inputs))
      .setTimeout(resource.customTimeouts?.["create"] ?? 0)
      .setName(nameOf(resource.urn))
      .setType(resource.type);
    return this.settle(inputs, async () => {
      const response = await this.call<providerProto.CreateResponse>((done) => this.client.create(request, done));
      return { id: response.getId(), outputs: fromStruct(response.getProperties()) };
    });
  }

  update(old: ResourceState, resource: ResourceState): Promise<Outcome> {
    const inputs = resource.inputs ?? {};
    const request = new providerProto.UpdateRequest()
      .setId(old.id ?? "")
      .setUrn(resource.urn)
      .setOlds(struct(old.outputs))
      .setNews(struct(inputs))
      .setOldInputs(struct(old.inputs))
      .setTimeout(resource.customTimeouts?.["update"] ?? 0)
      .setIgnorechangesList([...(resource.ignoreChanges ?? [])])
      .setName(nameOf(resource.urn))
      .setType(resource.type);
    return this.settle(inputs, async () => {
      const response = await this.call<providerProto.UpdateResponse>((done) => this.client.update(request, done));
      return { id: old.id ?? "", outputs: fromStruct(response.getProperties()) };
    });
  }

  /** The resource as it is now; `undefined` if there is none. */
  async read(
    resource: ResourceState,
    properties: Props,
  ): Promise<{ id: string; inputs: Props | undefined; outputs: Props } | undefined> {
    const inputs = resource.inputs ?? {};
    const request = new providerProto.ReadRequest()
      .setId(resource.id ?? "")
      .setUrn(resource.urn)
      .setProperties(struct(properties))
      .setInputs(struct(inputs))
      .setTimeout(resource.customTimeouts?.["read"] ?? 0)
      .setName(nameOf(resource.urn))
      .setType(resource.type);
    const response = await this.call<providerProto.ReadResponse>((done) => this.client.read(request, done));
    if (response.getId() === "") return undefined;
    const read = response.getInputs();
    return {
      id: response.getId(),
      inputs: read && withSecretsOf(fromStruct(read), inputs),
      outputs: withSecretsOf(fromStruct(response.getProperties()), properties),
    };
  }

  async delete(resource: ResourceState): Promise<void> {
    const request = new providerProto.DeleteRequest()
      .setId(resource.id ?? "")
      .setUrn(resource.urn)
      .setProperties(struct(resource.outputs))
      .setOldInputs(struct(resource.inputs))
      .setTimeout(resource.customTimeouts?.["delete"] ?? 0)
      .setName(nameOf(resource.urn))
      .setType(resource.type);
    await this.call<object>((done) => this.client.delete(request, done));
  }

  /** Ends the process; `now` without telling it first. */
  async stop(now: boolean): Promise<void> {
    if (!now) await this.call<object>((done) => this.client.cancel(new Empty(), done)).catch(() => undefined);
    await this.child.stop(); // it may be gone already
    this.client.close();
  }

  private async settle(inputs: Props, operation: () => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = await operation();
      return { ...outcome, outputs: withSecretsOf(outcome.outputs, inputs) };
    } catch (error) {
      const failed = initFailure(error);
      if (failed === undefined) throw error;
      return { ...failed, outputs: withSecretsOf(failed.outputs, inputs) };
    }
  }

  private call<Response>(
    send: (done: (error: Grpc.ServiceError | null, response: Response) => void) => void,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      send((error, response) => {
        if (error === null) resolve(response);
        else reject(unanswered.includes(error.code) ? new Unanswered(error.details) : error);
      });
    });
  }
}

/** What the provider says of a resource that exists but is not ready travels beside the error. */
function initFailure(error: unknown): Outcome | undefined {
  const [details] = (error as Partial<Grpc.ServiceError>).metadata?.get("grpc-status-details-bin") ?? [];
  if (!Buffer.isBuffer(details)) return undefined;
  const status = statusProto.Status.deserializeBinary(details);
  for (const detail of status.getDetailsList()) {
    if (detail.getTypeName() !== "pulumirpc.ErrorResourceInitFailed") continue;
    const failed = providerProto.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    return { id: failed.getId(), outputs: fromStruct(failed.getProperties()), initErrors: failed.getReasonsList() };
  }
  return undefined;
}

function struct(props: Props | undefined): ReturnType<typeof toStruct> {
  return toStruct(plainProps(props ?? {}));
}

/** The last part of an URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
