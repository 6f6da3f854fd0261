import type { TargetKind } from "../../local/zitadel";
import type { Consequence, OnceReply } from "../../local/zitadel/delivery/once";
import { isRecord, parseJson } from "../../provider/api/json";
import type { About } from "../../webhook";
import { fieldName, hasFields, type SentField, sentFields } from "../../webhook/message-fields";
import { quotedWhole, visible } from "../visible";
import type { Options } from "./options";
import { hintFor } from "./hints";

/** What ZITADEL does with an answer, in words. No text is cut: afterwards, a part of a key could not be recognized. */
export interface Outcome {
  /** Whether ZITADEL can use the whole answer. */
  readonly usable: boolean;
  readonly effects: readonly string[];
  /** Parts of the answer that have no effect, and why. */
  readonly ignored: readonly string[];
  /** What to do, if the answer is not usable. */
  readonly todo: string | undefined;
}

/** What would happen to the API's caller if the target interrupts. */
export interface Rejection {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

export function rejectionOf(target: TargetKind, { rejection }: Consequence): Rejection | undefined {
  if (rejection === undefined || target === "restAsync") return undefined;
  const { status, body } = rejection.error;
  return { status, code: body.code, message: body.message };
}

export function outcomeOf(
  about: About,
  { target, payloadType }: Pick<Options, "target" | "payloadType">,
  reply: OnceReply,
  consequence: Consequence,
): Outcome {
  const { status, location, body } = reply;
  if (location !== undefined) return redirected(status, location);
  const { rejection, isMisread } = consequence;
  // ZITADEL does not read the body of a restAsync, but a status that is no success still shows that the receiver failed.
  if (rejection === undefined || (target === "restAsync" && rejection.cause !== "status")) {
    const outcome = accepted(about, target, reply, consequence);
    return isMisread === true && target !== "restAsync" ? { ...outcome, usable: false, todo: misreadHint } : outcome;
  }
  const isForwarded = rejection.error.id === "EXEC-reUaUZCzCp";
  const todo = {
    status: hintFor(status, body, payloadType !== "PAYLOAD_TYPE_JSON"),
    forwarding: "Use one of the statuses that ZITADEL forwards: 400, 401, 403, 404, 409, 429.",
    body: isMisread === true ? misreadHint : bodyHint(about.kind, body, rejection.error.message),
    null: "Remove the `null` from the list.",
  }[rejection.cause];
  return {
    usable: isForwarded,
    effects: rejected(about, target, consequence),
    ignored: [],
    todo: isForwarded ? undefined : todo,
  };
}

function bodyHint(kind: About["kind"], body: string, failure: string): string {
  if (/^[\da-f]+\r\n/i.test(body)) return chunksHint;
  if (failure.includes("invalid UTF-8")) return textHint;
  const isInside = !failure.includes("(line 1:1)") && /^proto: .*(?:invalid value|unexpected token)/.test(failure);
  return isInside ? typeHint : bodyHints[kind];
}

const bodyHints: Readonly<Record<About["kind"], string>> = {
  request: "Answer with the `request` of the payload, changed, and not with the whole payload; or with an empty body.",
  response:
    "Answer with the `response` of the payload, changed, and not with the whole payload; or with an empty body.",
  function: "Answer with JSON such as appendClaims() and setUserMetadata() create, or with an empty body.",
  event: "",
};

const textHint =
  "Write the answer in UTF-8, and whole characters only: half of an emoji, as it is left when text is cut, is none.";

const typeHint = "Give each field the type that it has in the payload, and leave `null` out of lists.";

const misreadHint =
  "The answer does not reject the call: `forwardedStatusCode` must be a whole number, without quotes, fraction or exponent, and `forwardedErrorMessage` a string.";

const chunksHint =
  "The receiver, or a proxy before it, sends chunks over HTTP/1.0, and ZITADEL reads their lengths as a part of the answer. Answer over HTTP/1.1, or with a Content-Length.";

function redirected(status: number, location: string): Outcome {
  const asGet = status < 307 ? " as a GET without a body, so that the delivery is lost" : "";
  return {
    usable: false,
    effects: [`It follows the redirect to ${quotedWhole(location)}${asGet}. send does not.`],
    ignored: [],
    todo: "Use the address that the receiver redirects to as the target's endpoint.",
  };
}

function rejected(about: About, target: TargetKind, { rejection, message, effects }: Consequence): string[] {
  if (target === "restAsync") return [notAwaited];
  const error = `${rejection?.error.status} ${quotedWhole(rejection?.error.body.message ?? "")}`;
  const read = isAsSent(about, message)
    ? " unchanged"
    : `, as far as ZITADEL could read the answer: ${visible(message ?? "")}`;
  switch (about.kind) {
    case "request":
      return [
        `If the target has interruptOnError, ZITADEL rejects the call: its caller gets ${error}.`,
        `Without interruptOnError, the call goes on${read}.`,
      ];
    case "response":
      return [
        `If the target has interruptOnError, the caller gets ${error}, although ZITADEL has carried out the call.`,
        `Without interruptOnError, the caller gets the response${read}.`,
      ];
    case "function": {
      if (rejection?.cause === "null")
        return ["ZITADEL expects no `null` in the list, and fails at it, also without interruptOnError."];
      const added = additions(effects);
      return [
        `If the target has interruptOnError, ZITADEL creates no token, user info or SAML response, but fails with ${error}.`,
        `Without interruptOnError, ${added.length === 0 ? "the answer adds nothing." : "ZITADEL uses what it could read:"}`,
        ...added,
      ];
    }
    case "event":
      return [
        "ZITADEL does not send the event again. If the target has interruptOnError, it does not call the targets after this one.",
      ];
  }
}

const notAwaited = "ZITADEL does not wait for the answer of a restAsync target, and does nothing with it.";

function accepted(about: About, target: TargetKind, { body }: OnceReply, consequence: Consequence): Outcome {
  const usable = (effects: readonly string[], ignored: readonly string[] = []) => ({
    usable: true,
    effects,
    ignored,
    todo: undefined,
  });
  const unread = body === "" ? [] : ["the answer's body"];
  if (about.kind === "event")
    return usable([target === "restAsync" ? notAwaited : "Nothing: an event needs no answer."], unread);
  if (target !== "restCall") {
    const outcome = usable(
      [target === "restAsync" ? notAwaited : "The call goes on unchanged: the receiver accepted the delivery."],
      unread.map((what) => `${what}: only that of a restCall changes anything`),
    );
    return asksForChange(about, body) ? { ...outcome, usable: false, todo: useCall } : outcome;
  }
  if (about.kind === "function") return added(consequence, body);
  if (body === "") return usable([`An empty answer changes nothing: the ${about.kind} stays as it is.`]);
  if (isAsSent(about, consequence.message))
    return usable([`The answer is the ${about.kind} that was sent: nothing changes.`]);
  const strange = unknownMembers(parseJson(consequence.message ?? ""), sentFields(sentMessage(about)));
  const warning =
    strange.length === 0
      ? []
      : [
          `The payload does not have ${strange.map(quotedWhole).join(", ")}. If the method's message has no such field, ZITADEL fails at it: "unknown field".`,
        ];
  return usable([`It replaces the ${about.kind} with ${visible(consequence.message ?? "")}`, ...warning]);
}

const useCall = "Use a restCall target, so that ZITADEL uses the answer; or answer without a body.";

/** The members that ZITADEL reads from an answer, in lower case: it takes any case. */
const ownMembers = [
  "append_claims",
  "append_log_claims",
  "set_user_metadata",
  "append_attribute",
  "forwardedstatuscode",
  "forwardederrormessage",
];

/** Whether the body of an answer is meant to change something: it has members that ZITADEL reads, or some of the message that was sent. */
function asksForChange(about: About, body: string): boolean {
  const [sent, answered] = [sentMessage(about), parseJson(body)];
  if (!isRecord(answered) || isAsSent(about, body)) return false;
  return Object.keys(answered).some(
    (name) => ownMembers.includes(name.toLowerCase()) || (isRecord(sent) && Object.hasOwn(sent, name)),
  );
}

/** The JSON of the message that was sent. */
function sentMessage({ kind, payload }: About): unknown {
  if (kind === "request") return payload.request ?? {};
  return kind === "response" ? payload.response : undefined;
}

function isAsSent(about: About, message = ""): boolean {
  return JSON.stringify(parseJson(message)) === JSON.stringify(sentMessage(about));
}

/** The members of an answer that the payload does not have, at any depth, with the way to them. */
function unknownMembers(answer: unknown, sent: SentField, path = ""): string[] {
  if (Array.isArray(answer)) {
    const { entries } = sent;
    return entries === undefined ? [] : [...new Set(answer.flatMap((one) => unknownMembers(one, entries, path)))];
  }
  if (!isRecord(answer)) return [];
  return Object.entries(answer).flatMap(([name, value]) => {
    const whole = path === "" ? name : `${path}.${name}`;
    const field = sent.fields.get(fieldName(name));
    if (field === undefined) return [whole];
    return hasFields(name) || Array.isArray(value) ? unknownMembers(value, field, whole) : [];
  });
}

const reasons = {
  unknownMember: "ZITADEL knows no such member of an answer to this function",
  reservedClaim: "ZITADEL keeps claims that begin with urn:zitadel:iam for itself",
  existingClaim: "the claim exists already, and ZITADEL keeps it",
  overwrittenClaim: "ZITADEL writes its own value over this claim, and does not log it",
  emptyMetadata: "ZITADEL stores no metadata without a key and a value",
} as const;

function added({ effects, ignored }: Consequence, body: string): Outcome {
  const lines = additions(effects);
  const nothing = body === "" ? "An empty answer adds nothing." : "The answer adds nothing.";
  return {
    usable: ignored.length === 0,
    effects: lines.length === 0 ? [nothing] : lines,
    ignored: ignored.map(({ name, reason }) => `${quotedWhole(name)}: ${reasons[reason]}`),
    todo: ignored.length === 0 ? undefined : "Remove or rename what is ignored.",
  };
}

function additions({ claims = {}, set_user_metadata = [], append_attribute = [] }: Consequence["effects"]): string[] {
  const json = (value: unknown) => visible(JSON.stringify(value));
  const decoded = (base64: string) => quotedWhole(Buffer.from(base64, "base64").toString());
  return [
    ...Object.entries(claims).map(([name, value]) => `It adds the claim ${quotedWhole(name)}: ${json(value)}`),
    ...set_user_metadata.map(
      ({ key, value }) => `It sets the user's metadata ${quotedWhole(key)} to ${decoded(value)}`,
    ),
    ...append_attribute.map(({ name, value }) => `It adds the attribute ${quotedWhole(name)}: ${json(value)}`),
  ];
}
