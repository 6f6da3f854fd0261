/**
 * For the service that ZITADEL calls: verify deliveries, read them and answer them. It needs Web Crypto and, for JWT and JWE,
 * `jose`. It uses neither Pulumi nor Node, so it runs wherever there is `fetch`.
 *
 * @module pulumi-zitadel-actions/webhook
 */
export { type Delivery, type ReadRequest, type SignedBody, verify, verifyRaw, verifySignature } from "./verify.ts";
export type { PayloadType, SignatureOptions, VerifyOptions } from "./options.ts";
export type { RequestContext } from "./context.ts";
export type { RawBody } from "./body.ts";
export type { HeadersLike } from "./header.ts";
export type { SigningKeyFunction, SigningKeys, SigningKeySource } from "./signature.ts";
export type { DecryptionKey, DecryptionKeys, PrivateJsonWebKey } from "./token.ts";
export {
  type InstanceKeys,
  instanceKeys,
  type InstanceKeysOptions,
  type JsonWebKey,
  type JsonWebKeySet,
  type TokenHeader,
  type WebCryptoKey,
} from "./instance-keys.ts";
export { memoryReplays, type MemoryReplaysOptions, type ReplayStore } from "./replays.ts";
export type {
  About,
  EventDelivery,
  EventPayload,
  FunctionApplication,
  FunctionDelivery,
  FunctionHuman,
  FunctionMachine,
  FunctionMetadata,
  FunctionOrg,
  FunctionPayload,
  FunctionUser,
  FunctionUserGrant,
  RequestDelivery,
  RequestPayload,
  ResponseDelivery,
  ResponsePayload,
} from "./payload.ts";
export type { Json, JsonObject } from "./json.ts";
export type { RequestMessage, ResponseMessage } from "./messages.ts";
export {
  type AddedAttribute,
  type AddedClaim,
  type AddedMetadata,
  type Answer,
  type AnswerObject,
  type AnswerValue,
  appendAttributes,
  type AppendAttributes,
  appendClaims,
  type AppendClaims,
  appendLogClaims,
  type AppendLogClaims,
  type AttributeValues,
  type ForwardedStatus,
  forwardStatus,
  type ForwardStatus,
  type FunctionAnswer,
  type SamlAnswer,
  setUserMetadata,
  type SetUserMetadata,
  type TokenAnswer,
} from "./answers.ts";
export { isWebhookError, WebhookError, type WebhookErrorCode } from "./errors.ts";
export type { Done, Handler, HandlerResult, ReceiverOptions, Receiving } from "./adapters/receive.ts";
export { type KoaContextLike, type KoaRequestLike, koaWebhook } from "./adapters/koa.ts";
export { type LambdaCall, type LambdaEventLike, type LambdaReply, lambdaWebhook } from "./adapters/lambda.ts";
export { receiver, type Receiver } from "./receiver.ts";
export { type FetchContext, type HonoContextLike, type HonoRequestLike, honoWebhook, webhook } from "./adapters/web.ts";
export {
  expressWebhook,
  type FastifyContext,
  type FastifyLike,
  type FastifyReplyLike,
  type FastifyRequestLike,
  fastifyWebhook,
  type NodeContext,
  type NodeRequest,
  type NodeResponse,
} from "./adapters/node.ts";
