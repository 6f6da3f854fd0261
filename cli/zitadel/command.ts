import type { Zitadel, ZitadelOptions } from "../../local/zitadel";
import { sentence, ZitadelError } from "../../provider/api/errors";
import { type Command, exitCodes, NotUnderstood, type OptionValues } from "../command";
import { zitadel as mockServer } from "../stand-ins";
import type { Terminal } from "../terminal";

const help = `Usage: npx pulumi-zitadel-actions zitadel [--port N] [--file PATH]
         [--token TOKEN] [--allow-loopback]

Starts a mock ZITADEL server on this machine, and prints how to reach it from a
stack and with curl. It behaves like a real server for targets, executions,
public keys and logging in, and has no other part of ZITADEL. Ctrl-C stops it.

  --port N          the port to listen on, on loopback (default: 8080)
  --file PATH       store everything in this file, including users and their
                    tokens (default: only in memory)
  --token TOKEN     use this access token, so that it stays the same after a
                    restart (default: a new one, or the one in the file). Not a
                    token of a real server: others on this machine can see it
  --allow-loopback  let targets have endpoints on this machine
  -h, --help        print this text

Exit code: 0 it was stopped, 1 failed, 2 wrong usage.`;

/** `zitadel`: starts a mock server to deploy against. */
export const zitadelCommand: Command = {
  summary: "starts a mock ZITADEL server",
  help,
  options: {
    port: { type: "string" },
    file: { type: "string" },
    token: { type: "string" },
    "allow-loopback": { type: "boolean" },
  },
  run,
};

async function run(values: OptionValues, terminal: Terminal): Promise<number> {
  const port = Number(values["port"] ?? 8080);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new NotUnderstood("--port takes a number from 0 to 65535.");
  const file = values["file"] as string | undefined;
  const token = values["token"] as string | undefined;
  if (token !== undefined && !/^[!-~]{8,}$/.test(token))
    throw new NotUnderstood("--token takes at least 8 characters, without spaces.");
  const allowLoopback = values["allow-loopback"] === true;
  const zitadel = await start({
    port,
    allowLoopback,
    ...(file !== undefined && { file }),
    ...(token !== undefined && { accessToken: token }),
  });
  try {
    await terminal.print(`${howToReach(zitadel, file, allowLoopback)}\n`);
    await terminal.interrupted();
    return exitCodes.fine;
  } finally {
    await zitadel.stop();
  }
}

async function start(options: ZitadelOptions): Promise<Zitadel> {
  try {
    return await mockServer().startZitadel(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = code === "EADDRINUSE" ? "Choose another port with --port." : "";
    throw new ZitadelError("settings", sentence("starting the mock server", message, hint), { operation: "start" });
  }
}

function howToReach(
  { url, domain, port, accessToken }: Zitadel,
  file: string | undefined,
  allowLoopback: boolean,
): string {
  return `A mock ZITADEL server is running at ${url}. It has targets, their
public keys, executions and logging in, and no other part of ZITADEL.
${file === undefined ? "It forgets everything when it stops." : `It stores everything in ${file}, including the token below.`}

In a Pulumi stack:

  pulumi config set zitadel-actions:domain ${domain}
  pulumi config set zitadel-actions:port ${port}
  pulumi config set zitadel-actions:insecure true
  pulumi config set --secret zitadel-actions:accessToken ${accessToken}

Instead of the last line, for one shell:

  export ZITADEL_ACCESS_TOKEN=${accessToken}

To list its targets:

  curl -s -X POST ${url}/v2/actions/targets/search -H 'Authorization: Bearer ${accessToken}' -d '{}'

To make it call the targets of executions, as if a user was added, or as if somebody listed sessions:

  curl -s -X POST ${url}/local/trigger -H 'Authorization: Bearer ${accessToken}' -d '{"event": {"event": "user.human.added"}}'
  curl -s -X POST ${url}/local/trigger -H 'Authorization: Bearer ${accessToken}' -d '{"call": {"method": "/zitadel.session.v2.SessionService/ListSessions"}}'
${
  allowLoopback
    ? ""
    : `
It rejects endpoints on this machine, such as http://localhost:3000, unless you start it with --allow-loopback.
`
}
Ctrl-C stops it.`;
}
