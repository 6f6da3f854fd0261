import type { TargetKind } from "../../local/zitadel";
import type { PayloadType } from "../../webhook";
import type { SampleFunctionName } from "../../webhook/testing";
import { perhaps } from "../../provider/api/closest";
import { withArticle } from "../../provider/api/errors";
import { checkFiles, timeOf } from "../arguments";
import { NotUnderstood, type OptionValues } from "../command";
import { type KeyFile, keyFileOf } from "../keys";
import { words } from "../stand-ins";
import { quoted } from "../visible";

/** What to send: a sample, or the payload in a file. */
export type What =
  | { readonly kind: "request" | "response" | "event"; readonly name: string }
  | { readonly kind: "function"; readonly name: SampleFunctionName }
  | { readonly kind: "payload"; readonly name: string };

/** The parsed command line. */
export interface Options {
  readonly url: string;
  readonly what: What;
  readonly keyFiles: readonly string[];
  readonly target: TargetKind;
  readonly payloadType: PayloadType;
  readonly instanceKey: KeyFile | undefined;
  readonly keysPort: number | undefined;
  readonly publicKey: KeyFile | undefined;
  readonly at: Date | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly json: boolean;
}

/** ZITADEL gives up after this time, even if the target's timeout is longer. */
const longestTimeout = 30;

/** @throws {NotUnderstood} for a wrong command line. The message never repeats an argument that may be a key. */
export function optionsIn(values: OptionValues, [url = "", ...rest]: readonly string[]): Options {
  const text = (name: string) => values[name] as string | undefined;
  const ifGiven = <T>(name: string, read: (value: string) => T): T | undefined => {
    const value = text(name);
    return value === undefined ? undefined : read(value);
  };
  if (url === "") throw new NotUnderstood("send needs the receiver's URL.");
  if (rest.length > 0) throw new NotUnderstood("send takes one URL. Give the key with --key-file FILE.");
  if (!/^https?:\/\//i.test(url)) throw new NotUnderstood("The receiver's URL must begin with http:// or https://.");
  if (!URL.canParse(url)) throw new NotUnderstood("The receiver's URL cannot be read: look at its host and its port.");
  const what = whatOf(text);
  const keyFiles = (values["key-file"] ?? []) as readonly string[];
  const payloadType = payloadTypeOf(text("payload-type") ?? "JSON");
  const [instanceKey, publicKey] = ["instance-key", "public-key"].map((name) =>
    ifGiven(name, (value) => keyFileOf(`--${name}`, value)),
  );
  const keysPort = ifGiven("keys-port", portOf);
  checkKeys(payloadType, { instanceKey, publicKey, keysPort });
  checkFiles([what.kind === "payload" ? what.name : undefined, instanceKey?.file, publicKey?.file, ...keyFiles]);
  return {
    url,
    what,
    keyFiles,
    target: targetOf(text("target") ?? "restCall"),
    payloadType,
    instanceKey,
    keysPort,
    publicKey,
    at: ifGiven("at", timeOf),
    timeout: secondsOf(text("timeout") ?? "10") * 1_000,
    json: values["json"] === true,
  };
}

/** What to print with --show-payload, which sends nothing. */
export function shown(values: OptionValues, args: readonly string[]): What {
  if (args.length > 0) throw new NotUnderstood("--show-payload sends nothing: leave the URL out.");
  const what = whatOf((name) => values[name] as string | undefined);
  if (what.kind === "payload") throw new NotUnderstood("--show-payload prints a sample, and a file is none.");
  return what;
}

const kinds = ["request", "response", "event", "function", "payload"] as const;

function whatOf(text: (name: string) => string | undefined): What {
  const [kind, ...others] = kinds.filter((name) => text(name) !== undefined);
  if (kind === undefined || others.length > 0)
    throw new NotUnderstood("send needs exactly one of --request, --response, --event, --function and --payload.");
  const name = text(kind) ?? "";
  if (kind !== "payload") checkName(kind, name);
  return { kind, name } as What;
}

function checkName(kind: Exclude<What["kind"], "payload">, name: string): void {
  const { EVENT_TYPES, FUNCTIONS, METHODS } = words();
  const known = { request: METHODS, response: METHODS, event: EVENT_TYPES, function: FUNCTIONS }[kind];
  if (known.has(name)) return;
  const meant = known.has(`/${name}`)
    ? ` Did you mean /${name}?`
    : perhaps(name.replace(/^function\//, ""), [...known]);
  const word = { request: "method", response: "method", event: "event", function: "function" }[kind];
  throw new NotUnderstood(
    `Unknown ${word} ${quoted(name)}.${meant} For ${withArticle(word)} of a newer server, give the payload: --payload FILE.`,
  );
}

const targets: readonly TargetKind[] = ["restCall", "restWebhook", "restAsync"];

function targetOf(text: string): TargetKind {
  const target = targets.find((one) => one === text);
  if (target === undefined) throw new NotUnderstood("--target takes restCall, restWebhook or restAsync.");
  return target;
}

function payloadTypeOf(text: string): PayloadType {
  if (!/^(?:JSON|JWT|JWE)$/.test(text)) throw new NotUnderstood("--payload-type takes JSON, JWT or JWE.");
  return `PAYLOAD_TYPE_${text}` as PayloadType;
}

function checkKeys(type: PayloadType, keys: Partial<Pick<Options, "instanceKey" | "publicKey" | "keysPort">>): void {
  const isToken = type !== "PAYLOAD_TYPE_JSON";
  const hasKeys = keys.instanceKey !== undefined || keys.keysPort !== undefined;
  if (isToken && !hasKeys)
    throw new NotUnderstood(
      "JWT and JWE need a key that the receiver trusts: give --keys-port N, or --instance-key KID=FILE, or both.",
    );
  if (!isToken && hasKeys) throw new NotUnderstood("--keys-port and --instance-key are only for JWT and JWE.");
  if ((type === "PAYLOAD_TYPE_JWE") !== (keys.publicKey !== undefined))
    throw new NotUnderstood("--public-key KID=FILE is for JWE, and JWE needs it.");
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port >= 1 && port <= 65_535)) throw new NotUnderstood("--keys-port takes a number from 1 to 65535.");
  return port;
}

function secondsOf(text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(seconds > 0 && seconds <= longestTimeout))
    throw new NotUnderstood(
      `--timeout takes seconds, at most ${longestTimeout}: ZITADEL gives up then, even if the target's timeout is longer.`,
    );
  return seconds;
}
