export {
  type CommonTargetArgs,
  type GetTargetOptions,
  type InterruptArgs,
  type PayloadType,
  type RestAsyncArgs,
  type RestCallArgs,
  type RestWebhookArgs,
  ZitadelTarget,
  type ZitadelTargetArgs,
} from "./target/resource";
