import { goJson, objectOf, textOrNothing } from "./go-json";
import { readMessage, type MessageReader } from "./message";

/** What targets are called about. It changes from target to target, as each `call` target's answer is taken up. */
export interface Subject {
  /** The payload for the next target. */
  payload(): string;
  /** Takes up the answer of a `call` target, or throws what the server throws at one that it cannot read. */
  take(answer: string): void;
}

/** A call of ZITADEL's API, as payloads tell of it. */
export interface ApiCall {
  fullMethod: string;
  instanceId: string;
  orgId: string;
  userId: string;
  /** By name, as gRPC metadata has them. */
  headers: Record<string, string[]>;
}

/** The JSON texts of a call's messages. */
export interface Messages {
  request: string;
  response: string;
}

/** A request on its way to the method, or a response on its way back; answers replace that message. */
export function callSubject(
  call: ApiCall,
  messages: Messages,
  changing: keyof Messages,
  read: MessageReader = readMessage,
): Subject {
  return {
    payload: () =>
      objectOf({
        fullMethod: textOrNothing(call.fullMethod),
        instanceID: textOrNothing(call.instanceId),
        orgID: textOrNothing(call.orgId),
        userID: textOrNothing(call.userId),
        request: messages.request,
        response: changing === "response" ? messages.response : undefined,
        headers: goJson(call.headers),
      }),
    take: (answer) => read(answer, (text) => (messages[changing] = text)),
  };
}

/** Something that happened, as the event log has it. Texts may be empty; the payload is JSON. */
export interface EventSubject {
  aggregateId: string;
  aggregateType: string;
  resourceOwner: string;
  instanceId: string;
  version: string;
  sequence: number;
  eventType: string;
  /** RFC 3339. */
  createdAt: string;
  userId: string;
  payload: string | undefined;
}

/** Answers to an event are not looked at. */
export function eventSubject(event: EventSubject): Subject {
  const payload = objectOf({
    aggregateID: textOrNothing(event.aggregateId),
    aggregateType: textOrNothing(event.aggregateType),
    resourceOwner: textOrNothing(event.resourceOwner),
    instanceID: textOrNothing(event.instanceId),
    version: textOrNothing(event.version),
    sequence: event.sequence === 0 ? undefined : String(event.sequence),
    event_type: textOrNothing(event.eventType),
    created_at: textOrNothing(event.createdAt),
    userID: textOrNothing(event.userId),
    event_payload: event.payload,
  });
  return { payload: () => payload, take: () => undefined };
}
