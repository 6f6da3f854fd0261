import type { EventGroup, EventType, FunctionName, Method } from "../provider/execution/vocabulary.ts";
import type { Handler, HandlerResult, ReceiverOptions, Receiving } from "./adapters/receive.ts";
import type { ForwardStatus, SamlAnswer, TokenAnswer } from "./answers.ts";
import type { RequestContext } from "./context.ts";
import { WebhookError } from "./errors.ts";
import type { RequestMessage, ResponseMessage } from "./messages.ts";
import { checkName } from "./names.ts";
import type { PayloadType } from "./options.ts";
import type { EventDelivery, FunctionDelivery, RequestDelivery, ResponseDelivery } from "./payload.ts";
import type { Delivery } from "./verify.ts";

/** What every delivery has, whatever its kind. */
interface Signed {
  /** The format in which the payload arrived. */
  readonly payloadType: PayloadType;
  /** When ZITADEL signed it, by ZITADEL's clock, in whole seconds. */
  readonly signedAt: Date;
}

/** Handles the deliveries of one name. */
type NamedHandler<About, Result, Framework> = (
  delivery: About & Signed,
  context: RequestContext<Framework>,
) => HandlerResult<Result>;

/** The types that an event can have: of a group, everything that begins with it. */
type EventsOf<Name extends string> = Name extends EventGroup ? Name | `${Name}.${string}` : Name;
type FunctionAnswerOf<Name extends FunctionName> = Name extends "presamlresponse" ? SamlAnswer : TokenAnswer;

/**
 * Handlers by name, for one endpoint. Editors complete the names, and the types of payloads and answers follow them. Give it to an
 * adapter in place of options and handler.
 *
 * The names are those that this version of the package knows. Deliveries with other names go to {@link Receiver.otherwise}. Each method
 * throws `settings` for a name that no delivery can have, and writes one that this version does not know to the console.
 */
export interface Receiver<Framework = unknown> extends Receiving<Framework> {
  /**
   * Handles a method's requests, before ZITADEL carries them out.
   *
   * @param method The method, such as `/zitadel.user.v2.UserService/AddHumanUser`.
   * @param handler Returns a request that replaces the received one, a {@link forwardStatus}, or nothing.
   * @throws {@link WebhookError} `settings`, if no delivery can have the name, or the method has a handler already
   */
  request<Name extends Method>(
    method: Name,
    handler: NamedHandler<RequestDelivery<Name>, RequestMessage<Name> | ForwardStatus, Framework>,
  ): this;
  /**
   * Handles a method's responses, before its caller gets them.
   *
   * @param method The method, such as `/zitadel.user.v2.UserService/AddHumanUser`.
   * @param handler Returns a response that replaces the received one, a {@link forwardStatus}, or nothing.
   * @throws {@link WebhookError} `settings`, if no delivery can have the name, or the method has a handler already
   */
  response<Name extends Method>(
    method: Name,
    handler: NamedHandler<ResponseDelivery<Name>, ResponseMessage<Name> | ForwardStatus, Framework>,
  ): this;
  /**
   * Handles the calls of a function.
   *
   * @param name The function, such as `preaccesstoken`.
   * @param handler Returns what to add, a {@link forwardStatus}, or nothing. Claims are for `preuserinfo` and `preaccesstoken`,
   *   attributes for `presamlresponse`.
   * @throws {@link WebhookError} `settings`, if no delivery can have the name, or the function has a handler already
   */
  function<Name extends FunctionName>(
    name: Name,
    handler: NamedHandler<FunctionDelivery<Name>, FunctionAnswerOf<Name> | ForwardStatus, Framework>,
  ): this;
  /**
   * Handles the events of a type, or all events of a group: `user.human` stands for every type that begins with `user.human.`. If
   * several match, the longest name is used.
   *
   * @param name The type or the group, such as `user.human.added`.
   * @param handler Returns nothing, because ZITADEL ignores an answer.
   * @throws {@link WebhookError} `settings`, if no delivery can have the name, or the type or group has a handler already
   */
  event<Name extends EventType | EventGroup>(
    name: Name,
    handler: NamedHandler<EventDelivery<EventsOf<Name>>, never, Framework>,
  ): this;
  /**
   * Handles all deliveries that no other handler is for. Without it, they get an empty 200, which changes nothing.
   *
   * @param handler As the handler of an adapter.
   * @throws {@link WebhookError} `settings`, if there is such a handler already
   */
  otherwise(handler: Handler<Framework>): this;
}

/**
 * Starts a receiver with handlers by name: add a handler with each call, and give the result to an adapter.
 *
 * The type argument is the type of `framework` in the request that handlers get: `NodeContext` for Express and `node:http`,
 * `FastifyContext`, `FetchContext`, `LambdaCall`, or the context of Hono or Koa. Without it, `framework` is `unknown`.
 *
 * @param options The keys, and other options. The adapter checks them.
 *
 * @example
 * ```ts
 * import express from "express";
 * import { appendClaims, expressWebhook, receiver } from "pulumi-zitadel-actions/webhook";
 *
 * const zitadel = receiver({ signingKey: process.env.ZITADEL_SIGNING_KEY })
 *   .function("preaccesstoken", ({ payload }) => {
 *     const projects = payload.user_grants?.flatMap((grant) => grant.project_id ?? []) ?? [];
 *     return projects.length > 0 ? appendClaims({ projects }) : undefined;
 *   })
 *   .event("user.human", ({ payload }) => console.log(payload.event_type, payload.aggregateID));
 *
 * export const app = express().post("/zitadel", expressWebhook(zitadel));
 * ```
 */
export function receiver<Framework = unknown>(options: ReceiverOptions<Framework>): Receiver<Framework> {
  const handlers = new Map<string, Handler<Framework>>();
  const add = (kind: Delivery["kind"] | "otherwise", name: string, handler: unknown) => {
    const key = keyOf(kind, name);
    const what = kind === "otherwise" ? "`otherwise`" : `\`${kind}("${name}")\``;
    if (typeof name !== "string" || typeof handler !== "function")
      throw new WebhookError("settings", `${what} needs a ${kind === "otherwise" ? "" : "name and a "}function.`);
    if (handlers.has(key)) throw new WebhookError("settings", `${what} has a handler already.`);
    if (kind !== "otherwise") checkName(kind, name);
    handlers.set(key, handler as Handler<Framework>);
    return made;
  };
  const made: Receiver<Framework> = {
    options,
    handler: (delivery, context) => {
      const key = keysOf(delivery).find((one) => handlers.has(one)) ?? keyOf("otherwise", "");
      return handlers.get(key)?.(delivery, context);
    },
    request: (method, handler) => add("request", method, handler),
    response: (method, handler) => add("response", method, handler),
    function: (name, handler) => add("function", name, handler),
    event: (name, handler) => add("event", name, handler),
    otherwise: (handler) => add("otherwise", "", handler),
  };
  return made;
}

function keyOf(kind: Delivery["kind"] | "otherwise", name: string): string {
  return `${kind} ${name}`;
}

/** The keys of the handlers for a delivery, the most specific first. */
function keysOf({ kind, payload }: Delivery): string[] {
  if (kind === "function") return [keyOf(kind, payload.function.replace("function/", ""))];
  if (kind !== "event") return [keyOf(kind, payload.fullMethod)];
  // No event has more: a longer name would only cost time.
  const words = payload.event_type.split(".", 16);
  return words.map((_, index) => keyOf(kind, words.slice(0, words.length - index).join(".")));
}
