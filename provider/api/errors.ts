import { isRecord } from "./json";

/**
 * Why something failed. The union is closed: decide by it and by `errorId`, never by a message's text.
 *
 * - `settings`: the stack configuration or the environment is missing something or contradicts itself
 * - `unauthenticated`: the server does not accept the credential, or did not issue a token for it
 * - `no_membership`: the user is not a member of the instance (ZITADEL answers 404, which does *not* mean "gone")
 * - `forbidden`: the user is a member, but lacks the permission
 * - `unknown_instance`: the server has no instance for the requested host (404, which does *not* mean "gone")
 * - `not_found`: ZITADEL itself says that the object does not exist
 * - `name_taken`: another target has the name
 * - `condition_invalid`: the server does not know an execution's condition (404, which does *not* mean "gone")
 * - `condition_taken`: somebody else has set an execution for the condition
 * - `endpoint_denied`: the server does not accept that endpoint
 * - `interrupted`: an execution on ZITADEL's own API stopped the call, because one of its targets failed
 * - `invalid_request`: the server rejects the request for another reason
 * - `unavailable`: the server kept answering 429, 500, 502, 503 or 504 until the provider stopped retrying
 * - `unreachable`: no connection: refused, unknown host, certificate not trusted
 * - `unanswered`: the request was sent, but no complete answer arrived; it may or may not have taken effect
 * - `unexpected_answer`: the answer does not come from ZITADEL's API: a proxy's page, a redirect, a wrong format
 * - `not_applied`: the server answered 200, but its state is not what was requested
 * - `cancelled`: the operation was cancelled
 */
export type ErrorCode =
  | "settings"
  | "unauthenticated"
  | "no_membership"
  | "forbidden"
  | "unknown_instance"
  | "not_found"
  | "name_taken"
  | "condition_invalid"
  | "condition_taken"
  | "endpoint_denied"
  | "interrupted"
  | "invalid_request"
  | "unavailable"
  | "unreachable"
  | "unanswered"
  | "unexpected_answer"
  | "not_applied"
  | "cancelled";

/** An error's details besides its message. Never a secret: no headers, no bodies, no settings. */
export type ErrorFacts = {
  -readonly [Fact in "status" | "operation" | "errorId" | "doubtful"]?: ZitadelError[Fact] | undefined;
} & {
  /** The underlying error, already reduced to a code and a message. */
  cause?: { code: string; message: string } | undefined;
};

/** Enough for several sentences of our own; text from elsewhere is cut much shorter. */
const longestMessage = 4_000;

/** The only error class of this package. Its message says what failed, on what, what the server answered, and what to do. */
export class ZitadelError extends Error {
  /** Why it failed. Check this, not the message, which may change. */
  readonly code: ErrorCode;
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** What failed, for example `create target`. */
  readonly operation: string | undefined;
  /** ZITADEL's own error id, for example `COMMAND-xj14f2cccn`, if it sent one. */
  readonly errorId: string | undefined;
  /** Whether the operation may have taken effect anyway. */
  readonly doubtful: boolean;

  /** @internal Only this package creates these errors. */
  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(oneLine(message, longestMessage), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "ZitadelError";
    this.code = code;
    this.status = facts.status;
    this.operation = facts.operation;
    this.errorId = facts.errorId;
    this.doubtful = facts.doubtful ?? code === "unanswered";
  }
}

/** Whether `error` is one of ours with that code. Works across copies of the package, unlike `instanceof`. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is ZitadelError {
  return error instanceof Error && "code" in error && (codes as unknown[]).includes(error.code);
}

/** The result of a request that only helps to explain an error: `undefined` if it fails, because the error matters more. */
export async function unlessFailed<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ZitadelError) return undefined;
    throw error;
  }
}

/** The message of one of our errors, for use in another message. Anything else is rethrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ZitadelError)) throw error;
  return error.message.replace(/\.$/, "");
}

/** Whether the call may have taken effect: the outcome is unknown, or an unreadable success arrived. */
export function mayBeDone(error: unknown): error is ZitadelError {
  if (error instanceof ZitadelError && error.doubtful) return true;
  return hasCode(error, "unexpected_answer") && error.status !== undefined && error.status >= 200 && error.status < 300;
}

/** ZITADEL's error ids with a definite meaning, independent of the status and of the message's language. */
const codeOfErrorId = byMember({
  not_found: ["QUERY-hj5oaniyrz", "COMMAND-xj14f2cccn", "COMMAND-17e8fq1ggk", "ErrTargetNotFound", "ErrKeyNotFound"],
  condition_invalid: [
    "COMMAND-vysplsevt8",
    "COMMAND-qu6dfhiioq",
    "COMMAND-cdy39t0ksr",
    "COMMAND-74aaqj8fv9",
    "COMMAND-er5oneb5lz",
  ],
  no_membership: ["AUTHZ-cdgFk"],
  forbidden: ["AUTH-5mWD2"],
  unknown_instance: ["QUERY-1kIjX"],
  name_taken: ["V3-DKcYh"],
  endpoint_denied: ["COMMAND-NcJUKo", "COMMAND-jKbbu2"],
});

const codeOfStatus = byMember({
  invalid_request: [400, 409],
  unauthenticated: [401],
  forbidden: [403],
  unavailable: [429, 500, 502, 503, 504],
});

/** Why ZITADEL may not accept a credential. */
export const invalidToken =
  "The token is invalid, expired or revoked, or belongs to an instance other than `zitadel-actions:domain`.";

/** What to do now, by code. Shown at the end of a message. */
const advice: Readonly<Partial<Record<ErrorCode, string>>> = {
  unauthenticated: `${invalidToken} Set a new one in the environment: \`export ZITADEL_ACCESS_TOKEN=…\`, or another of the ZITADEL_ variables.`,
  no_membership:
    "Give the service user the role IAM_OWNER (Default settings > Managers), or a role with action.target.read, .write and .delete and action.execution.read and .write: the credential is valid, but its user is not a member of the instance. Nothing was removed from the state.",
  forbidden:
    "The credential's user lacks the permission: give it IAM_OWNER, or a role with action.target.read, .write and .delete and action.execution.read and .write. Actions belong to the instance, so an organisation's role is not enough.",
  unknown_instance:
    "No instance has this host: check `zitadel-actions:domain` and `zitadel-actions:port`, and set or correct `zitadel-actions:externalDomain`, with scheme and port (ZITADEL_DOMAIN, ZITADEL_PORT, ZITADEL_EXTERNAL_DOMAIN). Nothing was removed from the state.",
  name_taken:
    "Choose another name: target names are unique on an instance (case-insensitive). To take over the name of another target of the stack, take two steps: give this target a third name and run `pulumi up`, then give it this name.",
  condition_invalid:
    "ZITADEL does not know that condition: look it up with listExecutionMethods, listExecutionServices or listExecutionFunctions, or in ZITADEL's list of event types.",
  interrupted:
    "Bring back the endpoint of the target that failed: an execution on ZITADEL's own API calls it, so every such call fails. Then narrow the execution's condition, or switch the target's interruptOnError off. If the execution is on the response, ZITADEL has carried out the call anyway.",
  endpoint_denied:
    "Check the host, deploy its service before the target, or check the server's HTTPClient.DenyList: ZITADEL rejects endpoints whose host does not resolve or is on its deny list (by default loopback, private and link-local addresses).",
  unavailable: "Run the same command again later. Nothing was removed from the state.",
  unexpected_answer:
    "Check `zitadel-actions:domain` and `zitadel-actions:port`, any proxy or gateway in front of the server, and the server's version: ZITADEL's actions API, which ZITADEL has since version 4.0, does not answer like this. Nothing was removed from the state.",
};

/** The readable parts of an error answer from ZITADEL. */
export interface Refusal {
  status: number;
  errorId: string | undefined;
  message: string;
  code: ErrorCode;
  /** Whether this or an earlier try of the same request may have taken effect anyway. */
  doubtful?: boolean;
}

/** Reads a refusal. `body` is its JSON, if any. `redact` runs before a text is cut, so that no part of a secret is left. */
export function readRefusal(status: number, body: unknown, redact: (text: string) => string): Refusal {
  const { message: text, details } = isRecord(body) ? body : {};
  if (typeof text !== "string") {
    // Without ZITADEL's error format, the answer comes from something else, and its 404 means nothing.
    return { status, errorId: undefined, message: "", code: codeOfForeignStatus(status) };
  }
  const detail: unknown = Array.isArray(details) ? details[0] : undefined;
  const id = isRecord(detail) ? detail["id"] : undefined;
  // The errors of Go's HTTP client quote the whole URL of an endpoint, with any secrets in it.
  const isOfCall = /\b(?:Get|Head|Post|Put|Patch|Delete) "/.test(text);
  const said = redact(isOfCall ? text.replace(/"(?:[^"\\]|\\.)*("|$)/g, '"…"') : text);
  const isId = typeof id === "string" && /^[\w-]{1,40}$/.test(id) && redact(id) === id;
  const errorId = isId ? id : /ID=([A-Z0-9]{1,20}-\w{1,20})/.exec(said)?.[1];
  const stopped = errorId?.startsWith("EXEC-") === true || (isOfCall && status === 500);
  const known = stopped ? "interrupted" : codeOfErrorId.get(errorId ?? "");
  // A missing object is removed from the state, so believe it only with a status that ZITADEL uses for it.
  const believable = known !== "not_found" || status === 404 || status === 400;
  const code = (believable ? known : undefined) ?? codeOfForeignStatus(status);
  return { status, errorId, message: oneLine(said), code };
}

/** `what` is the act in words, for example `creating target "hook" on https://acme.zitadel.cloud`. */
export function refused(what: string, operation: string, refusal: Refusal, extra = ""): ZitadelError {
  const { status, errorId, code, doubtful } = refusal;
  // The rest repeats the error id's meaning.
  const message = code === "unknown_instance" ? refusal.message.replace(/ Message=.*$/, "") : refusal.message;
  const id = errorId === undefined || message.includes(errorId) ? "" : ` (${errorId})`;
  const said =
    message === ""
      ? `something answered ${status}, but not in ZITADEL's format (a proxy or gateway?)`
      : `ZITADEL answered ${status} "${message}"${id}`;
  const hint = extra === "" ? (advice[code] ?? "") : extra;
  return new ZitadelError(code, sentence(what, said, hint), { status, operation, errorId, doubtful });
}

/** Builds an error message in our standard form: what failed, why, what to do now. */
export function sentence(what: string, said: string, hint = ""): string {
  const rest = hint === "" ? "" : ` ${oneLine(hint, 1_500)}`;
  const act = oneLine(what, 400);
  return `${act.charAt(0).toUpperCase()}${act.slice(1)} failed: ${oneLine(said, 1_500)}.${rest}`;
}

/** An English word with its article: an event, a function. */
export function withArticle(word: string): string {
  return `${/^[aeiou]/.test(word) ? "an" : "a"} ${word}`;
}

/** A text from elsewhere, made fit for one line of a log. */
export function oneLine(text: string, most = 300): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > most ? `${line.slice(0, most)}…` : line;
}

function codeOfForeignStatus(status: number): ErrorCode {
  return codeOfStatus.get(status) ?? "unexpected_answer";
}

/** The code of each member of these lists. */
function byMember<Member>(lists: Partial<Record<ErrorCode, Member[]>>): ReadonlyMap<Member, ErrorCode> {
  const codes = Object.entries(lists) as [ErrorCode, Member[]][];
  return new Map(codes.flatMap(([code, members]) => members.map((member) => [member, code] as const)));
}
