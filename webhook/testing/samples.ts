import type { EventPayload, FunctionPayload, RequestPayload, ResponsePayload } from "../payload.ts";
import type { JsonObject } from "../json.ts";

// The shapes were recorded from a real server. The ids, names and secrets are invented.

const ids = {
  instance: "310000000000000001",
  org: "310000000000000002",
  admin: "310000000000000003",
  human: "310000000000000011",
  machine: "310000000000000012",
  project: "310000000000000013",
  grant: "310000000000000014",
  session: "310000000000000015",
};
const added = "2026-11-25T20:49:52.067531Z";
const changed = "2026-11-25T20:49:53.47165Z";

type Event = Required<Pick<EventPayload, "aggregateID" | "aggregateType" | "version" | "sequence">> &
  Pick<EventPayload, "event_payload">;

const user: Event = { aggregateID: ids.human, aggregateType: "user", version: "v2", sequence: 1 };
const project: Event = { aggregateID: ids.project, aggregateType: "project", version: "v1", sequence: 1 };
const session: Event = { aggregateID: ids.session, aggregateType: "session", version: "v1", sequence: 1 };

/** The recorded events. A function makes each one, so that no caller changes another one's sample. */
const events: Readonly<Record<string, () => Event>> = {
  "user.human.added": () => ({
    ...user,
    event_payload: {
      userName: "ada",
      firstName: "Ada",
      lastName: "Example",
      displayName: "Ada Example",
      preferredLanguage: "und",
      email: "ada@example.com",
      encodedHash: "$2a$14$inventedinventedinventedinventedinventedinventedinven",
    },
  }),
  "user.human.profile.changed": () => ({ ...user, sequence: 6, event_payload: { lastName: "Changed" } }),
  "user.machine.added": () => ({
    ...user,
    aggregateID: ids.machine,
    event_payload: { userName: "robot", name: "a machine", accessTokenType: 1 },
  }),
  "user.metadata.set": () => ({ ...user, sequence: 3, event_payload: { key: "team", value: "Ymx1ZQ==" } }),
  "user.grant.added": () => ({
    aggregateID: ids.grant,
    aggregateType: "usergrant",
    version: "v1",
    sequence: 1,
    event_payload: { userId: ids.human, projectId: ids.project, roleKeys: ["reader"] },
  }),
  "project.added": () => ({ ...project, event_payload: { name: "a project", projectRoleAssertion: true } }),
  "project.removed": () => ({ ...project, sequence: 3 }),
  "session.added": () => ({ ...session, event_payload: {} }),
  "session.password.checked": () => ({
    ...session,
    sequence: 3,
    event_payload: { checkedAt: "2026-11-25T20:49:53.397060941Z" },
  }),
  "session.lifetime.set": () => ({ ...session, sequence: 4, event_payload: { lifetime: 300_000_000_000 } }),
};

/**
 * A sample of an event. Its members are those of a recorded event of this type. For a type that was not recorded, only the members
 * that every event has are there.
 *
 * @param type The type, such as `user.human.added`.
 */
export function sampleEvent(type: string): EventPayload {
  const own = Object.hasOwn(events, type) ? events[type] : undefined;
  const event: Event = own?.() ?? {
    aggregateID: "310000000000000099",
    aggregateType: type.replace(/\..*$/, ""),
    version: "v2",
    sequence: 1,
  };
  return {
    aggregateID: event.aggregateID,
    aggregateType: event.aggregateType,
    // An instance owns sessions, and an organisation everything else here.
    resourceOwner: event.aggregateType === "session" ? ids.instance : ids.org,
    instanceID: ids.instance,
    version: event.version,
    sequence: event.sequence,
    event_type: type,
    created_at: event.sequence === 1 ? added : changed,
    userID: ids.admin,
    ...(event.event_payload !== undefined && { event_payload: event.event_payload }),
  };
}

interface Messages {
  readonly request: JsonObject;
  readonly response?: JsonObject;
}

const details = { sequence: "2", changeDate: added, resourceOwner: ids.org };

/** The recorded calls. */
const calls: Readonly<Record<string, () => Messages>> = {
  "/zitadel.user.v2.UserService/AddHumanUser": () => ({
    request: {
      username: "ada",
      profile: { givenName: "Ada", familyName: "Example" },
      email: { email: "ada@example.com", isVerified: true },
      metadata: [{ key: "team", value: "Ymx1ZQ==" }],
      password: { password: "Invented-Password-1" },
    },
    response: { userId: ids.human, details: { ...details, sequence: "3" } },
  }),
  "/zitadel.user.v2.UserService/GetUserByID": () => ({
    request: { userId: ids.human },
    response: {
      details: { ...details, creationDate: added },
      user: {
        userId: ids.human,
        details: { ...details, creationDate: added },
        state: "USER_STATE_ACTIVE",
        username: "ada",
        loginNames: ["ada"],
        preferredLoginName: "ada",
        human: {
          profile: {
            givenName: "Ada",
            familyName: "Example",
            nickName: "",
            displayName: "Ada Example",
            preferredLanguage: "und",
            gender: "GENDER_UNSPECIFIED",
          },
          email: { email: "ada@example.com", isVerified: true },
          phone: {},
          passwordChanged: added,
        },
      },
    },
  }),
  "/zitadel.session.v2.SessionService/CreateSession": () => ({
    request: {
      checks: { user: { loginName: "ada" }, password: { password: "Invented-Password-1" } },
      lifetime: "300s",
    },
  }),
  "/zitadel.session.v2.SessionService/ListSessions": () => ({ request: { query: { limit: 1 } } }),
};

/**
 * A sample of a call before ZITADEL carries it out. Its message is that of a recorded call, and empty for a method that was not
 * recorded.
 *
 * @param method The method, with a leading slash: `/zitadel.user.v2.UserService/AddHumanUser`.
 */
export function sampleRequest(method: string): RequestPayload {
  return call(method, messagesOf(method).request);
}

/**
 * A sample of a call before the caller gets the answer. Its messages are those of a recorded call, and empty for a method that was
 * not recorded.
 *
 * @param method The method, with a leading slash: `/zitadel.user.v2.UserService/AddHumanUser`.
 */
export function sampleResponse(method: string): ResponsePayload {
  const { request, response = {} } = messagesOf(method);
  const { headers = {}, ...rest } = call(method, request);
  return { ...rest, response, headers };
}

function messagesOf(method: string): Messages {
  const own = Object.hasOwn(calls, method) ? calls[method] : undefined;
  return own?.() ?? { request: {} };
}

function call(fullMethod: string, request: JsonObject): RequestPayload {
  const host = "my-instance.zitadel.cloud";
  return {
    fullMethod,
    instanceID: ids.instance,
    orgID: ids.org,
    userID: ids.admin,
    request,
    headers: {
      "Content-Type": ["application/grpc"],
      Host: [host],
      "X-Forwarded-For": ["127.0.0.1"],
      "X-Forwarded-Host": [host],
    },
  };
}

/** The functions that ZITADEL calls targets for. */
export type SampleFunctionName = "preuserinfo" | "preaccesstoken" | "presamlresponse";

/**
 * A sample of a function: for a machine user with metadata and a role. `presamlresponse` was not recorded; its sample has the
 * members that ZITADEL sends for it.
 *
 * @param name The function.
 */
export function sampleFunction(name: SampleFunctionName): FunctionPayload {
  const [id, org, date] = [ids.machine, ids.org, added];
  const user = {
    id,
    creation_date: date,
    change_date: changed,
    resource_owner: org,
    sequence: 3,
    state: 1,
    username: "robot",
    preferred_login_name: "robot",
    machine: { name: "a machine" },
  };
  const grant = {
    id: ids.grant,
    creation_date: date,
    change_date: date,
    sequence: 1,
    roles: ["reader"],
    state: 1,
    user_id: id,
    user_resource_owner: org,
    resource_owner: org,
    org_name: "Example",
    org_primary_domain: "example.zitadel.cloud",
    project_id: ids.project,
    project_name: "a project",
  };
  if (name === "presamlresponse") return { function: `function/${name}`, user, user_grants: [grant] };
  const metadata = { creation_date: date, change_date: date, resource_owner: org, sequence: 2 };
  return {
    function: `function/${name}`,
    userinfo: {
      sub: id,
      [`urn:zitadel:iam:org:project:${ids.project}:roles`]: { reader: { [org]: "example.zitadel.cloud" } },
      "urn:zitadel:iam:user:metadata": { team: "Ymx1ZQ==" },
    },
    user,
    user_metadata: [{ ...metadata, key: "team", value: "Ymx1ZQ==" }],
    org: { id: org, name: "Example", primary_domain: "example.zitadel.cloud" },
    user_grants: [grant],
    application: { client_id: "robot" },
  };
}
