// pulumirpc.Engine: what the program says to the user, and which of its resources is the root.
import * as engineProto from "@pulumi/pulumi/proto/engine_pb";
import type { Display, Severity } from "./display";
import { Empty, grpc, serviceOf, statusError } from "./sdk";

const { LogSeverity } = engineProto;
const severities: Partial<Record<engineProto.LogSeverity, Severity>> = {
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};

export function engineService(display: Display): ReturnType<typeof serviceOf> {
  let root = "";
  return serviceOf({
    log: (request: engineProto.LogRequest) => {
      const severity = severities[request.getSeverity()]; // debug messages have none: they are not shown
      if (severity !== undefined && !request.getEphemeral())
        display.say(severity, request.getMessage(), request.getUrn());
      return new Empty();
    },
    getRootResource: () => new engineProto.GetRootResourceResponse().setUrn(root),
    setRootResource: (request: engineProto.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engineProto.SetRootResourceResponse();
    },
    requirePulumiVersion: () => new engineProto.RequirePulumiVersionResponse(),
    startDebugging: () => {
      throw statusError(grpc.status.UNIMPLEMENTED, "the local engine starts no debuggers; use the Pulumi CLI");
    },
  });
}
