import type { LambdaEventLike, LambdaReply } from "../../webhook";
import type { Answered } from "./frameworks";

// Events of AWS Lambda as AWS documents them, for each service that sends HTTP requests to a function.

type Event = (path: string, headers: Readonly<Record<string, string>>, body: Uint8Array) => LambdaEventLike;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The body as AWS passes it on: text where it can be, otherwise base64. */
function asText(body: Uint8Array): { body: string; isBase64Encoded: boolean } {
  try {
    return { body: decoder.decode(body), isBase64Encoded: false };
  } catch {
    return inBase64(body);
  }
}
function inBase64(body: Uint8Array): { body: string; isBase64Encoded: boolean } {
  return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
}
const lower = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
const many = (headers: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));

const rest =
  (encoded: typeof asText): Event =>
  (path, headers, body) => ({
    resource: "/{proxy+}",
    path,
    httpMethod: "POST",
    headers: { ...headers },
    multiValueHeaders: many(headers),
    queryStringParameters: null,
    requestContext: { apiId: "a", stage: "prod", path: `/prod${path}`, protocol: "HTTP/1.1" },
    ...encoded(body),
  });
const http =
  (encoded: typeof asText, domain: string): Event =>
  (path, headers, body) => ({
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: lower(headers),
    requestContext: { domainName: domain, http: { method: "POST", path, protocol: "HTTP/1.1" } },
    ...encoded(body),
  });
const balancer =
  (encoded: typeof asText, isMulti: boolean): Event =>
  (path, headers, body) => ({
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/a/b" } },
    httpMethod: "POST",
    path,
    ...(isMulti ? { multiValueHeaders: many(lower(headers)) } : { headers: lower(headers) }),
    ...encoded(body),
  });

export const lambdaEvents: Readonly<Record<string, Event>> = {
  "API Gateway 1.0": rest(asText),
  "API Gateway 1.0 in base64": rest(inBase64),
  "API Gateway 2.0": http(asText, "a.execute-api.eu-central-1.amazonaws.com"),
  "API Gateway 2.0 in base64": http(inBase64, "a.execute-api.eu-central-1.amazonaws.com"),
  "function URL": http(asText, "a.lambda-url.eu-central-1.on.aws"),
  "function URL in base64": http(inBase64, "a.lambda-url.eu-central-1.on.aws"),
  "load balancer": balancer(asText, false),
  "load balancer in base64": balancer(inBase64, false),
  "load balancer with multiValueHeaders": balancer(asText, true),
  "load balancer with multiValueHeaders in base64": balancer(inBase64, true),
};

/** What the service that has sent the event makes of the answer. A load balancer reads only the headers of the event's form. */
export function lambdaReply(event: LambdaEventLike, reply: LambdaReply | undefined): Answered {
  if (reply === undefined) throw new Error("no answer");
  const { headers, multiValueHeaders, isBase64Encoded, statusCode, body } = reply;
  const types = event.headers === undefined ? multiValueHeaders?.["content-type"] : [headers?.["content-type"]];
  if (types?.join() !== "application/json" || isBase64Encoded)
    throw new Error(`not readable: ${JSON.stringify(reply)}`);
  if (headers !== undefined && multiValueHeaders !== undefined) throw new Error("headers of both forms");
  return { status: statusCode, text: body };
}
