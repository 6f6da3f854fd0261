import { oneLine } from "../../provider/api/errors";
import { attempt } from "../../provider/api/json";
import { isWebhookError } from "../../webhook";
import { asBytes } from "../../webhook/body";
import { checkFiles, timeOf } from "../arguments";
import { type Command, exitCodes, NotUnderstood, type OptionValues } from "../command";
import { readInput } from "../files";
import { decryptionKeys, keyFileOf, publicKeys, signingKeys } from "../keys";
import { fail, fitted, paintFor, remark } from "../output";
import type { Terminal } from "../terminal";
import { runChecks } from "./checks";
import { explain } from "./explain";
import { readDelivery, readHeader, type Recorded } from "./recording";
import { asJson, asText, type Report } from "./report";

const help = `Usage: npx pulumi-zitadel-actions verify DELIVERY [--header 'NAME: VALUE']…
         [--entry N] [--key-file FILE]… [--at TIME | --ignore-age]
         [--jwks FILE|URL] [--decryption-key KID=FILE]… [--show-payload]
         [--json]

Checks a recorded delivery as a receiver does, with the same code, and says
which check fails, what most probably happened and what to do. It sends no
request to ZITADEL, unless --jwks is a URL.

  DELIVERY      a file; - is standard input. It holds one of these:
                - JSON with "headers" or "multiValueHeaders", and "body": the
                  body as a string, or in base64 with "isBase64Encoded": true.
                  "receivedAtUnix" says when it arrived
                - a HAR file, or requests from webhook.site's API as JSON
                - an HTTP request: the head with or without its first line, a
                  blank line, and the body byte for byte
                - with --header: the body alone, byte for byte
  --header 'NAME: VALUE'
                a header of the request, ZITADEL-Signature above all
  --entry N     for a HAR file or an export with more than one delivery: which
                one, from 1. Requests without the signature header do not count
  --key-file FILE
                signing keys, one per line; - is standard input. May be given
                more than once. Default: the variable ZITADEL_SIGNING_KEY.
                A key is never an argument, because everybody on the machine can
                see the arguments of a process
  --at TIME     check the age at this time: 2026-11-22T01:00:47Z, or seconds
                since 1970 (default: when it arrived, if the recording says so,
                or now)
  --ignore-age  do not check the age
  --jwks FILE|URL
                for JWT and JWE: the instance's public keys, as the answer of
                /oauth/v2/keys, or the URL of the instance. If the URL does not
                have its external domain, set ZITADEL_EXTERNAL_DOMAIN to that
  --decryption-key KID=FILE
                for JWE: the private key in PEM, and the keyId of its
                ZitadelTargetPublicKey. May be given more than once
  --show-payload
                print the payload too, once it is verified
  --json        write the result as JSON
  -h, --help    print this text

It never prints a key, and prints the payload only with --show-payload.

Exit code: 0 verified, 3 not verified, 1 could not be checked, 2 wrong usage.`;

/** `verify`: says what a receiver would do with a delivery, and why. */
export const verifyCommand: Command = {
  summary: "checks a recorded delivery, and says which check fails",
  help,
  options: {
    header: { type: "string", multiple: true },
    entry: { type: "string" },
    "key-file": { type: "string", multiple: true },
    at: { type: "string" },
    "ignore-age": { type: "boolean" },
    jwks: { type: "string" },
    "decryption-key": { type: "string", multiple: true },
    "show-payload": { type: "boolean" },
    json: { type: "boolean" },
  },
  takesArguments: true,
  run,
};

async function run(values: OptionValues, terminal: Terminal, args: readonly string[]): Promise<number> {
  const options = optionsIn(values, args);
  try {
    const report = await examine(options, terminal);
    const json = values["json"] === true;
    if (!json) for (const note of report.notes) remark(terminal, "note", oneLine(note, Infinity));
    const fit = (text: string) => fitted(terminal, "output", text);
    await terminal.print(json ? asJson(report) : asText(report, paintFor(terminal, "output"), fit));
    return report.result.delivery === undefined ? exitCodes.findings : exitCodes.fine;
  } catch (error) {
    // The instance's keys are not available, so the delivery cannot be checked.
    if (!isWebhookError(error)) throw error;
    const saved = "Save the answer of /oauth/v2/keys to a file, and use --jwks FILE.";
    const elsewhere = "If that URL does not have the instance's external domain, set ZITADEL_EXTERNAL_DOMAIN to it.";
    const message = `${error.message} ${saved} ${elsewhere}`;
    fail(terminal, oneLine(message, Infinity));
    return exitCodes.failed;
  }
}

/** The parsed command line. */
type Options = ReturnType<typeof optionsIn>;

/** @throws {NotUnderstood} for a wrong command line. The message never repeats an argument that may be a key. */
function optionsIn(values: OptionValues, [delivery = "", ...rest]: readonly string[]) {
  const list = (name: string) => (values[name] ?? []) as readonly string[];
  const text = (name: string) => values[name] as string | undefined;
  if (delivery === "") throw new NotUnderstood("verify needs a delivery: a file, or - for standard input.");
  // An extra argument may be a key: do not repeat it.
  if (rest.length > 0)
    throw new NotUnderstood("verify takes one delivery. Give keys with --key-file FILE, not as arguments.");
  const headers = list("header").map(readHeader);
  if (!headers.every((header) => header !== undefined)) throw new NotUnderstood("--header needs 'NAME: VALUE'.");
  const [at, jwks, entry, keyFiles] = [text("at"), text("jwks"), text("entry"), list("key-file")];
  const decryptionKeyFiles = list("decryption-key").map((one) => keyFileOf("--decryption-key", one));
  const ignoreAge = values["ignore-age"] === true;
  if (ignoreAge && at !== undefined) throw new NotUnderstood("Use either --at or --ignore-age, not both.");
  if (decryptionKeyFiles.length > 0 && jwks === undefined)
    throw new NotUnderstood("--decryption-key needs --jwks: a JWE contains a JWT that the instance has signed.");
  checkFiles([delivery, jwks, ...keyFiles, ...decryptionKeyFiles.map(({ file }) => file)]);
  if (entry !== undefined && !/^[1-9]\d{0,5}$/.test(entry)) throw new NotUnderstood("--entry takes a number, from 1.");
  return {
    delivery,
    headers,
    /** Which delivery of an export, from 1. */
    entry: entry === undefined ? undefined : Number(entry),
    keyFiles,
    at: at === undefined ? undefined : timeOf(at),
    ignoreAge,
    jwks,
    decryptionKeyFiles,
    showPayload: values["show-payload"] === true,
  };
}

async function examine(options: Options, terminal: Terminal): Promise<Report> {
  const notes: string[] = [];
  const keys = await signingKeys("verify", options.keyFiles, terminal, notes);
  const input = await readInput(options.delivery, terminal);
  const recorded = readDelivery(input, options.headers, options.entry);
  const { at, asOf } = timeFor(options, recorded);
  const one = {
    headers: recorded.headers,
    body: recorded.body,
    keys,
    at,
    instanceKeys: await publicKeys(options.jwks, terminal),
    decryptionKeys: await decryptionKeys(options.decryptionKeyFiles, terminal, notes),
  };
  const result = await runChecks(one, asOf);
  if (result.delivery !== undefined) notes.push(...framingNotes(recorded));
  const isPrintable = attempt(() => JSON.stringify(result.delivery?.payload ?? {}, undefined, 2)) !== undefined;
  if (options.showPayload && !isPrintable) notes.push("The payload is nested too deep to be printed.");
  const explanation = await explain(one, result);
  return { name: input.name, recorded, result, explanation, showPayload: options.showPayload && isPrintable, notes };
}

/** What a server rejects in a request before a receiver gets it: headers that contradict its body. */
function framingNotes({ headers, body }: Recorded): string[] {
  const valuesOf = (name: string) => headers.flatMap(([one, value]) => (one.toLowerCase() === name ? [value] : []));
  const lengths = valuesOf("content-length");
  const isChunked = valuesOf("transfer-encoding").some((value) => /chunked/i.test(value));
  if (lengths.length > 0 && isChunked)
    return ["It has both Content-Length and Transfer-Encoding: chunked. A receiver's server rejects such a request."];
  const { length } = asBytes(body);
  if (lengths.every((value) => Number(value) === length)) return [];
  return [
    `Its Content-Length is not that of its body, which has ${length} bytes. A receiver's server rejects such a request, or waits for the rest.`,
  ];
}

/** The time at which to check a delivery, and its source; `undefined` if the age does not matter. */
function timeFor({ at, ignoreAge }: Options, { receivedAt }: Recorded): { at: Date | undefined; asOf: string } {
  if (ignoreAge) return { at: undefined, asOf: "" };
  if (at !== undefined) return { at, asOf: "--at" };
  return receivedAt === undefined ? { at: new Date(), asOf: "now" } : { at: receivedAt.date, asOf: receivedAt.from };
}
