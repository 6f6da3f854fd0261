import { executionLifecycle } from "../provider/execution/lifecycle";
import type { Lifecycle } from "../provider/core/lifecycle";
import { token } from "../provider/core/tokens";
import { publicKeyLifecycle } from "../provider/public-key/lifecycle";
import { targetLifecycle } from "../provider/target/lifecycle";

/** The kinds of resources. */
export type Kind = "target" | "publicKey" | "execution";

/** The provider's lifecycle of each kind. */
export const lifecycles: Readonly<Record<Kind, Lifecycle>> = {
  target: targetLifecycle,
  publicKey: publicKeyLifecycle,
  execution: executionLifecycle,
};

/** The types of the native provider. */
export const nativeTypes: Readonly<Record<Kind, string>> = {
  target: token("Target"),
  publicKey: token("TargetPublicKey"),
  execution: token("Execution"),
};
