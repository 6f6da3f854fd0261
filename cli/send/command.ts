import { performance } from "node:perf_hooks";
import { oneLine, sentence, ZitadelError } from "../../provider/api/errors";
import { attempt, isRecord } from "../../provider/api/json";
import { withoutSecrets } from "../../provider/api/redact";
import type { SignedDelivery } from "../../webhook/testing";
import { type Command, exitCodes, NotUnderstood, type OptionValues } from "../command";
import { once } from "../stand-ins";
import { fitted, paintFor, remark } from "../output";
import type { Terminal } from "../terminal";
import { nameOf, payloadOf, senderOf } from "./delivery";
import { type Options, optionsIn, shown } from "./options";
import { hintForFailure } from "./hints";
import { withKeysServer } from "./keys-server";
import { outcomeOf, rejectionOf } from "./outcome";
import { asJson, asText, type Report } from "./report";

const help = `Usage: npx pulumi-zitadel-actions send URL
         (--event TYPE | --function NAME | --request METHOD |
         --response METHOD | --payload FILE)
         [--key-file FILE] [--target KIND] [--timeout SECONDS]
         [--payload-type JSON|JWT|JWE] [--keys-port N] [--instance-key KID=FILE]
         [--public-key KID=FILE] [--at TIME] [--json]
         [--show-payload]

Sends one signed delivery to a receiver, as ZITADEL would, and says what ZITADEL
does with the answer. It sends nothing to ZITADEL, and follows no redirect.

  URL           the receiver's address
  --event TYPE  send a sample of an event, such as user.human.added
  --function NAME
                of a function: preuserinfo, preaccesstoken, presamlresponse
  --request METHOD
                of a call before it is carried out:
                /zitadel.user.v2.UserService/AddHumanUser
  --response METHOD
                of a call before its caller gets the answer
  --payload FILE
                send this payload: the whole JSON, as ZITADEL sends it; - is
                standard input
  --key-file FILE
                the signing key that the receiver has; - is standard input.
                Default: the variable ZITADEL_SIGNING_KEY. A key is never an
                argument, because everybody on the machine can see the
                arguments of a process
  --target KIND restCall (default), restWebhook or restAsync: what ZITADEL does
                with an answer depends on it
  --timeout SECONDS
                how long the receiver may take (default: 10, at most 30)
  --payload-type JSON|JWT|JWE
                how the payload is sent (default: JSON)
  --keys-port N for JWT and JWE: serve the instance's public keys on this port
                until the receiver has answered. Give the receiver
                http://127.0.0.1:N as the instance
  --instance-key KID=FILE
                for JWT and JWE: sign with this RSA private key in PEM (default:
                with --keys-port, a new one)
  --public-key KID=FILE
                for JWE: the public key in PEM, and the id under which the
                receiver has its private key
  --at TIME     sign as if it was this time: 2026-11-22T01:00:47Z, or seconds
                since 1970 (default: now)
  --show-payload
                without a URL: print the sample, and send nothing. Save it,
                change it, and send it with --payload
  --json        write the result as JSON
  -h, --help    print this text

It never prints a key.

Exit code: 0 usable answer, 3 not usable, 1 no answer, 2 wrong usage.`;

/** `send`: sends a sample delivery to a receiver, and says what ZITADEL does with the answer. */
export const sendCommand: Command = {
  summary: "sends a sample delivery to a receiver, and explains the answer",
  help,
  options: {
    event: { type: "string" },
    function: { type: "string" },
    request: { type: "string" },
    response: { type: "string" },
    payload: { type: "string" },
    "key-file": { type: "string", multiple: true },
    target: { type: "string" },
    timeout: { type: "string" },
    "payload-type": { type: "string" },
    "keys-port": { type: "string" },
    "instance-key": { type: "string" },
    "public-key": { type: "string" },
    at: { type: "string" },
    "show-payload": { type: "boolean" },
    json: { type: "boolean" },
  },
  takesArguments: true,
  run,
};

async function run(values: OptionValues, terminal: Terminal, args: readonly string[]): Promise<number> {
  if (values["show-payload"] === true) {
    const { payload } = await payloadOf(shown(values, args), terminal);
    await terminal.print(`${JSON.stringify(payload, undefined, 2)}\n`);
    return exitCodes.fine;
  }
  const options = optionsIn(values, args);
  const report = await send(options, terminal);
  if (options.json) {
    await terminal.print(asJson(report));
  } else {
    for (const note of report.notes) remark(terminal, "note", oneLine(note, Infinity));
    await terminal.print(fitted(terminal, "output", asText(report, paintFor(terminal, "output"))));
  }
  return report.outcome.usable ? exitCodes.fine : exitCodes.findings;
}

async function send(options: Options, terminal: Terminal): Promise<Report> {
  const { url, payloadType, target, keysPort } = options;
  const notes: string[] = [];
  const about = await payloadOf(options.what, terminal);
  if (about.kind === "event" && payloadType !== "PAYLOAD_TYPE_JSON")
    throw new NotUnderstood(
      "ZITADEL sends events only as JSON, and none to a target with another payload type: leave --payload-type out.",
    );
  const sender = await senderOf(options, terminal, notes);
  const at = options.at ?? new Date();
  const delivery = await sender.deliver(about.payload, { at });
  const { instanceKeys, signingKey } = sender.keys;
  // A receiver may send back anything, also the key and the password in the URL, which it gets in base64.
  const secrets = [signingKey, ...credentialsIn(url)];
  const hide = (text: string) => withoutSecrets(text, secrets);
  const posted = () => post(options, delivery, hide);
  const { reply, milliseconds } =
    keysPort === undefined || instanceKeys === undefined
      ? await posted()
      : await withKeysServer(keysPort, instanceKeys, posted);
  const answer = { ...reply, location: reply.location && once().withoutPassword(reply.location) };
  const consequence = once().consequenceOf(target, about, answer);
  const report: Report = {
    url: once().withoutPassword(url),
    kind: about.kind,
    name: nameOf(about),
    payloadType,
    bytes: Buffer.byteLength(delivery.body),
    signedAt: at,
    target,
    answer: { ...answer, milliseconds },
    outcome: outcomeOf(about, options, answer, consequence),
    rejection: rejectionOf(target, consequence),
    notes,
  };
  return printable(report, hide);
}

/** A URL's password, and its user name with the password, as they are in the URL and as they are sent. */
function credentialsIn(url: string): string[] {
  const { username, password } = new URL(url);
  if (password === "") return [];
  const decoded = [username, password].map((text) => attempt(() => decodeURIComponent(text)) ?? text);
  return [[username, password], decoded].flatMap(([user, word = ""]) => [`${user}:${word}`, word]);
}

/** The longest line about an answer. */
const longestLine = 1_200;

/** What is printed of a report, or of a part of it: no text with the key, and no list with a long line. */
function printable<T>(value: T, hide: (text: string) => string): T;
function printable(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === "string") return hide(value.toWellFormed());
  if (Array.isArray(value)) {
    const lines = value.length === 0 ? [] : printable(value.join("\n"), hide).split("\n");
    return lines.map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line));
  }
  if (!isRecord(value) || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, printable(one, hide)]));
}

async function post({ url, timeout }: Options, { headers, body }: SignedDelivery, hide: (text: string) => string) {
  const { postOnce, GoError, withoutPassword } = once();
  const began = performance.now();
  try {
    const reply = await postOnce(url, { headers, body, timeout });
    return { reply, milliseconds: Math.round(performance.now() - began) };
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    const { code, message } = error;
    const said = code === "timeout" ? `no answer within ${timeout / 1_000} s` : hide(message);
    const what = `sending the delivery to ${hide(withoutPassword(url))}`;
    throw new ZitadelError("unreachable", sentence(what, said, hintForFailure(code)), { operation: "send delivery" });
  }
}
