import { isRecord } from "./json";

/**
 * Why something failed. The union is closed: decide by it and by `errorId`, never by a message's text.
 *
 * - `settings`: the stack configuration or the environment is missing something or contradicts itself
 * - `unauthenticated`: the server does not accept the credential, or did not issue a token for it
 * - `no_membership`: the user is no member of the instance (ZITADEL answers 404, which is *not* "gone")
 * - `forbidden`: a member, but without the permission
 * - `unknown_instance`: the server does not know the host it was asked for (404, which is *not* "gone")
 * - `not_found`: ZITADEL itself says that there is no such object
 * - `name_taken`: another target has the name
 * - `condition_invalid`: the server does not know an execution's condition (404, which is *not* "gone")
 * - `condition_taken`: somebody else has set an execution for the condition
 * - `endpoint_denied`: the server refuses to call that endpoint
 * - `interrupted`: an execution on ZITADEL's own API stopped the call, since one of its targets failed
 * - `invalid_request`: the server refuses the request for another reason
 * - `unavailable`: 429, 502, 503, 504 or 500, for longer than we were ready to wait
 * - `unreachable`: no connection: refused, unknown host, certificate not trusted
 * - `unanswered`: the request was sent and no whole answer came; it may or may not have been carried out
 * - `unexpected_answer`: something answered that is not ZITADEL's API: a proxy's page, a redirect, a wrong shape
 * - `not_applied`: the server answered 200, and its state is not what was asked for
 * - `cancelled`: we were told to stop
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

/** What an error carries besides its message. Never a secret: no headers, no bodies, no settings. */
export type ErrorFacts = {
  -readonly [Fact in "status" | "operation" | "errorId" | "doubtful"]?: ZitadelError[Fact] | undefined;
} & {
  /** What was underneath, already stripped to a code and a message. */
  cause?: { code: string; message: string } | undefined;
};

/** Several of our own sentences; what comes from elsewhere is cut far shorter. */
const longestMessage = 4_000;

/** The one kind of error that this package throws. Its message says what we did, on what, what the server said and what to do. */
export class ZitadelError extends Error {
  /** Why it failed. Decide by this: the message may change. */
  readonly code: ErrorCode;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** What we were doing, for example `create target`. */
  readonly operation: string | undefined;
  /** ZITADEL's own id of the error, for example `COMMAND-xj14f2cccn`, where it gave one. */
  readonly errorId: string | undefined;
  /** Whether it may have been carried out all the same. */
  readonly doubtful: boolean;

  /** @internal Only this package makes them. */
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

/** What comes of a question that only helps to explain an answer: `undefined` where it fails, for the answer matters more. */
export async function unlessFailed<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ZitadelError) return undefined;
    throw error;
  }
}

/** The message of one of our errors, to be part of another one's. Anything else is thrown on. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ZitadelError)) throw error;
  return error.message.replace(/\.$/, "");
}

/** Whether the call may have been carried out: nobody said that it was not, or a success came that cannot be read. */
export function mayBeDone(error: unknown): error is ZitadelError {
  if (error instanceof ZitadelError && error.doubtful) return true;
  return hasCode(error, "unexpected_answer") && error.status !== undefined && error.status >= 200 && error.status < 300;
}

/** The error ids by which ZITADEL says something definite, whatever the status and the language of the message. */
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

/** What is wrong where ZITADEL does not accept a credential. */
export const invalidToken =
  "The token is invalid, expired or revoked, or it belongs to another instance than `zitadel:domain`.";

/** What to do now, by code. Shown at the end of a message. */
const advice: Readonly<Partial<Record<ErrorCode, string>>> = {
  unauthenticated: `${invalidToken} Set a new one in the environment: \`export ZITADEL_ACCESS_TOKEN=…\`, or another of the ZITADEL_ variables.`,
  no_membership:
    "The credential is valid, but its user is no member of the instance: give the service user the role IAM_OWNER (Default settings > Managers), or one with action.target.read, .write and .delete and action.execution.read and .write. Nothing was dropped from the state.",
  forbidden:
    "The credential's user lacks the permission: actions belong to the instance, so it needs IAM_OWNER or a role with action.target.read, .write and .delete and action.execution.read and .write; an organisation's role is not enough.",
  unknown_instance:
    "The server has no instance for the host that was asked for: check `zitadel:domain` and `zitadel:port` (ZITADEL_DOMAIN, ZITADEL_PORT), and that a proxy in front keeps the Host header. Nothing was dropped from the state.",
  name_taken:
    "Target names are unique on an instance (case-insensitive): choose another name. If another target of the program is to give up the name, do it in two steps: give this one a third name and run `pulumi up`, then this name.",
  condition_invalid:
    "ZITADEL does not know that condition: look for the word with listExecutionMethods, listExecutionServices or listExecutionFunctions, or in ZITADEL's list of event types.",
  interrupted:
    "An execution on ZITADEL's own API calls a target that failed, and so stops every such call: bring that target's endpoint back, then narrow the execution's condition or switch its interruptOnError off. If the execution is on the response, ZITADEL has carried out the call all the same.",
  endpoint_denied:
    "ZITADEL refuses endpoints whose host does not resolve or lies in its deny list (by default loopback, private and link-local addresses): check the host, deploy its service before the target, or look at the server's HTTPClient.DenyList.",
  unavailable: "Nothing was dropped from the state; run the same command again later.",
  unexpected_answer:
    "That is no answer of ZITADEL's actions API, which is there from ZITADEL 4.0 on: check `zitadel:domain` and `zitadel:port`, what stands in front of the server, and its version. Nothing was dropped from the state.",
};

/** What an answer of ZITADEL says, as far as it can be read. */
export interface Refusal {
  status: number;
  errorId: string | undefined;
  message: string;
  code: ErrorCode;
  /** Whether this or an earlier try of the same request may have been carried out all the same. */
  doubtful?: boolean;
}

/** Reads a refusal. `body` is its JSON, if it has any. `redact` runs before a text is cut, lest a part of a secret be left. */
export function readRefusal(status: number, body: unknown, redact: (text: string) => string): Refusal {
  const { message: text, details } = isRecord(body) ? body : {};
  if (typeof text !== "string") {
    // Without ZITADEL's error shape it is somebody else who answers, and a 404 of theirs means nothing.
    return { status, errorId: undefined, message: "", code: codeOfForeignStatus(status) };
  }
  const detail: unknown = Array.isArray(details) ? details[0] : undefined;
  const id = isRecord(detail) ? detail["id"] : undefined;
  // The lines of Go's HTTP client quote the whole URL of an endpoint, with what secrets are in it.
  const isOfCall = /\b(?:Get|Head|Post|Put|Patch|Delete) "/.test(text);
  const said = redact(isOfCall ? text.replace(/"(?:[^"\\]|\\.)*("|$)/g, '"…"') : text);
  const isId = typeof id === "string" && /^[\w-]{1,40}$/.test(id) && redact(id) === id;
  const errorId = isId ? id : /ID=([A-Z0-9]{1,20}-\w{1,20})/.exec(said)?.[1];
  const stopped = errorId?.startsWith("EXEC-") === true || (isOfCall && status === 500);
  const known = stopped ? "interrupted" : codeOfErrorId.get(errorId ?? "");
  // What is gone is dropped from the state: that takes a status with which ZITADEL says so.
  const believable = known !== "not_found" || status === 404 || status === 400;
  const code = (believable ? known : undefined) ?? codeOfForeignStatus(status);
  return { status, errorId, message: oneLine(said), code };
}

/** `what` is the act in words, for example `creating target "hook" on https://acme.zitadel.cloud`. */
export function refused(what: string, operation: string, refusal: Refusal, extra = ""): ZitadelError {
  const { status, errorId, message, code, doubtful } = refusal;
  const id = errorId === undefined || message.includes(errorId) ? "" : ` (${errorId})`;
  const said =
    message === ""
      ? `answered ${status}, not in ZITADEL's own form (a proxy in between?)`
      : `ZITADEL answered ${status} "${message}"${id}`;
  const hint = extra === "" ? (advice[code] ?? "") : extra;
  return new ZitadelError(code, sentence(what, said, hint), { status, operation, errorId, doubtful });
}

/** Builds a message of the house's grammar: what we did, what came of it, what to do now. */
export function sentence(what: string, said: string, hint = ""): string {
  const rest = hint === "" ? "" : ` ${oneLine(hint, 1_500)}`;
  const act = oneLine(what, 400);
  return `${act.charAt(0).toUpperCase()}${act.slice(1)} failed: ${oneLine(said, 1_500)}.${rest}`;
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
