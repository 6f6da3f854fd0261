import { Metadata, status } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { CheckFailure, ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { ZitadelError } from "../provider/api/errors";
import type { Properties } from "../provider/core/properties";
import { Unfinished } from "../provider/core/unfinished";
import { toStruct } from "./structs";

/** An error in the form of gRPC. */
export interface RpcError {
  readonly code: status;
  readonly details: string;
  readonly metadata?: Metadata;
}

class Unimplemented extends Error {}

/** The error for something that this provider does not have. */
export function unimplemented(message: string): Error {
  return new Unimplemented(message);
}

/** An error of an operation on a resource with these inputs, whose properties have these secrets. */
export class Failed extends Error {
  constructor(
    readonly thrown: unknown,
    readonly inputs: Properties,
    readonly secrets: readonly string[],
  ) {
    super("failed");
  }
}

/**
 * An error as the engine gets it. After an `Unfinished`, the engine keeps the resource with these properties, and updates it at the next
 * deployment.
 */
export function rpcError(failed: unknown, words: Words): RpcError {
  const error = failed instanceof Failed ? failed.thrown : failed;
  const details = words(messageOf(error));
  if (error instanceof Unimplemented) return { code: status.UNIMPLEMENTED, details };
  if (!(failed instanceof Failed && error instanceof Unfinished)) return { code: status.UNKNOWN, details };
  const detail = new ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(toStruct(error.properties, failed.secrets));
  detail.setInputs(toStruct(failed.inputs));
  detail.setReasonsList(error.reasons.map(words));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new Status();
  answer.setCode(status.UNKNOWN);
  answer.setMessage(details);
  answer.addDetails(any);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  return { code: status.UNKNOWN, details, metadata };
}

/** A problem with a property. */
export function failure(
  { property, reason }: { readonly property: string; readonly reason: string },
  words: Words,
): CheckFailure {
  const message = new CheckFailure();
  message.setProperty(property);
  return message.setReason(words(reason));
}

/** A message as the native provider says it. */
export type Words = (message: string) => string;

/**
 * The resource types of programs in TypeScript that use the dynamic provider have longer names: `ZitadelTarget`. And what other messages
 * say about the stack configuration is about the properties of a provider resource, if that is what the process serves.
 *
 * @param resource the name of the provider resource.
 */
export function wordsFor(resource: string | undefined): Words {
  const ofType: Words = (message) => message.replace(/\bZitadel(?=(Target|Execution|TargetPublicKey)\b)/g, "");
  if (resource === undefined) return ofType;
  const its = `of the provider resource ${JSON.stringify(resource)}`;
  return (message) =>
    ofType(message)
      .replace(
        /(\bwith |\brun |)`pulumi config set (?:--\w+ )*'?zitadel-actions:(\w[\w.-]*)[^`]*`/g,
        (_, how: string, key: string) => (how === "with " ? `as ${key} ${its}` : `set ${key} ${its}`),
      )
      .replace(/\bzitadel-actions:(?!index:)(\w[\w.-]*)/g, `$1 ${its}`)
      .replaceAll("the stack configuration", `the provider resource ${JSON.stringify(resource)}`);
}

/** An error that is not ours is a bug: its stack says where. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof ZitadelError || error instanceof Unimplemented
    ? error.message
    : (error.stack ?? error.message);
}
