import type { Deployment } from "../../local/deployment";
import { leadingTo } from "../../local/settings";
import type { Zitadel } from "../../local/zitadel";
import { oneLine, sentence, ZitadelError } from "../../provider/api/errors";
import { parseJson } from "../../provider/api/json";
import { stackKeys, tryVariable } from "../../provider/settings/names";
import { type Command, exitCodes, NotUnderstood, type OptionValues } from "../command";
import { engine, zitadel as mockServer } from "../stand-ins";
import { heartbeatOn } from "../progress";
import { fail, paintFor, remark } from "../output";
import { byOption } from "../stack";
import type { Terminal } from "../terminal";
import { held, sent, written } from "./words";

const help = `Usage: npx pulumi-zitadel-actions try [FOLDER] [--config KEY=VALUE]…
         [--instance NAME]… [--allow-loopback]

Runs a Pulumi program against a mock ZITADEL server on this machine: preview,
up, the same up again, destroy. After each step it lists the requests that the
step sent, and the objects on the server. Uses the pulumi CLI if it is on the
PATH, and otherwise a small engine of this package. It works in a temporary
folder and touches none of your stacks.

  FOLDER            the folder of Pulumi.yaml (default: this one)
  --config KEY=VALUE
                    sets configuration that the program reads, as in
                    \`pulumi up --config\`. May be given more than once. It
                    cannot set an address or a credential: all requests go to
                    mock servers, whatever the shell and the project say
  --instance NAME   starts another mock server for \`instance: "NAME"\` in the
                    program. May be given more than once
  --allow-loopback  let targets have endpoints on this machine
  -h, --help        print this text

Exit code: 0 everything worked, 3 the second up changed something again,
1 failed, 2 wrong usage.`;

/** `try`: runs a program against a mock server. */
export const tryCommand: Command = {
  summary: "runs a program against a mock ZITADEL server",
  help,
  options: {
    config: { type: "string", multiple: true },
    instance: { type: "string", multiple: true },
    "allow-loopback": { type: "boolean" },
  },
  takesArguments: true,
  run,
};

async function run(values: OptionValues, terminal: Terminal, args: readonly string[]): Promise<number> {
  const [projectDir = ".", ...more] = args;
  if (more.length > 0) throw new NotUnderstood("Give one folder at a time.");
  const { config: given = [], instance: names = [] } = values as Readonly<
    Record<string, readonly string[] | undefined>
  >;
  if (names.includes("")) throw new NotUnderstood("--instance needs the name of an instance.");
  const config = configOf(nameOf(projectDir), given);
  const allowLoopback = values["allow-loopback"] === true;
  const start = () => mockServer().startZitadel({ allowLoopback });
  const zitadel = await start();
  const named = new Map<string, Zitadel>();
  try {
    for (const name of new Set(names)) named.set(name, await start());
    const all = { ...config, ...leadingTo(zitadel, named) };
    const deployment = await engine().openDeployment({ projectDir, config: all, env: { [tryVariable]: "true" } });
    try {
      return await attempt(deployment, new Map([[undefined, zitadel], ...named]), terminal);
    } finally {
      await deployment.close();
    }
  } finally {
    for (const server of [zitadel, ...named.values()]) await server.stop();
  }
}

/** The mock servers, by the names of their instances; `undefined` for the default one. */
type Servers = ReadonlyMap<string | undefined, Zitadel>;

/** The project's name, which is the namespace of its configuration. */
function nameOf(projectDir: string): string {
  try {
    const { engineOnThisMachine, readProject } = engine();
    return readProject(projectDir, engineOnThisMachine()).name;
  } catch (error) {
    if (error instanceof ZitadelError) throw error;
    const isRuntime = (error as Error).name === "OtherRuntime";
    const hint = isRuntime ? "" : "Give the folder with the program's Pulumi.yaml.";
    const said = sentence(`reading the project in ${oneLine(projectDir)}`, (error as Error).message, hint);
    throw new ZitadelError("settings", said, { operation: "read project" });
  }
}

function configOf(project: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, key = "", value = ""] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
      if (key === "") throw new NotUnderstood("--config takes KEY=VALUE.");
      const whole = key.includes(":") ? key : `${project}:${key}`;
      if (stackKeys.includes(whole))
        throw new NotUnderstood(
          `--config cannot set ${whole}: try sends all requests to its own mock server. For a program with named instances, give each name with --instance.`,
        );
      return [whole, value];
    }),
  );
}

/** The CLI's hint after a destroy. The stack is temporary, so the hint does not apply. */
const hintToRemoveTheStack =
  /^The resources in the stack have been deleted, but the history[\s\S]*?run `pulumi stack rm [^`]+`\.\n/m;

const steps = [
  { title: "preview", step: "preview" },
  { title: "up", step: "up" },
  { title: "the same up again", step: "up" },
  { title: "destroy", step: "destroy" },
] as const;

async function attempt(deployment: Deployment, servers: Servers, terminal: Terminal): Promise<number> {
  const paint = paintFor(terminal, "output");
  const stop = new AbortController();
  void terminal.interrupted().then(() => stop.abort());
  let isStable = true;
  for (const { title, step } of steps) {
    await terminal.print(`${paint("cyan", `── ${title} (${deployment.engine})`)}\n\n`);
    for (const server of servers.values()) server.clearRequests();
    let printed = Promise.resolve();
    let compilerError: string | undefined;
    const missing = new Set<string>();
    const heartbeat = heartbeatOn(terminal, `The ${title}`);
    const onOutput = (text: string, stream: "stdout" | "stderr") => {
      heartbeat.printing();
      compilerError ??= /error (TS5107|TS6046)\b/.exec(text)?.[1];
      for (const [, name = ""] of text.matchAll(/:instances has no instance ("(?:[^"\\]|\\.)+")/g))
        missing.add(byOption(String(parseJson(name))));
      if (stream === "stderr") terminal.show(text);
      else printed = printed.then(() => terminal.print(text.replace(hintToRemoveTheStack, "")));
    };
    const { exitCode } = await deployment[step]({ onOutput, signal: stop.signal }).finally(() => heartbeat.end());
    await printed;
    for (const [name, server] of servers) {
      const which = name === undefined ? "" : `Instance ${oneLine(JSON.stringify(name))}\n`;
      await terminal.print(`\n${which}Requests sent: ${sent(server)}\nThe server has:${held(server)}\n`);
    }
    await terminal.print("\n");
    if (exitCode !== 0) {
      fail(terminal, `The ${title} failed, so the next steps are skipped.`);
      if (compilerError !== undefined)
        remark(
          terminal,
          "note",
          `${compilerError} is explained in node_modules/pulumi-zitadel-actions/docs/troubleshooting.md.`,
        );
      if (missing.size > 0)
        remark(terminal, "note", `try starts a mock server for a named instance if you add ${[...missing].join(" ")}.`);
      return exitCodes.failed;
    }
    if (title === "the same up again") isStable = [...servers.values()].every((server) => written(server) === 0);
  }
  if (!isStable) {
    await terminal.print(
      `${paint("red", "The second up changed something again: the program declares something else each time it runs.")}\n`,
    );
    return exitCodes.findings;
  }
  await terminal.print(`${paint("green", "Everything worked, and nothing is left on the server.")}\n`);
  return exitCodes.fine;
}
