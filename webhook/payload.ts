import { WebhookError } from "./errors.ts";
import type { FunctionName } from "../provider/execution/vocabulary.ts";
import type { JsonObject } from "./json.ts";
import type { RequestMessage, ResponseMessage } from "./messages.ts";

/**
 * A call of ZITADEL's API, before ZITADEL carries it out. Empty values are left out, for example `userID` and `orgID` of calls
 * without a token.
 *
 * In `request`, 64-bit integers are strings, as in protobuf's JSON mapping.
 */
export interface RequestPayload<Name extends string = string> {
  /** The method, with a leading slash: `/zitadel.session.v2.SessionService/ListSessions`. */
  fullMethod: Name;
  /** The id of the called instance. */
  instanceID?: string;
  /** The id of the organisation that the caller works in. */
  orgID?: string;
  /** The id of the project that the caller's token is for. */
  projectID?: string;
  /** The id of the user who calls. */
  userID?: string;
  /** The message that is sent to the method. */
  request?: RequestMessage<Name>;
  /** The headers of the call to ZITADEL, by name. */
  headers?: Record<string, string[]>;
}

/** A call of ZITADEL's API, before the caller gets the answer. */
export interface ResponsePayload<Name extends string = string> extends RequestPayload<Name> {
  /** The method's answer. */
  response: ResponseMessage<Name>;
}

/** An event. ZITADEL delivers it once, and ignores the answer. */
export interface EventPayload<Name extends string = string> {
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
  event_type: Name;
  /** When it happened, in RFC 3339. */
  created_at?: string;
  /** The id of the user who caused it. */
  userID?: string;
  /** What changed; the members depend on the type of the event. */
  event_payload?: JsonObject;
}

/** A user, in the payload of a function. ZITADEL leaves out what is empty. Times are in RFC 3339. */
export interface FunctionUser {
  /** The user's id. */
  id?: string;
  /** When the user was created. */
  creation_date?: string;
  /** When the user was changed last. */
  change_date?: string;
  /** The id of the organisation that the user belongs to. */
  resource_owner?: string;
  /** The number of the latest event of the user. */
  sequence?: number;
  /** The state, as a number: 1 is active, 2 inactive, 3 deleted, 4 locked, 5 initial. */
  state?: number;
  /** The type, as a number: 1 is human, 2 machine. Servers often leave it out: check `human` and `machine`. */
  type?: number;
  /** The user name. */
  username?: string;
  /** All names that the user can log in with. */
  login_names?: string[];
  /** The login name that ZITADEL shows. */
  preferred_login_name?: string;
  /** Only for a person. */
  human?: FunctionHuman;
  /** Only for a machine user. */
  machine?: FunctionMachine;
}

/** What only a person has. */
export interface FunctionHuman {
  /** The given name. */
  first_name?: string;
  /** The family name. */
  last_name?: string;
  /** The nickname. */
  nick_name?: string;
  /** The name that is shown. */
  display_name?: string;
  /** The key of the avatar in ZITADEL's storage. */
  avatar_key?: string;
  /** The language, as a BCP 47 tag; `und` if none was chosen. */
  preferred_language?: string;
  /** The gender, as a number: 1 is female, 2 male, 3 diverse. */
  gender?: number;
  /** The e-mail address. */
  email?: string;
  /** Whether the address is verified. */
  is_email_verified?: boolean;
  /** The phone number. */
  phone?: string;
  /** Whether the number is verified. */
  is_phone_verified?: boolean;
  /** Whether the password must be changed at the next log-in. */
  password_change_required?: boolean;
  /** When the password was changed last. */
  password_changed?: string;
  /** When the user skipped the setup of a second factor. */
  mfa_init_skipped?: string;
}

/** What only a machine user has. */
export interface FunctionMachine {
  /** The name. */
  name?: string;
  /** The description. */
  description?: string;
  /** The hash of the client secret. Do not log it. */
  encoded_hash?: string;
  /** The type of its access tokens, as a number: 0 is opaque, 1 JWT. */
  access_token_type?: number;
}

/** An entry of the user's metadata. */
export interface FunctionMetadata {
  /** When it was set first. */
  creation_date?: string;
  /** When it was changed last. */
  change_date?: string;
  /** The id of the organisation that the user belongs to. */
  resource_owner?: string;
  /** The number of its latest event. */
  sequence?: number;
  /** The key. */
  key?: string;
  /** The value in base64. */
  value?: string;
}

/** The user's organisation. */
export interface FunctionOrg {
  /** The organisation's id. */
  id?: string;
  /** Its name. */
  name?: string;
  /** Its primary domain. */
  primary_domain?: string;
}

/** Roles that the user was granted in one project. */
export interface FunctionUserGrant {
  /** The grant's id. */
  id?: string;
  /** When it was created. */
  creation_date?: string;
  /** When it was changed last. */
  change_date?: string;
  /** The number of its latest event. */
  sequence?: number;
  /** The keys of the roles. */
  roles?: string[];
  /** The id of the project grant, if the project belongs to another organisation. */
  grant_id?: string;
  /** The state, as a number: 1 is active, 2 inactive. */
  state?: number;
  /** The user's id. */
  user_id?: string;
  /** The id of the organisation that the user belongs to. */
  user_resource_owner?: string;
  /** The id of the organisation that granted the roles. */
  resource_owner?: string;
  /** The name of that organisation. */
  org_name?: string;
  /** The primary domain of that organisation. */
  org_primary_domain?: string;
  /** The project's id. */
  project_id?: string;
  /** The project's name. */
  project_name?: string;
}

/** The application that requests the token. */
export interface FunctionApplication {
  /** Its client id. */
  client_id?: string;
}

/**
 * A call of a ZITADEL function: the answer can add to a token, the user info or a SAML response. For SAML, ZITADEL sends only
 * `function`, `user`, `user_grants` and `response`.
 */
export interface FunctionPayload<Name extends FunctionName = FunctionName> {
  /** The function. */
  function: `function/${Name}`;
  /** The claims so far; `sub` is the user's id. */
  userinfo?: JsonObject;
  /** The user. */
  user?: FunctionUser;
  /** The user's metadata; values are in base64. */
  user_metadata?: FunctionMetadata[];
  /** The user's organisation. */
  org?: FunctionOrg;
  /** The roles that the user was granted, by project. Only if the token is requested with a scope for roles. */
  user_grants?: FunctionUserGrant[];
  /** The application that requests the token. */
  application?: FunctionApplication;
  /** The request for the token, with the scopes that it asks for. Not all servers send it. */
  request?: {
    /** The scopes. */
    scope?: string[];
  };
  /** The answers of the `call` targets before this one. */
  response?: JsonObject;
}

/** A delivery about a call, before ZITADEL carries it out. */
export interface RequestDelivery<Name extends string = string> {
  /** Before a call. */
  readonly kind: "request";
  /** The call. */
  readonly payload: RequestPayload<Name>;
}

/** A delivery about a call, after ZITADEL carried it out. */
export interface ResponseDelivery<Name extends string = string> {
  /** After a call. */
  readonly kind: "response";
  /** The call and its answer. */
  readonly payload: ResponsePayload<Name>;
}

/** A delivery about an event. */
export interface EventDelivery<Name extends string = string> {
  /** After an event. */
  readonly kind: "event";
  /** The event. */
  readonly payload: EventPayload<Name>;
}

/** A delivery about a function. */
export interface FunctionDelivery<Name extends FunctionName = FunctionName> {
  /** While ZITADEL creates a token, the user info or a SAML response. */
  readonly kind: "function";
  /** What ZITADEL creates it from. */
  readonly payload: FunctionPayload<Name>;
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

/** What tokens for log-ins have, and a delivery never has: the instance signs both with the same keys. */
const claims = ["iss", "sub", "aud", "exp"];

/**
 * Parses JSON as one of the four payloads. Throws `body_not_json` or `payload_invalid`.
 *
 * @param isFromToken Whether it was in a JWT.
 */
export function readPayload(json: string, isFromToken = false): About {
  let payload: unknown;
  try {
    payload = parse(json);
  } catch {
    throw new WebhookError("body_not_json", "The payload is not JSON, and the body is not a token either.");
  }
  const claim = isFromToken && isObject(payload) ? claims.find((name) => Object.hasOwn(payload, name)) : undefined;
  if (claim !== undefined)
    throw invalid(`has the claim \`${claim}\`: it is an ID or access token of the instance, not a delivery`);
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

/**
 * Parses JSON without members of the name `__proto__`: copying such a payload member by member would change an object's prototype.
 * Only a text that may have one pays for looking.
 */
function parse(json: string): unknown {
  const parsed: unknown = JSON.parse(json);
  // Any of its characters can be written as an escape.
  if (!json.includes("__proto__") && !json.includes("\\u00")) return parsed;
  // A list of what is left to look at, not recursion or a reviver: JSON may be nested deeper than the stack is.
  const left: unknown[] = [parsed];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== "object" || value === null) continue;
    Reflect.deleteProperty(value, "__proto__");
    for (const member of Object.values(value)) left.push(member);
  }
  return parsed;
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
