// What the engine takes from the Pulumi SDK: its generated messages, and the gRPC and YAML libraries that they bring along.
import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as EmptyProto from "google-protobuf/google/protobuf/empty_pb";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb";
import type { Props } from "./values";

// Through the SDK, since a package manager need not put the SDK's own dependencies where we would find them.
const ofSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));

export const grpc = ofSdk("@grpc/grpc-js") as typeof Grpc;
export const { Empty } = ofSdk("google-protobuf/google/protobuf/empty_pb") as typeof EmptyProto;
export const parseYaml = (ofSdk("js-yaml") as { load: (text: string) => unknown }).load;
const { Struct } = ofSdk("google-protobuf/google/protobuf/struct_pb") as typeof StructProto;

export const toStruct = (props: Props = {}): StructProto.Struct => Struct.fromJavaScript(props);
export const fromStruct = (struct: StructProto.Struct | undefined): Props => struct?.toJavaScript() ?? {};

/** The SDK's own limit: large programs send large messages. */
export const channelOptions = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

type Unary<Response> = (request: object, done: (error: Grpc.ServiceError | null, response: Response) => void) => void;

/** Calls a method of a service; an error's message is what the other side said. */
export function call<Response>(client: object, method: string, request: object): Promise<Response> {
  return new Promise((resolve, reject) => {
    (client as Record<string, Unary<Response>>)[method]?.(request, (error, response) => {
      if (error === null) resolve(response);
      else reject(Object.assign(error, { message: error.details })); // without gRPC's status code in front
    });
  });
}

type Handler = (request: never) => object | Promise<object>;

/** A gRPC service of plain functions: what one returns is the answer, what it throws the answer's status. */
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

/** What the other side hears of something that is left to the real engine. */
export function unsupported(what: string): Error {
  const message = `${what}: the local engine does not support it; use the Pulumi CLI`;
  return Object.assign(new Error(message), { code: grpc.status.UNIMPLEMENTED });
}
