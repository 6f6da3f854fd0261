import { WebhookError } from "./errors.ts";

/** What JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };
/** An object that JSON can hold. */
export type JsonObject = Record<string, Json>;

/**
 * A call of ZITADEL's API, before the method sees it. What is empty is left out, also `userID` and `orgID` of calls without a
 * token.
 *
 * Whole numbers of 64 bits are texts in `request`, as in protobuf's JSON mapping.
 */
export interface RequestPayload {
  /** The method, with a leading slash: `/zitadel.session.v2.SessionService/ListSessions`. */
  fullMethod: string;
  /** The id of the instance that is called. */
  instanceID?: string;
  /** The id of the organisation that the caller works in. */
  orgID?: string;
  /** The id of the project that the caller's token is for. */
  projectID?: string;
  /** The id of the user who calls. */
  userID?: string;
  /** The message that is sent to the method. */
  request?: JsonObject;
  /** The headers of the call to ZITADEL, by name. */
  headers?: Record<string, string[]>;
}

/** A call of ZITADEL's API, before whoever called gets the answer. */
export interface ResponsePayload extends RequestPayload {
  /** The message that the method answers. */
  response: JsonObject;
}

/** Something that happened. ZITADEL delivers it once, and does not look at the answer. */
export interface EventPayload {
  /** The id of what it happened to: of a user, for example. */
  aggregateID?: string;
  /** What kind of thing it happened to: `user`, for example. */
  aggregateType?: string;
  /** The id of the organisation, or of the instance, that this thing belongs to. */
  resourceOwner?: string;
  /** The id of the instance that it happened on. */
  instanceID?: string;
  /** The version of the event's form. */
  version?: string;
  /** Counts the events of an aggregate, from 1. */
  sequence?: number;
  /** What happened: `user.human.added`, for example. */
  event_type: string;
  /** When it happened, in RFC 3339. */
  created_at?: string;
  /** The id of the user who caused it. */
  userID?: string;
  /** What changed, by the type of the event. */
  event_payload?: JsonObject;
}

/** A function of ZITADEL that asks what else to put into a token, the user info or a SAML response. */
export interface FunctionPayload {
  /** Which function asks. */
  function: "function/preuserinfo" | "function/preaccesstoken" | "function/presamlresponse";
  /** The claims so far; `sub` is the user's id. */
  userinfo?: JsonObject;
  /** The user whom it is about. */
  user?: JsonObject;
  /** The user's metadata; values are in base64. */
  user_metadata?: JsonObject[];
  /** The user's organisation. */
  org?: JsonObject;
  /** The roles that the user was granted, by project. */
  user_grants?: JsonObject[];
  /** The application that asks for the token. */
  application?: JsonObject;
  /** What the `call` targets before this one asked for. */
  response?: JsonObject;
}

/** A delivery about a call, before ZITADEL does what it is asked. */
export interface RequestDelivery {
  /** Before a call. */
  readonly kind: "request";
  /** The call. */
  readonly payload: RequestPayload;
}

/** A delivery about a call, after ZITADEL did what it was asked. */
export interface ResponseDelivery {
  /** After a call. */
  readonly kind: "response";
  /** The call and its answer. */
  readonly payload: ResponsePayload;
}

/** A delivery about something that happened. */
export interface EventDelivery {
  /** After something happened. */
  readonly kind: "event";
  /** What happened. */
  readonly payload: EventPayload;
}

/** A delivery of a function that asks. */
export interface FunctionDelivery {
  /** While a token, the user info or a SAML response is made. */
  readonly kind: "function";
  /** What it is made of. */
  readonly payload: FunctionPayload;
}

/** What a delivery is about, by its kind. */
export type About = RequestDelivery | ResponseDelivery | EventDelivery | FunctionDelivery;

type Test = (value: unknown) => boolean;
/** What the members of a payload are, if they are there; those that must be are named apart. Others may come, and are kept. */
type Shape = Readonly<Record<string, Test>>;

const text: Test = (value) => typeof value === "string";
const wholeNumber: Test = (value) => Number.isSafeInteger(value);
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
const headers: Test = (value) => isObject(value) && Object.values(value).every(listOf(text));
const functionName: Test = (value) =>
  typeof value === "string" &&
  ["preuserinfo", "preaccesstoken", "presamlresponse"].includes(value.replace("function/", ""));

const call: Shape = {
  fullMethod: text,
  instanceID: text,
  orgID: text,
  projectID: text,
  userID: text,
  request: isObject,
  headers,
};

const shapes: Readonly<Record<About["kind"], Shape>> = {
  request: call,
  response: { ...call, response: isObject },
  event: {
    aggregateID: text,
    aggregateType: text,
    resourceOwner: text,
    instanceID: text,
    version: text,
    sequence: wholeNumber,
    event_type: text,
    created_at: text,
    userID: text,
    event_payload: isObject,
  },
  function: {
    function: functionName,
    userinfo: isObject,
    user: isObject,
    user_metadata: listOf(isObject),
    org: isObject,
    user_grants: listOf(isObject),
    application: isObject,
    response: isObject,
  },
};

/** Takes JSON for one of the four payloads. Throws `body_not_json` or `payload_invalid`. */
export function readPayload(json: string): About {
  let payload: unknown;
  try {
    payload = JSON.parse(json);
  } catch {
    throw new WebhookError("body_not_json", "The payload is no JSON, and the body is no token either.");
  }
  const kind = isObject(payload) ? kindOf(payload) : undefined;
  if (kind === undefined)
    throw invalid(
      "is neither a request or response (`fullMethod`), nor an event (`event_type`), nor a function (`function`)",
    );
  const wrong = Object.entries(shapes[kind]).find(([name, test]) => {
    const value = (payload as Record<string, unknown>)[name];
    return value !== undefined && !test(value);
  });
  if (wrong !== undefined) throw invalid(`is of the kind ${kind}, and its \`${wrong[0]}\` is not what ZITADEL sends`);
  return { kind, payload } as About;
}

/** By the one member that each kind always has. */
function kindOf(payload: Record<string, unknown>): About["kind"] | undefined {
  const has = (name: string) => Object.hasOwn(payload, name);
  if (has("fullMethod")) return has("response") ? "response" : "request";
  if (has("event_type")) return "event";
  return has("function") ? "function" : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(what: string): WebhookError {
  return new WebhookError("payload_invalid", `The payload ${what}.`);
}
