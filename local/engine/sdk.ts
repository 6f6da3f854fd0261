// What the engine uses of the Pulumi SDK: its generated messages, and its gRPC and YAML libraries.
import type * as Grpc from "@grpc/grpc-js";
import type * as AnalyzerGrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import type * as AnalyzerProto from "@pulumi/pulumi/proto/analyzer_pb";
import type * as EngineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import type * as EngineProto from "@pulumi/pulumi/proto/engine_pb";
import type * as ProviderGrpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as ProviderProto from "@pulumi/pulumi/proto/provider_pb";
import type * as ResourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb";
import type * as ResourceProto from "@pulumi/pulumi/proto/resource_pb";
import type * as StatusProto from "@pulumi/pulumi/proto/status_pb";
import type * as EmptyProto from "google-protobuf/google/protobuf/empty_pb";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb";
import { sdkFor } from "./sdk-location";
import type { Props } from "./values";

// Load them from the SDK's folder: a package manager may put the SDK's dependencies where we cannot find them.
const ofSdk = sdkFor();

export const grpc = ofSdk("@grpc/grpc-js") as typeof Grpc;
export const { Empty } = ofSdk("google-protobuf/google/protobuf/empty_pb") as typeof EmptyProto;
export const { AnalyzerClient } = ofSdk("./proto/analyzer_grpc_pb") as typeof AnalyzerGrpc;
export const analyzerProto = ofSdk("./proto/analyzer_pb") as typeof AnalyzerProto;
export const { EngineService } = ofSdk("./proto/engine_grpc_pb") as typeof EngineGrpc;
export const engineProto = ofSdk("./proto/engine_pb") as typeof EngineProto;
export const { ResourceProviderClient } = ofSdk("./proto/provider_grpc_pb") as typeof ProviderGrpc;
export const providerProto = ofSdk("./proto/provider_pb") as typeof ProviderProto;
export const { ResourceMonitorService } = ofSdk("./proto/resource_grpc_pb") as typeof ResourceGrpc;
export const resourceProto = ofSdk("./proto/resource_pb") as typeof ResourceProto;
export const { Status } = ofSdk("./proto/status_pb") as typeof StatusProto;
const { Struct } = ofSdk("google-protobuf/google/protobuf/struct_pb") as typeof StructProto;

export const toStruct = (props: Props = {}): StructProto.Struct => Struct.fromJavaScript(props);
export const fromStruct = (struct: StructProto.Struct | undefined): Props => struct?.toJavaScript() ?? {};

/** The same limit as in the SDK: large programs send large messages. */
export const channelOptions = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

type Unary<Response> = (request: object, done: (error: Grpc.ServiceError | null, response: Response) => void) => void;

/** Calls a method of a service. An error has the message of the other side. */
export function call<Response>(client: object, method: string, request: object): Promise<Response> {
  return new Promise((resolve, reject) => {
    const unary = (client as Record<string, Unary<Response> | undefined>)[method];
    if (unary === undefined) throw unsupported(method); // the oldest SDK does not have it
    unary.call(client, request, (error, response) => {
      if (error === null) resolve(response);
      else reject(Object.assign(error, { message: error.details })); // without gRPC's status code before the message
    });
  });
}

type Handler = (request: never) => object | Promise<object>;

/** Serves plain functions over gRPC. What a function returns is the answer. What it throws becomes the status. */
export function serviceOf(handlers: Record<string, Handler>): Grpc.UntypedServiceImplementation {
  const serve =
    (handler: Handler) =>
    ({ request }: { request: unknown }, callback: Grpc.sendUnaryData<object>): void => {
      Promise.resolve(request as never)
        .then(handler)
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback(error as Partial<Grpc.StatusObject>),
        );
    };
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, serve(handler)]));
}

/** The error for something that only the real engine supports. */
export function unsupported(what: string): Error {
  const message = `${what}: the local engine does not support it; use the Pulumi CLI`;
  return Object.assign(new Error(message), { code: grpc.status.UNIMPLEMENTED });
}
