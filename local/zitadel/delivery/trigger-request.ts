import { invalid } from "../errors";
import { EVENT_TYPES, FUNCTIONS, METHODS } from "../executions/words";
import { readJson, type JsonNode } from "../json";
import { compact } from "./go-json";
import type { FunctionName } from "./function";

/** What to simulate. Messages and payloads are JSON texts. */
export type Trigger =
  | { kind: "call"; method: string; request: string; response: string; userId?: string; orgId?: string }
  | { kind: "function"; name: FunctionName; payload: JsonNode | undefined }
  | { kind: "event"; type: string; payload: string | undefined; sequence?: number; fields: EventTexts };

/** The fields of an event that can be set, by their names in the payload. */
export type EventTexts = Partial<Record<(typeof EVENT_TEXTS)[number], string>>;

const EVENT_TEXTS = [
  "aggregateID",
  "aggregateType",
  "resourceOwner",
  "instanceID",
  "version",
  "created_at",
  "userID",
] as const;

/** Reads the body of `POST /local/trigger`. Only the mock server has this call, so its errors are in plain words. */
export function readTrigger(body: string): Trigger {
  const root = readJson(body)?.root;
  const given = members(root, "the body", ["call", "function", "event"]);
  const [[kind, node] = [], ...others] = given.nodes;
  if (node === undefined || others.length > 0)
    throw wrong("the body is an object with exactly one of call, function and event");
  switch (kind) {
    case "call":
      return readCall(node);
    case "function":
      return readFunction(node);
    default:
      return readEvent(node);
  }
}

function readCall(node: JsonNode): Trigger {
  const call = members(node, "call", ["method", "request", "response", "userID", "orgID"]);
  const method = call.text("method") ?? "";
  if (!METHODS.has(method)) throw wrong(`call.method: ZITADEL has no method "${method}"`);
  const userId = call.text("userID");
  const orgId = call.text("orgID");
  return {
    kind: "call",
    method,
    request: compactOr("{}", call.object("request")),
    response: compactOr("{}", call.object("response")),
    ...(userId !== undefined && { userId }),
    ...(orgId !== undefined && { orgId }),
  };
}

function readFunction(node: JsonNode): Trigger {
  const fn = members(node, "function", ["name", "payload"]);
  const name = fn.text("name") ?? "";
  if (!isFunction(name)) throw wrong(`function.name: ZITADEL has no function "${name}"`);
  return { kind: "function", name, payload: fn.object("payload") };
}

function readEvent(node: JsonNode): Trigger {
  const event = members(node, "event", ["event", "payload", "sequence", ...EVENT_TEXTS]);
  const type = event.text("event") ?? "";
  if (!EVENT_TYPES.has(type)) throw wrong(`event.event: ZITADEL has no event "${type}"`);
  const payload = event.object("payload");
  const sequence = event.integer("sequence");
  const texts = EVENT_TEXTS.map((name) => [name, event.text(name)] as const).filter(([, value]) => value !== undefined);
  return {
    kind: "event",
    type,
    payload: payload && compact(payload),
    ...(sequence !== undefined && { sequence }),
    fields: Object.fromEntries(texts),
  };
}

/** Reads the members of an object by type. Rejects unknown members and duplicates. */
function members(node: JsonNode | undefined, what: string, known: readonly string[]) {
  if (node?.kind !== "object") throw wrong(`${what} must be an object`);
  const nodes = new Map<string, JsonNode>();
  for (const { name, value } of node.members) {
    if (!known.includes(name)) throw wrong(`${what} has no member "${name}", only ${known.join(", ")}`);
    if (nodes.has(name)) throw wrong(`${what} has "${name}" twice`);
    if (value.kind !== "null") nodes.set(name, value);
  }
  const get = (name: string, kind: JsonNode["kind"]) => {
    const value = nodes.get(name);
    if (value !== undefined && value.kind !== kind) throw wrong(`${what}.${name}: must be ${article(kind)}`);
    return value;
  };
  return {
    nodes,
    text: (name: string) => get(name, "string")?.text,
    object: (name: string) => get(name, "object"),
    integer: (name: string) => {
      const text = get(name, "number")?.text;
      if (text !== undefined && !/^[0-9]+$/.test(text)) throw wrong(`${what}.${name}: must be a whole number`);
      return text === undefined ? undefined : Number(text);
    },
  };
}

function article(kind: JsonNode["kind"]): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}

function compactOr(fallback: string, node: JsonNode | undefined): string {
  return node === undefined ? fallback : compact(node);
}

function isFunction(name: string): name is FunctionName {
  return FUNCTIONS.has(name);
}

function wrong(message: string) {
  return invalid(`local/trigger: ${message}`);
}
