/**
 * For the tests of a receiver: creates deliveries that are signed and encrypted as ZITADEL does it, with realistic payloads. Like
 * `pulumi-zitadel-actions/webhook`, it uses neither Pulumi nor Node.
 *
 * @module pulumi-zitadel-actions/webhook/testing
 */
export {
  createSender,
  type DeliveryOptions,
  type Payload,
  type ReceiverKeys,
  type Sender,
  type SenderOptions,
  type SignedDelivery,
} from "./sender.ts";
export type { InstanceKeyFile, TargetKeyFile } from "./keys.ts";
export { sampleEvent, sampleFunction, type SampleFunctionName, sampleRequest, sampleResponse } from "./samples.ts";
