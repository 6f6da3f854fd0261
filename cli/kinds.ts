import { executionLifecycle } from "../provider/execution/lifecycle";
import type { Lifecycle } from "../provider/core/lifecycle";
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
