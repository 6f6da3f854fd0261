import * as grpc from "@grpc/grpc-js";
import * as engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engineProto from "@pulumi/pulumi/proto/engine_pb";
import { oneLine } from "../provider/api/errors";
import type { Log } from "../provider/core/lifecycle";
import { Neighbours } from "../provider/core/neighbours";
import { isAddress, runsProgram } from "../provider/dynamic/engine";
import { type Words, wordsFor } from "./errors";

const { INFO, WARNING } = engineProto.LogSeverity;

/** Pulumi's engine: what the provider tells it, and asks it. */
export class Engine {
  private client: engineGrpc.EngineClient | undefined;
  private address: string | undefined;
  private running: Promise<boolean> | undefined;
  /** The other provider processes of this run. */
  neighbours: Neighbours | undefined;
  /** Messages about no resource. */
  private readonly general: Promise<void>[] = [];
  /** How messages are worded. */
  words: Words = wordsFor(undefined);

  constructor(address?: string) {
    if (address !== undefined) this.attach(address);
  }

  /** @throws if this is not an address. */
  attach(address: string): void {
    if (!isAddress(address))
      throw new Error(`${JSON.stringify(address)} is not the address of an engine, such as 127.0.0.1:4321.`);
    if (address === this.address) return;
    this.client?.close();
    this.client = new engineGrpc.EngineClient(address, grpc.credentials.createInsecure());
    this.address = address;
    this.neighbours?.forget();
    this.neighbours = new Neighbours(address, (problem) => this.general.push(this.write(WARNING, problem, "")));
    this.running = undefined;
  }

  /** Whether the command that this process serves runs the program, as `pulumi up` does and `pulumi destroy` does not. */
  readonly runsNow = (): Promise<boolean> => {
    const { address } = this;
    if (address === undefined) return Promise.resolve(true);
    return (this.running ??= runsProgram(address, { grpc, engineGrpc, engineProto }));
  };

  /** The log of a resource; `sent` waits until the engine has everything. */
  logOf(urn: string): Log & { readonly sent: () => Promise<unknown> } {
    const sending: Promise<void>[] = [];
    const write = (severity: engineProto.LogSeverity) => (message: string) =>
      void sending.push(this.write(severity, this.words(oneLine(message, Infinity)), urn));
    return { warn: write(WARNING), info: write(INFO), sent: () => Promise.all([...this.general, ...sending]) };
  }

  private write(severity: engineProto.LogSeverity, message: string, urn: string): Promise<void> {
    const { client } = this;
    const request = new engineProto.LogRequest();
    request.setSeverity(severity);
    request.setMessage(message);
    request.setUrn(urn);
    return new Promise((resolve) => {
      const byHand = () => {
        console.error(severity === WARNING ? `warning: ${message}` : message);
        resolve();
      };
      if (client === undefined) byHand();
      else client.log(request, (error) => (error === null ? resolve() : byHand()));
    });
  }
}
