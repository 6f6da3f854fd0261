import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { marks } from "../marks";
import { evaluator, type Status } from "./expressions";
import { logged } from "./logged";
import { parseFile, readWorkflow, type Step } from "./workflow";

/** Why a workflow runs, and what it is given. */
export interface Trigger {
  /** The `github` context, as far as expressions ask for it. */
  readonly github: {
    readonly repository: string;
    readonly event_name: string;
    readonly ref_name?: string;
    readonly event?: object;
  };
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** The secrets of the repository, and of each environment, which win. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly environments?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Where a job runs. */
export interface Machine {
  /** For files that belong to the run. */
  readonly folder: string;
  /** The working directory of each step. */
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
  /** What stands for an action, by its name without a version. */
  readonly actions: Readonly<Record<string, (inputs: NonNullable<Step["with"]>) => void | Promise<void>>>;
  /** Called once a step's shell has been started. */
  readonly started?: (step: string, shell: ChildProcess) => void;
  /** Variables of a single step beside those that it names. */
  readonly stepEnv?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** How a step ended. */
export interface Ended {
  readonly outcome: Status | "skipped";
  /** Both streams, in the order in which they came. */
  readonly log: string;
}

/** How a job ended. */
export interface JobRun {
  readonly outcome: Status | "skipped";
  /** By name, or by what is run or used. */
  readonly steps: Readonly<Record<string, Ended>>;
  readonly summary: string;
}

const token = "ghs-made-up-by-the-runner";

const shells: Readonly<Record<string, readonly string[]>> = {
  "": ["bash", "-e"],
  bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
};

/** Runs a job of a workflow as GitHub's runner does: its conditions, variables, secrets and shells, step by step. */
export async function runJob(file: string, jobId: string, trigger: Trigger, machine: Machine): Promise<JobRun> {
  const workflow = readWorkflow(file);
  const { [jobId]: job } = workflow.jobs;
  const { problems, conditions } = await parseFile(file);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const { [jobId]: when } = conditions;
  if (job?.steps === undefined || when === undefined) throw new Error(`${file} has no job ${jobId} with steps`);

  let status: Status = "success";
  const done: Record<string, { outcome: string; outputs: Record<string, string> }> = {};
  const secrets = { ...trigger.secrets, ...trigger.environments?.[job.environment ?? ""] };
  marks.add(token, "a token of GitHub");
  const github = { token, ...trigger.github };
  const contexts = () => ({ github, secrets, inputs: trigger.inputs ?? {}, steps: done, vars: {}, env: {}, needs: {} });
  const { holds, fill } = await evaluator(contexts, () => status);
  const filled = (values: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(String(value))]));

  if (!holds(when.job)) return { outcome: "skipped", steps: {}, summary: "" };
  const files = await runFiles(machine.folder);
  const common = { ...machine.env, ...variablesOf(github, machine), ...filled(workflow.env), ...filled(job.env) };
  const steps: Record<string, Ended> = {};
  for (const [index, step] of job.steps.entries()) {
    const name = step.name ?? step.run ?? step.uses?.split("@")[0] ?? "";
    let ended: Ended = { outcome: "skipped", log: "" };
    if (holds(when.steps[index] ?? "success()")) {
      if (step.uses !== undefined) {
        const { [name]: act } = machine.actions;
        if (act === undefined) throw new Error(`nothing stands for the action ${step.uses}`);
        await act(filled(step.with));
        ended = { outcome: "success", log: "" };
      } else {
        const shell = shells[step.shell ?? workflow.defaults?.run?.shell ?? ""];
        if (shell === undefined) throw new Error(`no shell ${String(step.shell)}`);
        const env = { ...common, ...files.env, ...filled(step.env), ...machine.stepEnv?.[name] };
        ended = await runShell(shell, fill(step.run ?? ""), name, env, machine);
      }
    }
    if (ended.outcome !== "success" && ended.outcome !== "skipped") status = ended.outcome;
    steps[name] = ended;
    if (step.id !== undefined) done[step.id] = { outcome: ended.outcome, outputs: await files.takeOutputs() };
  }
  const summary = await files.summary();
  marks.write("the summary of a run", summary);
  return { outcome: status, steps, summary };
}

function variablesOf(github: Trigger["github"], { workspace, folder }: Machine): Record<string, string> {
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: github.repository,
    GITHUB_EVENT_NAME: github.event_name,
    GITHUB_REF_NAME: github.ref_name ?? "main",
    GITHUB_SERVER_URL: "https://github.example.com",
    GITHUB_RUN_ID: "17",
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: folder,
  };
}

/** The files through which a step tells the runner something. */
async function runFiles(folder: string) {
  const own = await mkdtemp(join(folder, "run-"));
  const env: Record<string, string> = {};
  for (const name of ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"]) {
    env[name] = join(own, name);
    await writeFile(env[name], "");
  }
  const { GITHUB_OUTPUT: output = "", GITHUB_STEP_SUMMARY: summary = "" } = env;
  return {
    env,
    async takeOutputs(): Promise<Record<string, string>> {
      const text = await readFile(output, "utf8");
      await writeFile(output, "");
      marks.write("the outputs of a step", text);
      const lines = text.split("\n").filter((line) => line !== "");
      return Object.fromEntries(
        lines.map((line) => {
          const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
          if (name === undefined || value === undefined)
            throw new Error(`an output of a form that is not read: ${line}`);
          return [name, value];
        }),
      );
    },
    summary: () => readFile(summary, "utf8"),
  };
}

async function runShell(
  [program = "", ...args]: readonly string[],
  script: string,
  name: string,
  env: Readonly<Record<string, string>>,
  { folder, workspace, started }: Machine,
): Promise<Ended> {
  const file = join(folder, "step.sh");
  await writeFile(file, script);
  const shell = spawn(program, [...args, file], { cwd: workspace, env, stdio: ["ignore", "pipe", "pipe"] });
  started?.(name, shell);
  const { code, log } = await logged(shell, "the log of a step");
  return { outcome: code === 0 ? "success" : "failure", log };
}
