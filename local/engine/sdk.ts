// What the engine takes from the Pulumi SDK: its generated messages, and the gRPC and YAML libraries that they bring along.
import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb";
import type * as EmptyProto from "google-protobuf/google/protobuf/empty_pb";

// Through the SDK, since a package manager need not put the SDK's own dependencies where we would find them.
const ofSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));

export const grpc = ofSdk("@grpc/grpc-js") as typeof Grpc;
export const { Struct } = ofSdk("google-protobuf/google/protobuf/struct_pb") as typeof StructProto;
export const { Empty } = ofSdk("google-protobuf/google/protobuf/empty_pb") as typeof EmptyProto;
export const parseYaml = (ofSdk("js-yaml") as { load: (text: string) => unknown }).load;

/** The SDK's own limits: large programs send large messages. */
export const channelOptions = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.server_max_unrequested_time_in_server": 30 * 60,
};

type Handlers = Record<string, (request: never) => object | Promise<object>>;

/** A gRPC service of plain functions: what one returns is the answer, what it throws the answer's status. */
export function serviceOf(handlers: Handlers): Grpc.UntypedServiceImplementation {
  const serve =
    (handler: Handlers[string]) =>
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

/** An error that reaches the other side with this status code. */
export function statusError(code: Grpc.status, message: string): Error {
  return Object.assign(new Error(message), { code });
}
