import type * as grpc from "@grpc/grpc-js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { type RpcError } from "./errors";

/** Some of the calls of one request and one answer. */
export type Handlers<Name extends string> = {
  readonly [Call in Name]: IResourceProviderServer[Call] extends grpc.handleUnaryCall<infer Request, infer Answer>
    ? (request: Request) => Answer | Promise<Answer>
    : never;
};

/** The calls as a gRPC server takes them. */
export function grpcHandlers(
  handlers: object,
  rpcError: (error: unknown) => RpcError,
): grpc.UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(handlers as Readonly<Record<string, (request: unknown) => unknown>>).map(([name, handle]) => {
      const call: grpc.handleUnaryCall<unknown, unknown> = ({ request }, callback) => {
        Promise.resolve()
          .then(() => handle(request))
          .then(
            (response) => callback(null, response),
            (error: unknown) => callback(rpcError(error)),
          );
      };
      return [name, call];
    }),
  );
}
