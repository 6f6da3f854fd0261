import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { type IResourceProviderServer, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { version } from "../package.json";
import type { ClientOptions } from "../provider/api/client";
import { Connections } from "../provider/core/connections";
import { changedSettings, problemsOf, readerOf, resourceIn, secretSettings, withSecretsAsText } from "./configuration";
import { program } from "../provider/settings/sources";
import { failure, rpcError, wordsFor } from "./errors";
import { lookupOf, problemsWith } from "./functions";
import { kindOf } from "./kinds";
import { list } from "./list";
import { Engine } from "./log";
import { grpcHandlers, type Handlers } from "./handlers";
import { resourceCalls } from "./resources";
import { fromStruct, toStruct } from "./structs";

const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;

/**
 * Serves the lifecycles as a native provider: `pulumirpc.ResourceProvider`.
 *
 * @param address of the engine, if it is known from the start.
 * @param options of the clients for ZITADEL.
 * @param stop ends waits, polls and retries, as the engine's cancel does.
 */
export function resourceProvider(
  address?: string,
  options: Pick<ClientOptions, "send" | "clock"> = {},
  stop = new AbortController(),
): IResourceProviderServer {
  const engine = new Engine(address);
  const connections = new Connections({ ...options, stop: stop.signal }, () => engine.neighbours);
  const toRpc = (error: unknown) => rpcError(error, engine.words);
  /** The provider resource that was checked: older versions of Pulumi do not name it when they configure it. */
  let checked = "";

  const unary: Handlers<
    | "handshake"
    | "attach"
    | "getPluginInfo"
    | "getSchema"
    | "checkConfig"
    | "diffConfig"
    | "configure"
    | keyof ReturnType<typeof resourceCalls>
    | "invoke"
    | "cancel"
  > = {
    handshake(request) {
      if (request.getEngineAddress() !== "") engine.attach(request.getEngineAddress());
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptResources(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    },

    attach(request) {
      engine.attach(request.getAddress());
      return new Empty();
    },

    getPluginInfo() {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    },

    getSchema() {
      const response = new proto.GetSchemaResponse();
      response.setSchema(readFileSync(join(__dirname, "schema.json"), "utf8"));
      return response;
    },

    checkConfig(request) {
      const response = new proto.CheckResponse();
      checked = request.getUrn();
      const problems = problemsOf(checked, fromStruct(request.getNews()));
      response.setFailuresList(problems.map((one) => failure(one, engine.words)));
      // The engine's own marks stay as they are.
      const news = withSecretsAsText(request.getNews()?.toJavaScript() ?? {});
      return response.setInputs(toStruct(news, secretSettings));
    },

    // Never a replacement: that would replace everything of the provider when a host gets another name.
    diffConfig(request) {
      const changed = changedSettings(fromStruct(request.getOlds()), fromStruct(request.getNews()));
      const response = new proto.DiffResponse();
      response.setDiffsList(changed);
      return response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
    },

    async configure(request) {
      const urn = request.getUrn() ?? "";
      const resource = resourceIn(urn === "" ? checked : urn);
      engine.words = wordsFor(resource);
      const { warn, sent } = engine.logOf(urn);
      const caller = resource === undefined ? program : ({ ...program, isResource: true } as const);
      connections.configure(readerOf(fromStruct(request.getArgs())), process.env, warn, caller);
      await sent();
      const response = new proto.ConfigureResponse();
      response.setSupportspreview(true);
      response.setAcceptresources(true);
      return response.setSupportsAutonamingConfiguration(true);
    },

    ...resourceCalls(engine, connections, stop.signal),

    async invoke(request) {
      const lookup = lookupOf(request.getTok());
      const args = fromStruct(request.getArgs());
      const response = new proto.InvokeResponse();
      const failures = problemsWith(lookup, args);
      if (failures.length > 0) return response.setFailuresList(failures.map((one) => failure(one, engine.words)));
      const { instance, ...rest } = args;
      const client = connections.client(instance as string | undefined);
      return response.setReturn(toStruct(await lookup.ask(client, rest), lookup.secrets));
    },

    /** Ends waits, polls and retries. A write that is out gets its answer: without that, the state would not have what it did. */
    cancel() {
      stop.abort();
      return new Empty();
    },
  };

  const listing: grpc.handleServerStreamingCall<proto.ListRequest, proto.ListResponse> = (call) => {
    list(call.request, kindOf(call.request.getToken()), connections).then(
      (responses) => {
        for (const response of responses) call.write(response);
        call.end();
      },
      (error: unknown) => call.emit("error", toRpc(error)),
    );
  };
  return { ...grpcHandlers(unary, toRpc), list: listing } as unknown as IResourceProviderServer;
}

/** A provider that runs on a port of this machine. */
export interface Served {
  readonly port: number;
  readonly stop: () => void;
  /** Cancels, takes no new calls, and stops once those in progress are answered: a write without an answer would be missing in the state. */
  readonly end: () => void;
}

/** Starts the provider. */
export async function serve(address?: string): Promise<Served> {
  const size = 400 * 1024 * 1024;
  const server = new grpc.Server({ "grpc.max_receive_message_length": size, "grpc.max_send_message_length": size });
  const cancel = new AbortController();
  server.addService(ResourceProviderService, resourceProvider(address, {}, cancel));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const end = () => {
    cancel.abort();
    server.tryShutdown(() => undefined);
  };
  return { port, stop: () => server.forceShutdown(), end };
}
