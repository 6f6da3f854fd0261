import type { Deployment } from "../../local/deployment";
import { leadingTo, nothingOfThisShell } from "../../local/settings";
import type { Zitadel } from "../../local/zitadel";
import { oneLine, sentence, ZitadelError } from "../../provider/errors";
import { paintFor } from "../colours";
import { type Command, exitCodes, NotUnderstood, type OptionValues } from "../command";
import { engine, zitadel as standIn } from "../stand-ins";
import type { Terminal } from "../terminal";
import { asked, held, written } from "./words";

const help = `Usage: npx pulumi-zitadel-actions try [FOLDER] [--config KEY=VALUE]…
         [--allow-loopback]

Tries a Pulumi program out, without a ZITADEL: preview, up, the same up again,
destroy, against a stand-in on this machine that is gone afterwards. Says what
each step asked of ZITADEL, and what ZITADEL has then. Deploys with the pulumi
CLI where one is on the PATH, and with a small engine of this package's own
elsewhere; in a temporary folder, so that no stack of yours is touched.

  FOLDER            the folder of Pulumi.yaml (default: this one)
  --config KEY=VALUE
                    sets configuration that the program reads, as in
                    \`pulumi up --config\`. May be given more than once
  --allow-loopback  let targets have endpoints on this machine
  -h, --help        print this text

Exit code: 0 all went well, 3 the same up wrote something again, 1 it failed,
2 wrong usage.`;

/** `try`: what a program does, before there is anything that it could do it to. */
export const tryCommand: Command = {
  summary: "deploys a program once, against a stand-in of ZITADEL",
  help,
  options: { config: { type: "string", multiple: true }, "allow-loopback": { type: "boolean" } },
  takesArguments: true,
  run,
};

async function run(values: OptionValues, terminal: Terminal, args: readonly string[]): Promise<number> {
  const [projectDir = ".", ...more] = args;
  if (more.length > 0) throw new NotUnderstood("One folder at a time.");
  const config = configOf(nameOf(projectDir), (values["config"] as readonly string[] | undefined) ?? []);
  const zitadel = await standIn().startZitadel({ allowLoopback: values["allow-loopback"] === true });
  try {
    const deployment = await engine().openDeployment({
      projectDir,
      config: { ...config, ...leadingTo(zitadel) },
      env: nothingOfThisShell,
    });
    try {
      return await attempt(deployment, zitadel, terminal);
    } finally {
      await deployment.close();
    }
  } finally {
    await zitadel.stop();
  }
}

/** The project's name, which is the namespace of its configuration. */
function nameOf(projectDir: string): string {
  try {
    return engine().readProject(projectDir).name;
  } catch (error) {
    const hint = "Give the folder that has the Pulumi.yaml of the program.";
    const said = sentence(`reading the project in ${oneLine(projectDir)}`, (error as Error).message, hint);
    throw new ZitadelError("settings", said, { operation: "read project" });
  }
}

function configOf(project: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, key = "", value = ""] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
      if (key === "") throw new NotUnderstood("--config takes KEY=VALUE.");
      return [key.includes(":") ? key : `${project}:${key}`, value];
    }),
  );
}

const steps = [
  { title: "preview", step: "preview" },
  { title: "up", step: "up" },
  { title: "the same up again", step: "up" },
  { title: "destroy", step: "destroy" },
] as const;

async function attempt(deployment: Deployment, zitadel: Zitadel, terminal: Terminal): Promise<number> {
  const paint = paintFor(terminal, "output");
  const stop = new AbortController();
  void terminal.interrupted().then(() => stop.abort());
  let isStable = true;
  for (const { title, step } of steps) {
    await terminal.print(`${paint("cyan", `── ${title} (${deployment.engine})`)}\n\n`);
    zitadel.clearRequests();
    let printed = Promise.resolve();
    const onOutput = (text: string, stream: "stdout" | "stderr") => {
      if (stream === "stderr") terminal.show(text);
      else printed = printed.then(() => terminal.print(text));
    };
    const { exitCode } = await deployment[step]({ onOutput, signal: stop.signal });
    await printed;
    await terminal.print(`\nZITADEL was asked: ${asked(zitadel)}\nIt has:${held(zitadel)}\n\n`);
    if (exitCode !== 0) {
      terminal.tell(paintFor(terminal, "messages")("red", `The ${title} failed, so nothing else is tried.`));
      return exitCodes.failed;
    }
    if (title === "the same up again") isStable = written(zitadel) === 0;
  }
  if (!isStable) {
    await terminal.print(
      `${paint("red", "The same up again wrote something: the program declares another thing each time.")}\n`,
    );
    return exitCodes.findings;
  }
  await terminal.print(`${paint("green", "All went well, and nothing is left.")}\n`);
  return exitCodes.fine;
}
