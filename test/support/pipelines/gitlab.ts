import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { root } from "../documents";
import { marks } from "../marks";
import { type Logged, logged } from "./logged";
import { openWorkplace, type Workplace } from "./workplace";

/** A note on a merge request. */
export interface Note {
  readonly id: number;
  body: string;
}

/** The value of a variable in each environment; `*` is every other one. */
export type Scoped = Record<string, string>;

/** A workplace with the pipelines of examples/pipelines/gitlab, run by gitlab-ci-local in this machine's own shell. */
export interface GitLab extends Workplace {
  readonly notes: Note[];
  /** The merge requests that pushes opened: the options of each push. */
  mergeRequests(): Promise<Readonly<Record<string, string>>[]>;
  /** The project's secret variables, which a test may change: texts, and files. */
  readonly secrets: { readonly text: Record<string, Scoped>; readonly file: Record<string, Scoped> };
  /** The jobs of a pipeline with these variables. */
  jobs(variables: Readonly<Record<string, string>>): Promise<string[]>;
  /** What there is against a `.gitlab-ci.yml`, by GitLab's own schema. */
  complaints(text: string): Promise<string>;
  run(job: string, variables: Readonly<Record<string, string>>): Promise<Logged>;
}

const program = join(root, "node_modules", "gitlab-ci-local", "dist", "index.js");
const file = ".gitlab-ci.yml";

export async function openGitLab(): Promise<GitLab> {
  const workplace = await openWorkplace();
  const { zitadel, folder, env, keys, tokens } = workplace;
  const token = "glpat-made-up-for-notes";
  marks.add(token, "a token of GitLab");
  const api = await serveNotes(token);
  const rotateToken = "glpat-made-up-for-a-branch";
  marks.add(rotateToken, "a token of GitLab");
  const pushes = await recordPushes(workplace);
  // With this token, GitLab's address of the project leads to the repository here.
  const address = `https://rotate:${rotateToken}@gitlab.example.com/example/hooks.git`;
  Object.assign(env, {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `url.${workplace.origin}.insteadOf`,
    GIT_CONFIG_VALUE_0: address,
  });
  // Its copy of the repository is only for containers, which are not used here: a job runs in the clone itself.
  await writeFile(join(folder, "bin", "rsync"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  const secrets: GitLab["secrets"] = {
    text: {
      GITLAB_TOKEN: { "*": token },
      GITLAB_ROTATE_TOKEN: { "production-rotate": rotateToken },
      PULUMI_ACCESS_TOKEN: { "*": tokens.read, production: tokens.write },
    },
    file: {
      ZITADEL_JWT_PROFILE_FILE: {
        production: keys.owner,
        "production-read": keys.viewer,
      },
    },
  };
  const workspace = join(folder, "workspace");
  const home = join(folder, "gitlab");
  await mkdir(home);

  const gitlab = async (args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Logged> => {
    const files = Object.entries(secrets.file).map(async ([name, scoped]) => [name, await asFiles(home, name, scoped)]);
    const known = { ...secrets.text, ...(Object.fromEntries(await Promise.all(files)) as Record<string, Scoped>) };
    const variable = ([name, values]: [string, Scoped]) => [name, { type: "variable", values }];
    // JSON is YAML.
    await writeFile(
      join(home, "variables.yml"),
      JSON.stringify(Object.fromEntries(Object.entries(known).map(variable))),
    );
    const project = { CI_PROJECT_ID: "3", CI_PROJECT_PATH: "example/hooks", CI_SERVER_HOST: "gitlab.example.com" };
    const given = { CI_API_V4_URL: api.url, ...project, ...variables };
    const options = [
      ...["--home", home, "--variables-file", "../gitlab/variables.yml", "--force-shell-executor"],
      ...["--ignore-predefined-vars", Object.keys(given).join(",")],
      ...Object.entries(given).flatMap(([name, value]) => ["--variable", `${name}=${value}`]),
    ];
    const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
    return logged(spawn(process.execPath, [program, ...args, ...options], { cwd: workspace, env, stdio }), "a log");
  };
  return {
    ...workplace,
    notes: api.notes,
    mergeRequests: pushes,
    secrets,
    async jobs(variables) {
      await workplace.clone(workspace);
      const { code, log } = await gitlab(["--list-csv"], variables);
      if (code !== 0) throw new Error(log);
      return [...log.matchAll(/^(\w+);/gm)].map(([, name = ""]) => name).filter((name) => name !== "name");
    },
    async complaints(text) {
      await workplace.clone(workspace);
      await writeFile(join(workspace, file), text);
      const { code, log } = await gitlab(["--list"]);
      return code === 0 ? "" : log;
    },
    async run(job, variables) {
      zitadel.clearRequests();
      await workplace.clone(workspace);
      const { code, log } = await gitlab([job], variables);
      // Its own exit code is 1, whatever the job's was.
      const [, failed] = /finished in .* FAIL (\d+)/.exec(log) ?? [];
      return { code: failed === undefined ? code : Number(failed), log };
    },
    async close() {
      await api.close();
      await workplace.close();
    },
  };
}

/** Lets the repository record the options of each push that has any: GitLab opens a merge request for them. */
async function recordPushes(workplace: Workplace) {
  const { origin, folder } = workplace;
  const record = join(folder, "pushes");
  await writeFile(record, "");
  await workplace.git(["config", "receive.advertisePushOptions", "true"], origin);
  const hook = `#!${process.execPath}
const { appendFileSync, readFileSync } = require("node:fs");
const { GIT_PUSH_OPTION_COUNT: count = 0 } = process.env;
const options = Array.from({ length: Number(count) }, (_, index) => process.env["GIT_PUSH_OPTION_" + index]);
const [, , head] = readFileSync(0, "utf8").trim().split(" ");
if (options.length > 0) appendFileSync(${JSON.stringify(record)}, JSON.stringify(["head=" + head, ...options]) + "\\n");
`;
  await mkdir(join(origin, "hooks"), { recursive: true });
  await writeFile(join(origin, "hooks", "post-receive"), hook, { mode: 0o755 });
  return async () => {
    const text = await readFile(record, "utf8");
    marks.write("the options of a push", text);
    const lines = text.split("\n").filter((line) => line !== "");
    const option = (one: string) => /^(?:merge_request\.)?(\w+)=?(.*)$/.exec(one)?.slice(1, 3) ?? [one, ""];
    return lines.map(
      (line) => Object.fromEntries((JSON.parse(line) as string[]).map(option)) as Record<string, string>,
    );
  };
}

/** Writes each value to a file that others may read, as GitLab's runner does; gives the paths. */
async function asFiles(folder: string, name: string, scoped: Scoped): Promise<Scoped> {
  const paths: Scoped = {};
  for (const [environment, text] of Object.entries(scoped)) {
    const path = (paths[environment] = join(folder, `${name}.${environment}`));
    await rm(path, { force: true });
    await writeFile(path, text, { mode: 0o644 });
  }
  return paths;
}

/** The part of GitLab's API that notes need, two to a page. */
async function serveNotes(token: string) {
  const notes: Note[] = [];
  const answer = async (request: IncomingMessage): Promise<[status: number, body: unknown, headers?: object]> => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const [, id] = /^\/api\/v4\/projects\/3\/merge_requests\/7\/notes(?:\/(\d+))?$/.exec(pathname) ?? [pathname];
    if (request.headers["private-token"] !== token) return [401, { message: "401 Unauthorized" }];
    if (request.method === "GET") {
      const page = Number(searchParams.get("page"));
      const next = notes.length > page * 2 ? String(page + 1) : "";
      return [200, notes.slice(page * 2 - 2, page * 2), { "x-next-page": next }];
    }
    const { body } = (await json(request)) as { body: string };
    marks.write("a note", body);
    if (request.method === "POST") return [201, notes[notes.push({ id: notes.length + 1, body }) - 1]];
    const note = notes.find((one) => one.id === Number(id));
    return note === undefined ? [404, { message: "404 Not found" }] : [200, Object.assign(note, { body })];
  };
  const server = createServer((request, response) => {
    void answer(request).then(([status, body, headers = {}]) =>
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body)),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    notes,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
