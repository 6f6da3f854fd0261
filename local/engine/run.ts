// One run from its start to its end: preview, up, refresh or destroy.
import * as engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as monitorRpc from "@pulumi/pulumi/proto/resource_grpc_pb";
import { deleteRest } from "./deletes";
import { Deployment, ProviderHost, Reported } from "./deployment";
import { type ChangeSummary, Display, type RunKind } from "./display";
import { engineService } from "./engine-service";
import { monitorService } from "./monitor";
import { alreadyReported, startProgram } from "./program";
import type { Project } from "./project";
import { refresh } from "./refresh";
import { channelOptions, grpc } from "./sdk";
import type { Snapshot } from "./state";
import { Steps } from "./steps";
import { isSecret, type Props, secret, textOf } from "./values";

export interface RunSettings {
  readonly kind: RunKind;
  readonly project: Project;
  readonly stack: string;
  readonly config: ReadonlyMap<string, { value: string; secret: boolean }>;
  readonly snapshot: Snapshot;
  readonly env: NodeJS.ProcessEnv;
  readonly parallel: number;
  readonly refresh: boolean;
  readonly diff: boolean;
  readonly onOutput: ((text: string, stream: "stdout" | "stderr") => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface RunOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly changes: ChangeSummary;
}

export async function run(settings: RunSettings): Promise<RunOutcome> {
  const { kind, project, stack, config, snapshot, diff, onOutput } = settings;
  const display = new Display({ kind, project: project.name, stack, diff, onOutput, secrets: secretsIn(settings) });
  const say = (line: string): void => display.say("info", line);
  const env = { ...settings.env, PULUMI_NODEJS_PROJECT: project.name, PULUMI_PROJECT: project.name };
  const providers = new ProviderHost({ programDir: project.programDir, env, onLine: say });
  const server = new grpc.Server(channelOptions);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const engineAddress = `127.0.0.1:${port}`;
  const { parallel } = settings;
  const deployment = new Deployment({
    kind,
    project: project.name,
    stack,
    snapshot,
    display,
    providers,
    engineAddress,
    parallel,
  });
  const stackState = (): Props =>
    Array.from(snapshot.resources).find(({ urn }) => urn === deployment.stackUrn)?.outputs ?? {};
  const oldOutputs = stackState();
  const stopNow = (): void => {
    display.say("error", `${kind === "preview" ? "preview" : "update"} canceled`);
    deployment.halt();
    void providers.stop(true);
  };
  if (settings.signal?.aborted === true) stopNow();
  else settings.signal?.addEventListener("abort", stopNow, { once: true });
  const failed: unknown[] = [];
  let outputs: Props | undefined;
  try {
    if (kind === "preview" || kind === "up") {
      warnOfPending(deployment, settings.refresh);
      outputs = await runProgram(settings, deployment, server);
    } else if (kind === "refresh") {
      await refresh(deployment, true);
      outputs = stackState();
    } else await deleteRest(deployment);
  } catch (error) {
    failed.push(error);
    if (!(error instanceof Reported)) display.say("error", error instanceof Error ? error.message : String(error));
  }
  settings.signal?.removeEventListener("abort", stopNow);
  if (deployment.stepFailed) display.say("error", `${deployment.dryRun ? "preview" : "update"} failed`);
  if (!deployment.dryRun) await snapshot.save();
  await providers.stop(deployment.isHalted && settings.signal?.aborted === true);
  server.forceShutdown();
  display.finish({ oldOutputs, outputs });
  const isFailed = failed.length > 0 || deployment.stepFailed || deployment.isHalted;
  return { exitCode: isFailed ? 1 : 0, stdout: display.stdout, stderr: display.stderr, changes: display.changes };

  /** Everything secret that the run could come to print: in the configuration, today's and the stored one. */
  function secretsIn(of: RunSettings): string[] {
    const stored = of.snapshot.resources.filter(({ type }) => type.startsWith("pulumi:providers:"));
    const values = stored.flatMap(({ inputs = {} }) =>
      Object.values(inputs).flatMap((value) => (isSecret(value) ? [textOf(value.value)] : [])),
    );
    for (const { value, secret: hidden } of config.values()) if (hidden) values.push(value);
    return values.filter((value) => value.length >= 3);
  }
}

/** Runs the program and makes the world what it declares; resolves to the stack's outputs. */
async function runProgram(
  settings: RunSettings,
  deployment: Deployment,
  server: InstanceType<typeof grpc.Server>,
): Promise<Props | undefined> {
  const { project, stack, config, env, parallel, snapshot, signal } = settings;
  const { display, dryRun, options } = deployment;
  const marked = Object.fromEntries(
    Array.from(config, ([key, entry]) => [key, entry.secret ? secret(entry.value) : entry.value]),
  );
  const ready = settings.refresh ? refresh(deployment, false) : Promise.resolve();
  const steps = new Steps(deployment, marked, ready);
  let finished: () => void = () => undefined;
  const signalled = new Promise<void>((resolve) => (finished = resolve));
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const monitor = monitorService({
    steps,
    project: project.name,
    stack,
    config,
    dryRun,
    parallel,
    over,
    onSignal: finished,
  });
  server.addService(monitorRpc.ResourceMonitorService, monitor);
  server.addService(engineRpc.EngineService, engineService(display));
  void options.providers.start(options.engineAddress);
  const program = startProgram({
    project,
    stack,
    address: options.engineAddress,
    config,
    dryRun,
    parallel,
    env,
    onLine: (line) => display.say("info", line),
  });
  const abort = (): void => void program.stop();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const code = await Promise.race([signalled.then(() => 0), program.exited, deployment.halted.then(() => 0)]);
    await ready;
    await steps.idle();
    if (code !== 0 && !deployment.isHalted) {
      deployment.halt();
      if (code !== alreadyReported) display.say("error", `program exited with non-zero exit code: ${code}`);
    }
    if (!deployment.isHalted) await deleteRest(deployment);
    keepOutputs(deployment, steps.stackOutputs);
    end();
    if (!deployment.isHalted) await program.exited;
    const state = snapshot.find(deployment.stackUrn);
    return state && (steps.stackOutputs === undefined ? {} : state.outputs);
  } finally {
    signal?.removeEventListener("abort", abort);
    end();
    await program.stop();
  }
}

function keepOutputs({ snapshot, stackUrn, isHalted, stepFailed }: Deployment, outputs: Props | undefined): void {
  const state = snapshot.find(stackUrn);
  if (state === undefined || outputs === undefined) return;
  snapshot.put({ ...state, outputs: isHalted || stepFailed ? { ...state.outputs, ...outputs } : outputs });
}

function warnOfPending({ dryRun, display, snapshot }: Deployment, refreshing: boolean): void {
  const { operations } = snapshot;
  if (operations.length === 0 || dryRun || refreshing) return;
  const list = operations.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}\n`).join("");
  display.say(
    "warning",
    `Attempting to deploy or update resources with ${operations.length} pending operations from previous deployment.\n${list}` +
      "These resources are in an unknown state because the Pulumi CLI was interrupted while waiting for changes to these " +
      "resources to complete. You should confirm whether or not the operations listed completed successfully by checking " +
      "the state of the appropriate provider. For example, if you are using AWS, you can confirm using the AWS Console.\n\n" +
      "Once you have confirmed the status of the interrupted operations, you can repair your stack using `pulumi refresh` " +
      "which will refresh the state from the provider you are using and clear the pending operations if there are any.\n\n" +
      "Note that `pulumi refresh` will need to be run interactively to clear pending CREATE operations.",
  );
}
