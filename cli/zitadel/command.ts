import type { Zitadel } from "../../local/zitadel";
import { sentence, ZitadelError } from "../../provider/errors";
import { type Command, exitCodes, NotUnderstood, type OptionValues } from "../command";
import { zitadel as standIn } from "../stand-ins";
import type { Terminal } from "../terminal";

const help = `Usage: npx pulumi-zitadel-actions zitadel [--port N] [--file PATH]
         [--allow-loopback]

Starts a stand-in of ZITADEL on this machine, and prints how to reach it from a
stack and with curl. It behaves as a server does for targets, executions, public
keys and logging in, and is no ZITADEL. Ctrl-C stops it.

  --port N          the port to listen on, on loopback (default: 8080)
  --file PATH       keep everything in this file, users and their tokens too
                    (default: in memory only)
  --allow-loopback  let targets have endpoints on this machine
  -h, --help        print this text

Exit code: 0 it was stopped, 1 it failed, 2 wrong usage.`;

/** `zitadel`: something to deploy against. */
export const zitadelCommand: Command = {
  summary: "starts a stand-in of ZITADEL, to try things out",
  help,
  options: { port: { type: "string" }, file: { type: "string" }, "allow-loopback": { type: "boolean" } },
  run,
};

async function run(values: OptionValues, terminal: Terminal): Promise<number> {
  const port = Number(values["port"] ?? 8080);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new NotUnderstood("What is given for --port is no port.");
  const file = values["file"] as string | undefined;
  const allowLoopback = values["allow-loopback"] === true;
  const zitadel = await start({ port, allowLoopback, ...(file !== undefined && { file }) });
  try {
    await terminal.print(`${howToReach(zitadel, file)}\n`);
    await terminal.interrupted();
    return exitCodes.fine;
  } finally {
    await zitadel.stop();
  }
}

async function start(options: { port: number; allowLoopback: boolean; file?: string }): Promise<Zitadel> {
  try {
    return await standIn().startZitadel(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = code === "EADDRINUSE" ? "Choose another one with --port." : "";
    throw new ZitadelError("settings", sentence("starting the stand-in", message, hint), { operation: "start" });
  }
}

function howToReach({ url, domain, port, accessToken }: Zitadel, file: string | undefined): string {
  return `A ZITADEL stand-in is up at ${url}. It knows targets of actions with
their keys, executions and how to log in, and is no ZITADEL.
${file === undefined ? "It keeps nothing: all is gone when it stops, tokens too." : `It keeps everything in ${file}, the token below included.`}

In a Pulumi stack:

  pulumi config set zitadel:domain ${domain}
  pulumi config set zitadel:port ${port}
  pulumi config set zitadel:insecure true
  pulumi config set --secret zitadel:accessToken ${accessToken}

Instead of the last line, for one shell:

  export ZITADEL_ACCESS_TOKEN=${accessToken}

What it holds:

  curl -s -X POST ${url}/v2/actions/targets/search -H 'Authorization: Bearer ${accessToken}' -d '{}'

To have it call the targets of executions, as if somebody listed sessions:

  curl -s -X POST ${url}/local/trigger -H 'Authorization: Bearer ${accessToken}' -d '{"call": {"method": "/zitadel.session.v2.SessionService/ListSessions"}}'

Ctrl-C stops it.`;
}
