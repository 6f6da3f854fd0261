import { WebhookError } from "./errors.ts";

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };
/** A JSON object. */
export type JsonObject = Record<string, Json>;

/**
 * A call of ZITADEL's API, before ZITADEL carries it out. Empty values are left out, for example `userID` and `orgID` of calls
 * without a token.
 *
 * In `request`, 64-bit integers are strings, as in protobuf's JSON mapping.
 */
export interface RequestPayload {
  /** The method, with a leading slash: `/zitadel.session.v2.SessionService/ListSessions`. */
  fullMethod: string;
  /** The id of the called instance. */
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

/** A call of ZITADEL's API, before the caller gets the answer. */
export interface ResponsePayload extends RequestPayload {
  /** The method's answer. */
  response: JsonObject;
}

/** An event. ZITADEL delivers it once, and ignores the answer. */
export interface EventPayload {
  /** The id of the changed object, for example of a user. */
  aggregateID?: string;
  /** The type of the changed object, for example `user`. */
  aggregateType?: string;
  /** The id of the organisation or the instance that the object belongs to. */
  resourceOwner?: string;
  /** The id of the instance. */
  instanceID?: string;
  /** The version of the event's format. */
  version?: string;
  /** The event's number within its aggregate, from 1. */
  sequence?: number;
  /** The type of the event, for example `user.human.added`. */
  event_type: string;
  /** When it happened, in RFC 3339. */
  created_at?: string;
  /** The id of the user who caused it. */
  userID?: string;
  /** What changed; the members depend on the type of the event. */
  event_payload?: JsonObject;
}

/** A call of a ZITADEL function: the answer can add to a token, the user info or a SAML response. */
export interface FunctionPayload {
  /** The function. */
  function: "function/preuserinfo" | "function/preaccesstoken" | "function/presamlresponse";
  /** The claims so far; `sub` is the user's id. */
  userinfo?: JsonObject;
  /** The user. */
  user?: JsonObject;
  /** The user's metadata; values are in base64. */
  user_metadata?: JsonObject[];
  /** The user's organisation. */
  org?: JsonObject;
  /** The roles that the user was granted, by project. */
  user_grants?: JsonObject[];
  /** The application that requests the token. */
  application?: JsonObject;
  /** The request for the token, with the scopes that it asks for. Not all servers send it. */
  request?: {
    /** The scopes. */
    scope?: string[];
  };
  /** The answers of the `call` targets before this one. */
  response?: JsonObject;
}

/** A delivery about a call, before ZITADEL carries it out. */
export interface RequestDelivery {
  /** Before a call. */
  readonly kind: "request";
  /** The call. */
  readonly payload: RequestPayload;
}

/** A delivery about a call, after ZITADEL carried it out. */
export interface ResponseDelivery {
  /** After a call. */
  readonly kind: "response";
  /** The call and its answer. */
  readonly payload: ResponsePayload;
}

/** A delivery about an event. */
export interface EventDelivery {
  /** After an event. */
  readonly kind: "event";
  /** The event. */
  readonly payload: EventPayload;
}

/** A delivery about a function. */
export interface FunctionDelivery {
  /** While ZITADEL creates a token, the user info or a SAML response. */
  readonly kind: "function";
  /** What ZITADEL creates it from. */
  readonly payload: FunctionPayload;
}

/** A delivery's kind and its payload. */
export type About = RequestDelivery | ResponseDelivery | EventDelivery | FunctionDelivery;

type Test = (value: unknown) => boolean;
/** Tests for the members of a payload. Members may be missing, except the one that determines the kind; unknown ones are kept. */
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
    request: (value) => isObject(value) && (value["scope"] === undefined || listOf(text)(value["scope"])),
    response: isObject,
  },
};

/** Parses JSON as one of the four payloads. Throws `body_not_json` or `payload_invalid`. */
export function readPayload(json: string): About {
  let payload: unknown;
  try {
    payload = JSON.parse(json);
  } catch {
    throw new WebhookError("body_not_json", "The payload is not JSON, and the body is not a token either.");
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
  if (wrong !== undefined) throw invalid(`has the kind ${kind}, but its \`${wrong[0]}\` is not as ZITADEL sends it`);
  return { kind, payload } as About;
}

/** Each kind has one member that is always there. */
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
