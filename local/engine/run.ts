// One run from start to end: preview, up, refresh or destroy.
import { promisify } from "node:util";
import { deleteRest } from "./deletes";
import { Deployment, Reported } from "./deployment";
import { Display } from "./display";
import { Policies } from "./policies";
import { alreadyReported, startProgram } from "./host";
import { Providers } from "./providers";
import { refresh } from "./refresh";
import { isProviderType, type Operation } from "./resource";
import { channelOptions, EngineService, grpc, ResourceMonitorService } from "./sdk";
import { engineService, monitorService } from "./services";
import type { Run, RunSettings } from "./settings";
import { Steps } from "./steps";
import { isIncluded, missTargets } from "./targets";
import { isSecret, plain, textOf } from "./values";

/** Runs it. Resolves to whether it succeeded, and to its output. */
export async function carryOut(settings: RunSettings): Promise<{ isDone: boolean; display: Display }> {
  const { kind, project, snapshot, stackUrn } = settings;
  const display = new Display(settings, secretsIn(settings));
  const server = new grpc.Server(channelOptions);
  server.addService(EngineService, engineService(display));
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", grpc.ServerCredentials.createInsecure());
  const onLine = (line: string): void => display.say("info", line);
  const env = { ...settings.env, PULUMI_NODEJS_PROJECT: project.name, PULUMI_PROJECT: project.name };
  const run: Run = { ...settings, env, display, server, engineAddress: `127.0.0.1:${port}`, onLine };
  const refreshes = kind === "refresh" || settings.refresh;
  if (kind === "up" && !refreshes && snapshot.pending.size > 0) display.say("warning", warning(snapshot.pending));
  let saysOutputs = kind === "refresh" && isIncluded(settings, stackUrn);
  try {
    let isDone = !refreshes || (await deploy(run, refresh));
    if (kind === "destroy") saysOutputs = isDone = await deploy(run, destroy);
    else if (kind !== "refresh" && isDone)
      isDone = await deploy(run, async (deployment) => {
        saysOutputs = await runProgram(deployment);
      });
    display.finish(saysOutputs ? (snapshot.resources.find(({ urn }) => urn === stackUrn)?.outputs ?? {}) : {});
    return { isDone, display };
  } finally {
    server.forceShutdown();
  }
}

/** Returns every secret that the run could print: those in the current configuration and in the stored one. */
function secretsIn({ snapshot, config }: RunSettings): string[] {
  const stored = snapshot.resources.filter(({ type }) => isProviderType(type));
  const values = [config, ...stored.map(({ inputs = {} }) => inputs)].flatMap((props) => Object.values(props));
  return values
    .filter(isSecret)
    .flatMap((value) => textOf(plain(value)))
    .filter((text) => text.length >= 3);
}

/** Calls back when the signal is aborted, or already was. The function that it returns stops listening. */
function heed(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted === true) act();
  signal?.addEventListener("abort", act, { once: true });
  return () => signal?.removeEventListener("abort", act);
}

/** Runs a deployment with its own provider processes. Resolves to whether it succeeded. */
async function deploy(run: Run, act: (deployment: Deployment) => Promise<void>): Promise<boolean> {
  const { display, signal, terminate } = run;
  const providers = new Providers(run);
  const deployment = new Deployment(run, providers);
  const what = deployment.dryRun ? "preview" : "update";
  const cancel = (): void => {
    if (!deployment.isHalted) display.say("error", `${what} canceled`);
    deployment.halt();
    if (terminate?.aborted !== true) void providers.cancel();
  };
  const end = (): void => {
    cancel();
    void providers.stop(true);
  };
  const unheed = [heed(signal, cancel), heed(terminate, end)];
  try {
    await act(deployment);
    await run.snapshot.save();
  } catch (error) {
    deployment.halt();
    if (!(error instanceof Reported)) display.say("error", error instanceof Error ? error.message : String(error));
  } finally {
    for (const stop of unheed) stop();
    await providers.stop(terminate?.aborted === true);
  }
  if (deployment.stepFailed) display.say("error", `${what} failed`);
  return !deployment.isHalted && !deployment.stepFailed;
}

async function destroy(deployment: Deployment): Promise<void> {
  const misses = missTargets(deployment, deployment.snapshot.resources);
  await deleteRest(deployment);
  if (misses) deployment.halt();
}

/** Runs the program and deploys what it declares. Resolves to whether the program reached its outputs. */
async function runProgram(deployment: Deployment): Promise<boolean> {
  const policies = new Policies(deployment.run);
  try {
    await policies.start();
    return await follow(deployment, policies);
  } finally {
    await policies.stop();
  }
}

async function follow(deployment: Deployment, policies: Policies): Promise<boolean> {
  const { display, run, snapshot } = deployment;
  const steps = new Steps(deployment, policies);
  const signalled = Promise.withResolvers<number>();
  const over = Promise.withResolvers<undefined>();
  const service = monitorService(deployment, steps, () => signalled.resolve(0), over.promise);
  run.server.addService(ResourceMonitorService, service);
  const program = startProgram(run);
  try {
    const code = await Promise.race([signalled.promise, program.exited, deployment.halted.then(() => 0)]);
    await steps.idle();
    if (code !== 0 && !deployment.isHalted) {
      deployment.halt();
      if (code !== alreadyReported) display.say("error", `program exited with non-zero exit code: ${code}`);
    }
    if (!deployment.isHalted) {
      const misses = missTargets(deployment, snapshot.resources);
      await deleteRest(deployment);
      if (misses) deployment.halt();
    }
    const state = snapshot.find(run.stackUrn);
    if (state === undefined || steps.stackOutputs === undefined) return false;
    const { isHalted, stepFailed } = deployment;
    snapshot.put({ ...state, outputs: { ...((isHalted || stepFailed) && state.outputs), ...steps.stackOutputs } });
    if (!isHalted) await policies.judgeStack(snapshot.resources);
    deployment.stepFailed ||= policies.areViolated;
    over.resolve(undefined);
    if (!isHalted) await program.exited;
    return true;
  } finally {
    over.resolve(undefined);
    await program.stop();
  }
}

function warning(pending: ReadonlySet<Operation>): string {
  const list = Array.from(pending, ({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}\n`).join("");
  return (
    `Attempting to deploy or update resources with ${pending.size} pending operations from previous deployment.\n${list}` +
    "These resources are in an unknown state because the Pulumi CLI was interrupted while waiting for changes to these " +
    "resources to complete. You should confirm whether or not the operations listed completed successfully by checking " +
    "the state of the appropriate provider. For example, if you are using AWS, you can confirm using the AWS Console.\n\n" +
    "Once you have confirmed the status of the interrupted operations, you can repair your stack using `pulumi refresh` " +
    "which will refresh the state from the provider you are using and clear the pending operations if there are any.\n\n" +
    "Note that `pulumi refresh` will need to be run interactively to clear pending CREATE operations."
  );
}
