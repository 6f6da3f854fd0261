import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { Zitadel } from "../../local/zitadel";
import { serve } from "../../native/server";
import { fromStruct } from "../../native/structs";
import type { Properties } from "../../provider/core/properties";
import { marks } from "./marks";

/** A native provider, over gRPC as Pulumi's engine talks to it, and an engine that takes its log. */
export interface Native extends Calls {
  readonly client: ResourceProviderClient;
  /** The address of the engine. */
  readonly engine: string;
  readonly logged: readonly { readonly severity: string; readonly message: string; readonly urn: string }[];
  /** The program's stack, for the provider's question: empty if the command does not run the program. */
  stack: string;
  /** Ends the server as a SIGINT does. */
  end(): void;
  stop(): void;
}

/** The calls of a native provider, with properties in the engine's form. */
export interface Calls {
  check(
    urn: string,
    news: Properties,
    olds?: Properties,
    more?: (request: proto.CheckRequest) => void,
  ): Promise<Checked>;
  diff(urn: string, id: string, olds: Properties, news: Properties): Promise<Compared>;
  create(urn: string, inputs: Properties, preview?: "preview"): Promise<{ id: string; state: Properties }>;
  update(urn: string, id: string, olds: Properties, news: Properties, preview?: "preview"): Promise<Properties>;
  read(urn: string, id: string, state?: Properties): Promise<{ id: string; state: Properties; inputs: Properties }>;
  delete(urn: string, id: string, state: Properties): Promise<void>;
  invoke(name: string, args?: Properties): Promise<{ result: Properties; failures: string[] }>;
  /** @param urn the provider resource; without it, the engine is an older one, which does not name it. */
  configure(settings: Properties, urn?: string): Promise<proto.ConfigureResponse>;
  checkConfig(urn: string, settings: Properties): Promise<Checked>;
  diffConfig(olds: Properties, news: Properties): Promise<Compared>;
  cancel(): Promise<void>;
}

interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly { readonly property: string; readonly reason: string }[];
}

interface Compared {
  readonly changes: boolean;
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace?: true;
  readonly diffs: readonly string[];
  readonly detailed: Readonly<Record<string, string>>;
}

/** A failure as the engine gets it, with what it keeps of a resource that is unfinished. */
export interface NativeError {
  readonly code: number;
  readonly message: string;
  readonly unfinished?: { id: string; state: Properties; inputs: Properties; reasons: string[] };
}

export const project = "urn:pulumi:dev::shop::";
export const stackUrn = `${project}pulumi:pulumi:Stack::shop-dev`;
export const urnOf = (type: string, name: string, parents = "") =>
  `${project}${parents}zitadel-actions:index:${type}::${name}`;

/** A secret in the engine's form. */
export const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

/** Properties as the engine passes them on: without marks, because the provider does not accept secrets. */
export const opened = (properties: Properties): Properties => fromStruct(structOf(properties));

export function structOf(properties: Properties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, never>);
}

/** The settings of a mock server. */
export const settingsOf = (zitadel: Pick<Zitadel, "domain" | "port" | "accessToken">) => ({
  domain: zitadel.domain,
  port: String(zitadel.port),
  insecure: "true",
  accessToken: zitadel.accessToken,
});

export async function startNative(settings?: Properties): Promise<Native> {
  const logged: Native["logged"][number][] = [];
  const host = await startEngine(logged, () => native.stack);
  const server = await serve(host.address);
  const client = new ResourceProviderClient(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
  const native: Native = {
    client,
    engine: host.address,
    logged,
    stack: stackUrn,
    ...callsOf(client, (where, text) => marks.write(where, text)),
    end: server.end,
    stop() {
      client.close();
      server.stop();
      host.stop();
    },
  };
  if (settings !== undefined) await native.configure(settings);
  return native;
}

/**
 * The calls of a native provider.
 *
 * @param write gets every error and failure.
 */
export function callsOf(client: ResourceProviderClient, write: (where: string, text: string) => void): Calls {
  const ask = <Answer>(
    call: (done: (error: grpc.ServiceError | null, answer: Answer) => void) => unknown,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      call((error, answer) => {
        if (error === null) resolve(answer);
        else {
          write("an error", error.details);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what the engine would see of it
          reject(errorOf(error));
        }
      });
    });
  const plain = (struct: Struct | undefined) => (struct?.toJavaScript() ?? {}) as Properties;
  const failuresOf = (list: proto.CheckFailure[]) =>
    list.map((one) => {
      write("a failure", one.getReason());
      return one.toObject();
    });
  const comparedOf = (answer: proto.DiffResponse): Compared => ({
    changes: answer.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME,
    replaces: answer.getReplacesList(),
    ...(answer.getDeletebeforereplace() && { deleteBeforeReplace: true }),
    diffs: answer.getDiffsList(),
    detailed: Object.fromEntries(
      answer
        .getDetaileddiffMap()
        .toObject(false, (_, one) => one.getKind())
        .map(([path, kind]) => [path, kindName(kind as never)]),
    ),
  });
  return {
    async check(urn, news, olds, more) {
      const request = new proto.CheckRequest().setUrn(urn).setNews(structOf(news));
      if (olds !== undefined) request.setOlds(structOf(olds));
      more?.(request);
      const answer = await ask<proto.CheckResponse>((done) => client.check(request, done));
      return { inputs: plain(answer.getInputs()), failures: failuresOf(answer.getFailuresList()) };
    },
    async diff(urn, id, olds, news) {
      const request = new proto.DiffRequest().setUrn(urn).setId(id);
      return comparedOf(
        await ask<proto.DiffResponse>((done) =>
          client.diff(request.setOlds(structOf(olds)).setNews(structOf(news)), done),
        ),
      );
    },
    async create(urn, inputs, preview) {
      const request = new proto.CreateRequest().setUrn(urn).setProperties(structOf(inputs));
      const answer = await ask<proto.CreateResponse>((done) =>
        client.create(request.setPreview(preview !== undefined), done),
      );
      return { id: answer.getId(), state: plain(answer.getProperties()) };
    },
    async update(urn, id, olds, news, preview) {
      const request = new proto.UpdateRequest().setUrn(urn).setId(id).setOlds(structOf(olds)).setNews(structOf(news));
      return plain(
        (
          await ask<proto.UpdateResponse>((done) => client.update(request.setPreview(preview !== undefined), done))
        ).getProperties(),
      );
    },
    async read(urn, id, state) {
      const request = new proto.ReadRequest().setUrn(urn).setId(id);
      if (state !== undefined) request.setProperties(structOf(state));
      const answer = await ask<proto.ReadResponse>((done) => client.read(request, done));
      return { id: answer.getId(), state: plain(answer.getProperties()), inputs: plain(answer.getInputs()) };
    },
    async delete(urn, id, state) {
      await ask<Empty>((done) =>
        client.delete(new proto.DeleteRequest().setUrn(urn).setId(id).setProperties(structOf(state)), done),
      );
    },
    async invoke(name, args = {}) {
      const request = new proto.InvokeRequest().setTok(`zitadel-actions:index:${name}`).setArgs(structOf(args));
      const answer = await ask<proto.InvokeResponse>((done) => client.invoke(request, done));
      const failures = failuresOf(answer.getFailuresList());
      return {
        result: plain(answer.getReturn()),
        failures: failures.map(({ property, reason }) => `${property} ${reason}`.trim()),
      };
    },
    configure: (given, urn = "") =>
      ask<proto.ConfigureResponse>((done) =>
        client.configure(new proto.ConfigureRequest().setArgs(structOf(given)).setUrn(urn), done),
      ),
    async checkConfig(urn, given) {
      const answer = await ask<proto.CheckResponse>((done) =>
        client.checkConfig(new proto.CheckRequest().setUrn(urn).setNews(structOf(given)), done),
      );
      return { inputs: plain(answer.getInputs()), failures: failuresOf(answer.getFailuresList()) };
    },
    async diffConfig(olds, news) {
      const request = new proto.DiffRequest().setOlds(structOf(olds)).setNews(structOf(news));
      return comparedOf(await ask<proto.DiffResponse>((done) => client.diffConfig(request, done)));
    },
    async cancel() {
      await ask<Empty>((done) => client.cancel(new Empty(), done));
    },
  };
}

function kindName(kind: number): string {
  return Object.entries(proto.PropertyDiff.Kind).find(([, value]) => (value as number) === kind)?.[0] ?? "";
}

function errorOf(error: grpc.ServiceError): NativeError {
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (details === undefined) return { code: error.code, message: error.details };
  const [any] = Status.deserializeBinary(details as Buffer).getDetailsList();
  const failed = proto.ErrorResourceInitFailed.deserializeBinary(any?.getValue_asU8() ?? new Uint8Array());
  const unfinished = {
    id: failed.getId(),
    state: (failed.getProperties()?.toJavaScript() ?? {}) as Properties,
    inputs: (failed.getInputs()?.toJavaScript() ?? {}) as Properties,
    reasons: failed.getReasonsList(),
  };
  return { code: error.code, message: error.details, unfinished };
}

/** What the provider needs of Pulumi's engine. */
async function startEngine(logged: Native["logged"][number][], stack: () => string) {
  const server = new grpc.Server();
  const log: grpc.handleUnaryCall<engine.LogRequest, Empty> = ({ request }, done) => {
    const severity = Object.keys(engine.LogSeverity)[request.getSeverity()] ?? "";
    logged.push({ severity, message: request.getMessage(), urn: request.getUrn() });
    marks.write("the log", request.getMessage());
    done(null, new Empty());
  };
  const getRootResource: grpc.handleUnaryCall<engine.GetRootResourceRequest, engine.GetRootResourceResponse> = (
    _,
    done,
  ) => done(null, new engine.GetRootResourceResponse().setUrn(stack()));
  server.addService(EngineService, { log, getRootResource });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}
