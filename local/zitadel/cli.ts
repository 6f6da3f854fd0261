import { parseArgs } from "node:util";
import type { Zitadel } from "./handle";
import { startZitadel } from "./zitadel";

const USAGE = `Starts a ZITADEL stand-in for trying things by hand.

  --port N           the port to listen on, on loopback (default 8080)
  --file PATH        keep everything, users and their tokens too, in this file (default: in memory only)
  --allow-loopback   let targets have endpoints on this machine
  --help             this text`;

const OPTIONS = {
  port: { type: "string", default: "8080" },
  file: { type: "string" },
  "allow-loopback": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Runs the command; resolves once the stand-in is up, with `undefined` if it was only asked for help. */
export async function run(args: string[], print: (text: string) => void): Promise<Zitadel | undefined> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) {
    print(USAGE);
    return undefined;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is no port`);
  const file = values.file === undefined ? {} : { file: values.file };
  const zitadel = await startZitadel({ port, allowLoopback: values["allow-loopback"], ...file });
  print(howToReach(zitadel, values.file));
  return zitadel;
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

async function main(): Promise<void> {
  const zitadel = await run(process.argv.slice(2), (text) => console.log(text));
  const stop = () => {
    void zitadel?.stop();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    console.error(code === "EADDRINUSE" ? `${message}: choose another port with --port` : message);
    process.exitCode = 1;
  });
}
