import type { About } from "../../../webhook";
import { ApiError } from "../errors";
import { readJson } from "../json";
import type { TargetKind } from "../targets/events";
import { applyAnswer, isForwarding, isMisread } from "./answer";
import { FunctionSubject, type FunctionEffects, type FunctionName, type Ignored } from "./function";
import type { Reply } from "./go-client";
import { GoError, goText, parseUrl, withoutPassword } from "./go-errors";
import { headersOf, REDIRECTS, type Letter } from "./go-hop";
import { goJson } from "./go-json";
import { request, textOf } from "./go-request";
import { callSubject, type Messages } from "./subject";

// One delivery without a server that triggers it.

export { GoError, withoutPassword };

/** A receiver's answer, and where it redirects to. */
export interface OnceReply extends Reply {
  location: string | undefined;
}

/**
 * Sends a POST with the same headers as ZITADEL, but follows no redirect and looks at no deny list. Throws a {@link GoError} whose
 * code is `timeout`, or that of the error of Node.js.
 */
export async function postOnce(endpoint: string, letter: Letter): Promise<OnceReply> {
  const { url, name } = parseUrl(endpoint);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort("timeout"), letter.timeout);
  try {
    const headers = headersOf({ method: "POST", url, name }, letter);
    const sent = { method: "POST", headers, body: letter.body, agent: false, signal: abort.signal };
    const response = await request(url, sent);
    const { statusCode: status = 0, headers: received } = response;
    const location = REDIRECTS.includes(status) ? received.location : undefined;
    return { status, location, body: await textOf(response, abort.signal) };
  } catch (error) {
    if (error instanceof GoError && error.code !== undefined) throw error;
    const { code, errors: [first] = [] } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
    throw new GoError(goText(error, abort.signal), abort.signal.aborted ? "timeout" : (code ?? first?.code));
  } finally {
    clearTimeout(timer);
  }
}

/** What ZITADEL does with an answer. */
export interface Consequence {
  /** The error that the call ends with if the target interrupts, and the part of the answer that causes it. After a `null`, always. */
  rejection?: { cause: "status" | "forwarding" | "body" | "null"; error: ApiError };
  /** Whether the answer seems meant to reject the call, but ZITADEL does not read it so. */
  isMisread?: boolean;
  /** The JSON of the request or of the response with which the call goes on. */
  message?: string;
  /** What a function adds. */
  effects: FunctionEffects;
  /** What a function's answer requests in vain. */
  ignored: Ignored[];
}

/** Decides what ZITADEL does with a receiver's answer, as the mock server does it. */
export function consequenceOf(target: TargetKind, about: About, reply: Reply): Consequence {
  const { subject, result } = subjectOf(about);
  try {
    applyAnswer(target, reply, subject);
    return { ...result(), isMisread: isMisread(reply.body) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const isSuccess = reply.status >= 200 && reply.status <= 299;
    const cause = !isSuccess ? "status" : isForwarding(reply.body) ? "forwarding" : "body";
    return { rejection: { cause, error }, ...result(), isMisread: isSuccess && isMisread(reply.body) };
  }
}

function subjectOf({ kind, payload }: About) {
  if (kind === "function") {
    const name = payload.function.replace("function/", "") as FunctionName;
    const subject = new FunctionSubject(name, readJson(goJson(payload))?.root);
    return { subject, result: () => resultOf(subject) };
  }
  const nothing = { effects: {}, ignored: [] };
  if (kind === "event") return { subject: { payload: () => "", take: () => undefined }, result: () => nothing };
  const messages: Messages = {
    request: goJson(payload.request ?? {}),
    response: kind === "response" ? goJson(payload.response) : "{}",
  };
  const { fullMethod, instanceID = "", orgID = "", userID = "", headers = {} } = payload;
  const call = { fullMethod, instanceId: instanceID, orgId: orgID, userId: userID, headers };
  const subject = callSubject(call, messages, kind);
  return { subject, result: (): Consequence => ({ ...nothing, message: messages[kind] }) };
}

function resultOf(subject: FunctionSubject): Consequence {
  const ignored = subject.ignored();
  try {
    return { effects: subject.effects(), ignored };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { effects: {}, ignored, rejection: { cause: "null", error } };
  }
}
