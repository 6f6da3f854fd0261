import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseYaml } from "../../../local/engine/sdk-location";

/** A step, as it is in the file. */
export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
}

/** A job, as it is in the file. */
export interface Job {
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly needs?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

/** A workflow of GitHub Actions, as it is in the file. */
export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": unknown };
  readonly defaults?: { readonly run?: { readonly shell?: string } };
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

export function readWorkflow(file: string): Workflow {
  return parseYaml(readFileSync(file, "utf8")) as Workflow;
}

/** When a job and each of its steps run: expressions, as GitHub completes what the file says. */
export interface Conditions {
  readonly job: string;
  readonly steps: readonly string[];
}

/** What GitHub's own parser makes of a workflow: what is wrong with it, and when what runs. */
export async function parse(
  name: string,
  content: string,
): Promise<{ problems: string[]; conditions: Readonly<Record<string, Conditions>> }> {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import("@actions/workflow-parser");
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const { jobs = [] } = value === undefined ? {} : await convertWorkflowTemplate(context, value);
  const conditions = jobs.map(({ id, if: job, ...rest }): [string, Conditions] => {
    const steps = "steps" in rest ? rest.steps.map((step) => step.if?.expression ?? "success()") : [];
    return [id.value, { job: job.expression, steps }];
  });
  const problems = context.errors.getErrors().map(({ message }) => message);
  return { problems, conditions: Object.fromEntries(conditions) };
}

export function parseFile(file: string): ReturnType<typeof parse> {
  return parse(basename(file), readFileSync(file, "utf8"));
}
