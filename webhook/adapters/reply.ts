import { contextOf } from "../context.ts";
import { WebhookError } from "../errors.ts";
import { isObject } from "../values.ts";
import type { Incoming } from "../verify.ts";
import { type Reply, report } from "./receive.ts";

/** A request of Node's `http`: only in HTTP/2 it has a stream. */
interface FromNode {
  readonly stream?: object | undefined;
}
/** A response of Node's `http`. */
interface ToNode {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

/** Sends an answer. Never throws. */
export function send(request: FromNode, response: ToNode, { status, headers, body }: Reply): void {
  try {
    response.writeHead(status, forNode(request, status, headers));
    response.end(body);
  } catch (error) {
    report("the answer was not sent, because something else has answered the request:", error);
  }
}

/** Closes a connection of HTTP/1 after a rejected request: the rest of an unread body would be taken for the next request. */
export function forNode(
  { stream }: FromNode,
  status: number,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  return status === 200 || stream !== undefined ? { ...headers } : { ...headers, connection: "close" };
}

/**
 * What an adapter does with what is not of its framework: rejects it, as an error of the receiver's owner.
 *
 * @param needs What the adapter called `name` needs.
 * @param response What the other framework gave as its second argument. If it is Node's response, or has it as Fastify's reply does, the
 *   answer is sent with it: otherwise the client would wait for ever.
 * @param isAnswer Whether the other framework can send what the adapter returns.
 * @throws the error, if nothing else makes the answer a 500: an answer of 200 would let a call go on that the handler rejects.
 */
export async function misused<Framework>(
  receive: (incoming: Incoming<Framework>) => Promise<Reply>,
  name: string,
  needs: string,
  framework: Framework,
  response: unknown,
  isAnswer = false,
): Promise<Reply> {
  const error = new WebhookError(
    "settings",
    `This is not ${needs}, which \`${name}\` needs. Pass on what the framework gives, or use an adapter such as \`expressWebhook\`: each framework has its own.`,
  );
  const reply = await receive({
    get headers(): never {
      throw error;
    },
    context: contextOf({}, undefined, framework),
    read: () => Promise.reject(error),
  });
  const given = isObject(response) ? [response, (response as { readonly raw?: unknown }).raw] : [];
  const toNode = given.find((one) => isObject(one) && "writeHead" in one);
  if (toNode !== undefined) send({}, toNode as ToNode, reply);
  else if (!isAnswer) throw error;
  return reply;
}
