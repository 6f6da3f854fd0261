import type {
  ALBHandler,
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyHandler,
  APIGatewayProxyHandlerV2,
  Context,
  LambdaFunctionURLEvent,
  LambdaFunctionURLHandler,
} from "aws-lambda";
import {
  appendClaims,
  type LambdaEventLike,
  lambdaWebhook,
  type ReceiverOptions,
  type WebhookError,
} from "../../webhook";
import { createSender } from "../../webhook/testing";
import { lambdaEvents, lambdaReply } from "../support/lambda";
import { event, headersOf, key, options, optionsFor, recorded } from "../support/webhook";

// AWS Lambda behind API Gateway (REST and HTTP APIs), a function URL or a load balancer.

const body = JSON.stringify(event);
const headers = headersOf(body);
const errors: WebhookError[] = [];
const noting: ReceiverOptions = { ...options, onRefused: (error) => errors.push(error) };
beforeEach(() => void errors.splice(0));

/** What a receiver makes of an event; and the message of its error. */
async function answerTo(given: unknown): Promise<[status: number, error: string | undefined]> {
  const { statusCode, body: text } = await lambdaWebhook(noting, () => undefined)(given as LambdaEventLike, {});
  expect(errors.map(({ code }) => ({ error: code }))).toEqual(text === "" ? [] : [JSON.parse(text)]);
  return [statusCode, errors[0]?.message];
}

test("a delivery of `webhook/testing` is an event too", async () => {
  const sender = await createSender();
  const handler = lambdaWebhook(sender.keys, ({ kind }) => ({ kind }));
  const delivery = await sender.request("/zitadel.user.v2.UserService/AddHumanUser");
  expect(await handler(delivery, undefined)).toMatchObject({ statusCode: 200, body: '{"kind":"request"}' });
});

describe.each(Object.entries(lambdaEvents))("%s", (_form, eventOf) => {
  test(`accepts ${Object.keys(recorded).length} recorded deliveries, and gives the handler the event`, async () => {
    for (const [name, genuine] of Object.entries(recorded)) {
      const seen: unknown[] = [];
      const given = eventOf("/zitadel", genuine.headers, Buffer.from(genuine.body));
      const lambda = lambdaWebhook(optionsFor(genuine), ({ kind }, { framework, url }) => {
        seen.push(kind, framework.event === given, framework.context, url);
      });
      expect(lambdaReply(given, await lambda(given, "context"))).toEqual({ status: 200, text: "" });
      expect(seen).toEqual([name.split("-")[0], true, "context", "/zitadel"]);
    }
  });

  test("gets the answer as JSON, and takes text that is not ASCII", async () => {
    const odd = '{ "event_type" :"ä\\u0041\u2028",\n"event_payload":{"n":1.50} }';
    const given = eventOf("/zitadel", headersOf(odd), Buffer.from(odd));
    const { text } = lambdaReply(given, await lambdaWebhook(options, () => appendClaims({ a: "ä" }))(given, {}));
    expect(JSON.parse(text)).toEqual(appendClaims({ a: "ä" }));
  });

  test("rejects a body that was changed, is missing, or is too long", async () => {
    const statuses: number[] = [];
    for (const changed of [`${body} `, "", " ".repeat(1_048_577)]) {
      errors.splice(0);
      statuses.push((await answerTo(eventOf("/", headers, Buffer.from(changed))))[0]);
    }
    expect(statuses).toEqual([401, 400, 413]);
  });
});

test.each([
  ["as ZITADEL sends it", "Zitadel-Signature"],
  ["in lower case", "zitadel-signature"],
  ["in upper case", "ZITADEL-SIGNATURE"],
  ["as documented", "X-Zitadel-Signature"],
])("the name of the header may be %s", async (_, name) => {
  expect(await answerTo({ headers: { [name]: headers["Zitadel-Signature"] }, body })).toEqual([200, undefined]);
});

test("a signature header that comes twice is seen in multiValueHeaders, although `headers` has only the last", async () => {
  const { "Zitadel-Signature": value } = headers;
  const given = { headers, multiValueHeaders: { "Zitadel-Signature": [value, value] }, body };
  expect((await answerTo(given))[0]).toBe(401);
  expect(errors.map(({ code }) => code)).toEqual(["header_doubled"]);
  errors.splice(0);
  // API Gateway's format 2.0 joins them.
  expect((await answerTo({ headers: { "zitadel-signature": `${value},${value}` }, body }))[0]).toBe(401);
});

test("a body in base64 without `isBase64Encoded` is rejected, and the message says so", async () => {
  const [status, message] = await answerTo({ headers, body: Buffer.from(body).toString("base64") });
  expect(status).toBe(401);
  expect(message).toContain("looks like base64. Decode it first: AWS Lambda sets `isBase64Encoded`");
});

test("a body that is not base64, although the event says so, is unreadable", async () => {
  expect(await answerTo({ headers, body: "{}", isBase64Encoded: true })).toEqual([
    400,
    "The body is not base64, although the event says so (`isBase64Encoded`).",
  ]);
});

test("the limit of a body in base64 is for what it encodes, whatever stands between", async () => {
  const spaced = `${Buffer.from(body).toString("base64")}${" ".repeat(1_500_000)}`;
  expect(await answerTo({ headers, body: spaced, isBase64Encoded: true })).toEqual([200, undefined]);
  const large = Buffer.alloc(1_048_577).toString("base64");
  expect((await answerTo({ headers, body: large, isBase64Encoded: true }))[0]).toBe(413);
});

test("without proxy integration, the message says what to turn on", async () => {
  const fix = "Turn on the Lambda proxy integration of this API method, without a mapping template";
  for (const [given, what] of [
    [{ headers, body: event }, "The body was parsed before"],
    [event, "The event has no headers: it is not the request but its parsed body"],
    [{ headers: null, body: null }, "The event has no headers"],
    [undefined, "The event has no headers"],
  ] as const) {
    errors.splice(0);
    const [status, message] = await answerTo(given);
    expect(status).toBe(500);
    expect(message).toContain(what);
    expect(message).toContain(fix);
  }
});

test("the URL has path and query", async () => {
  const urls: (string | undefined)[] = [];
  const lambda = lambdaWebhook(options, (_, { url }) => void urls.push(url));
  await lambda({ headers, body, rawPath: "/a", rawQueryString: "b=1" }, {});
  await lambda({ headers, body, path: "/a" }, {});
  await lambda({ headers, body }, {});
  expect(urls).toEqual(["/a?b=1", "/a", undefined]);
});

test("`signingKey` gets the event and Lambda's context", async () => {
  const signingKey: ReceiverOptions<{ context: Pick<Context, "invokedFunctionArn"> }>["signingKey"] = ({
    framework,
  }) => (framework.context.invokedFunctionArn === "arn:1" ? key : undefined);
  const lambda = lambdaWebhook<LambdaEventLike, Pick<Context, "invokedFunctionArn">>(
    { ...options, signingKey, onRefused: () => undefined },
    () => undefined,
  );
  const answer = async (invokedFunctionArn: string) =>
    (await lambda({ headers, body }, { invokedFunctionArn })).statusCode;
  expect([await answer("arn:1"), await answer("arn:2")]).toEqual([200, 500]);
});

test("the handler has the type of each service's handlers", () => {
  const lambda = lambdaWebhook(options, () => undefined);
  const handlers: [APIGatewayProxyHandler, APIGatewayProxyHandlerV2, LambdaFunctionURLHandler, ALBHandler] = [
    lambda,
    lambda,
    lambda,
    lambda,
  ];
  const seen: unknown[] = [];
  lambdaWebhook<APIGatewayProxyEvent, Context>(options, (_, { framework }) => {
    seen.push(framework.event.httpMethod);
  });
  lambdaWebhook<APIGatewayProxyEventV2, Context>(options, (_, { framework }) => {
    seen.push(framework.event.rawPath);
  });
  lambdaWebhook<LambdaFunctionURLEvent, Context>(options, (_, { framework }) => {
    seen.push(framework.event.rawPath);
  });
  lambdaWebhook<ALBEvent, Context>(options, (_, { framework }) => {
    seen.push(framework.event.requestContext.elb);
  });
  expect(handlers).toHaveLength(4);
});
