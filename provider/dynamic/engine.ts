import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as EngineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import type * as EngineProto from "@pulumi/pulumi/proto/engine_pb";

/** How long the engine, which is on this machine, may take to answer, in milliseconds. */
const patience = 10_000;

/** What talking to the engine needs. */
export interface EngineModules {
  readonly grpc: Pick<typeof Grpc, "Metadata" | "credentials">;
  readonly engineGrpc: Pick<typeof EngineGrpc, "EngineClient">;
  readonly engineProto: Pick<typeof EngineProto, "GetRootResourceRequest">;
}

/** Whether a text is a host and a port, as of an engine. */
export function isAddress(text: string): boolean {
  return /^[^/\s]+:\d+$/.test(text);
}

/**
 * Asks Pulumi's engine whether this command runs the program, as `pulumi up` does and `pulumi destroy` does not: the program begins
 * with telling the engine its stack. If the engine does not answer, the program may run.
 *
 * @param address of the engine, as the process got it from there.
 * @param modules by default, those of the program's SDK.
 */
export async function runsProgram(address: string, modules = ofSdk()): Promise<boolean> {
  const { EngineClient } = modules.engineGrpc;
  const { GetRootResourceRequest } = modules.engineProto;
  const { Metadata, credentials } = modules.grpc;
  const engine = new EngineClient(address, credentials.createInsecure());
  return new Promise((resolve) => {
    const deadline = Date.now() + patience;
    engine.getRootResource(new GetRootResourceRequest(), new Metadata(), { deadline }, (error, response) => {
      engine.close();
      resolve(error !== null || response.getUrn() !== "");
    });
  });
}

function ofSdk(): EngineModules {
  const load = createRequire(createRequire(__filename).resolve("@pulumi/pulumi/package.json"));
  return {
    grpc: load("@grpc/grpc-js") as typeof Grpc,
    engineGrpc: load("./proto/engine_grpc_pb") as typeof EngineGrpc,
    engineProto: load("./proto/engine_pb") as typeof EngineProto,
  };
}
