/**
 * For the service that ZITADEL calls: verify deliveries, read them and answer them. It needs Web Crypto and, for JWT and JWE,
 * `jose`. It uses neither Pulumi nor Node, so it runs wherever there is `fetch`.
 *
 * @module pulumi-zitadel-actions/webhook
 */
export { type Delivery, verify, verifyRaw } from "./verify.ts";
export type { PayloadType, VerifyOptions } from "./options.ts";
export type { RawBody } from "./body.ts";
export type { HeadersLike } from "./header.ts";
export type { SigningKeys, SigningKeySource } from "./signature.ts";
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
  FunctionDelivery,
  FunctionPayload,
  Json,
  JsonObject,
  RequestDelivery,
  RequestPayload,
  ResponseDelivery,
  ResponsePayload,
} from "./payload.ts";
export {
  type AddedAttribute,
  type AddedClaim,
  type AddedMetadata,
  type Answer,
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
  setUserMetadata,
  type SetUserMetadata,
} from "./answers.ts";
export { isWebhookError, WebhookError, type WebhookErrorCode } from "./errors.ts";
export type { Handler, ReceiverOptions } from "./adapters/receive.ts";
export { type HonoContextLike, type HonoRequestLike, honoWebhook, webhook } from "./adapters/web.ts";
export {
  expressWebhook,
  type FastifyLike,
  type FastifyReplyLike,
  type FastifyRequestLike,
  fastifyWebhook,
  type NodeRequest,
  type NodeResponse,
} from "./adapters/node.ts";
