import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { marks } from "../marks";
import { type JobRun, type Machine, runJob, type Trigger } from "./runner";
import { readWorkflow } from "./workflow";
import { openWorkplace, pipelines, type Workplace } from "./workplace";

/** The contents of the mock of GitHub. */
export interface There {
  readonly comments: { readonly pull: string; readonly body: string }[];
  readonly issues: { readonly number: number; readonly title: string; readonly state: string; readonly body: string }[];
  readonly labels: string[];
  readonly pulls: { readonly base: string; readonly head: string; readonly title: string; readonly body: string }[];
  readonly releases: {
    readonly tag: string;
    readonly title: string;
    readonly notes: string;
    readonly files: number[];
  }[];
}

export const repository = "example/hooks";

/** A workplace whose pipelines are the workflows of examples/pipelines/github. */
export interface GitHub extends Workplace {
  /** The secrets of the repository and of its environments, which a test may change. */
  readonly secrets: {
    readonly repository: Record<string, string>;
    readonly environments: Record<string, Record<string, string>>;
  };
  /** Runs the one job of a workflow. */
  run(workflow: string, trigger?: Partial<Trigger>, more?: Partial<Machine>): Promise<JobRun>;
  there(): Promise<There>;
}

/** A pull request of a branch of the repository itself, or of a fork's. */
export function pullRequest(from = repository): Pick<Trigger, "github"> {
  const event = { pull_request: { number: 7, head: { repo: { full_name: from } } } };
  return { github: { repository, event_name: "pull_request", event } };
}

const empty: There = { comments: [], issues: [], labels: [], pulls: [], releases: [] };

export async function openGitHub(): Promise<GitHub> {
  const workplace = await openWorkplace();
  const { zitadel, folder, env, keys, tokens } = workplace;
  const file = join(folder, "github.json");
  await writeFile(file, JSON.stringify(empty));
  const secrets = {
    repository: { PULUMI_ACCESS_TOKEN: tokens.read },
    environments: {
      production: { PULUMI_ACCESS_TOKEN: tokens.write, ZITADEL_JWT_PROFILE_JSON: keys.owner },
      "production-read": { ZITADEL_JWT_PROFILE_JSON: keys.viewer },
    } as Record<string, Record<string, string>>,
  };
  const there = async () => {
    const text = await readFile(file, "utf8");
    marks.write("what GitHub has", text);
    return JSON.parse(text) as There;
  };
  const workspace = join(folder, "workspace");
  return {
    ...workplace,
    secrets,
    there,
    async run(workflow, trigger, more) {
      zitadel.clearRequests();
      const path = join(pipelines, "github", `${workflow}.yml`);
      const machine: Machine = {
        folder: join(folder, "temporary"),
        workspace,
        env: { ...env, GITHUB_STAND_IN: file },
        actions: {
          "actions/checkout": () => workplace.clone(workspace),
          "actions/setup-node": () => undefined,
          "pulumi/actions": ({ command }) => {
            if (command !== undefined) throw new Error("here that action does no more than to install the CLI");
          },
        },
        ...more,
      };
      const run = await runJob(
        path,
        onlyJob(path),
        {
          github: { repository, event_name: "push" },
          secrets: secrets.repository,
          environments: secrets.environments,
          ...trigger,
        },
        machine,
      );
      await there();
      await searchFiles(workspace);
      return run;
    },
  };
}

/** What the steps have left in the clone. What is installed there is a link to this repository. */
async function searchFiles(workspace: string): Promise<void> {
  if (!existsSync(workspace)) return;
  for (const entry of await readdir(workspace, { withFileTypes: true })) {
    if (entry.isFile()) marks.write("a file of a step", await readFile(join(workspace, entry.name), "utf8"));
  }
}

/** The name of a workflow's one job. */
function onlyJob(path: string): string {
  const [id = "", ...others] = Object.keys(readWorkflow(path).jobs);
  if (others.length > 0) throw new Error(`${path} has several jobs`);
  return id;
}
