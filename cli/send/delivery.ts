import { oneLine, ZitadelError } from "../../provider/api/errors";
import { attempt } from "../../provider/api/json";
import { type About, isWebhookError } from "../../webhook";
import { readPayload } from "../../webhook/payload";
import {
  createSender,
  sampleEvent,
  sampleFunction,
  sampleRequest,
  sampleResponse,
  type Sender,
} from "../../webhook/testing";
import { NotUnderstood } from "../command";
import { readInput, unreadable } from "../files";
import { readSecret, signingKeys } from "../keys";
import type { Terminal } from "../terminal";
import type { Options, What } from "./options";

/** The payload: a sample, or the one in a file. */
export async function payloadOf(what: What, terminal: Terminal): Promise<About> {
  switch (what.kind) {
    case "request":
      return { kind: "request", payload: sampleRequest(what.name) };
    case "response":
      return { kind: "response", payload: sampleResponse(what.name) };
    case "event":
      return { kind: "event", payload: sampleEvent(what.name) };
    case "function":
      return { kind: "function", payload: sampleFunction(what.name) };
    case "payload":
      return payloadIn(what.name, terminal);
  }
}

async function payloadIn(file: string, terminal: Terminal): Promise<About> {
  const { name, bytes } = await readInput(file, terminal);
  try {
    const about = readPayload(bytes.toString().replace(/^\uFEFF/, ""));
    if (attempt(() => JSON.stringify(about)) === undefined) throw unreadable(name, "it is nested too deep");
    return about;
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    const said = error.code === "body_not_json" ? "it is not JSON" : "it is not a payload as ZITADEL sends it";
    throw unreadable(
      name,
      said,
      "Give the whole payload, with its `fullMethod`, `event_type` or `function`: `verify --show-payload` prints that of a recorded delivery.",
    );
  }
}

/** The name of what a payload is about. */
export function nameOf({ kind, payload }: About): string {
  if (kind === "event") return payload.event_type;
  return kind === "function" ? payload.function.replace("function/", "") : payload.fullMethod;
}

/** Signs with the given keys. The signing key is that of one target, so there is exactly one. */
export async function senderOf(
  { keyFiles, payloadType, instanceKey, publicKey }: Options,
  terminal: Terminal,
  notes: string[],
): Promise<Sender> {
  const [key, ...others] = await signingKeys("send", keyFiles, terminal, notes);
  if (key === undefined || others.length > 0)
    throw new NotUnderstood("send signs with one key, as ZITADEL does: give a file with one line.");
  const pem = async ({ file }: { readonly file: string }) => (await readSecret(file, terminal, notes)).bytes.toString();
  try {
    return await createSender({
      payloadType,
      signingKey: key.text,
      ...(instanceKey && { instanceKey: { kid: instanceKey.kid, privateKey: await pem(instanceKey) } }),
      ...(publicKey && {
        encryptionKey: {
          keyId: publicKey.kid,
          publicKey: (await readInput(publicKey.file, terminal)).bytes.toString(),
        },
      }),
    });
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    throw new ZitadelError("settings", oneLine(error.message, Infinity), { operation: "sign delivery" });
  }
}
