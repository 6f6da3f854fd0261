import { goJson, objectOf, textOrNothing } from "./go-json";
import { readMessage, type MessageReader } from "./message";

/** What targets are called about. The answer of each `call` target changes it for the next target. */
export interface Subject {
  /** Returns the payload for the next target. */
  payload(): string;
  /** Applies the answer of a `call` target. If the answer cannot be read, throws as the server does. */
  take(answer: string): void;
}

/** A call of ZITADEL's API, as payloads describe it. */
export interface ApiCall {
  fullMethod: string;
  instanceId: string;
  orgId: string;
  userId: string;
  /** The headers, by name, in the form of gRPC metadata. */
  headers: Record<string, string[]>;
}

/** The JSON texts of a call's messages. */
export interface Messages {
  request: string;
  response: string;
}

/** A request before the method runs, or a response after it. Answers replace this message. */
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
    take: (answer) => read(answer, (text) => (messages[changing] = text), messages[changing]),
  };
}

/** An event, as the event log has it. Strings can be empty. The payload is JSON. */
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

/** An event. Answers to it are ignored. */
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
