import { executionLifecycle } from "../provider/execution/lifecycle";
import type { Lifecycle } from "../provider/core/lifecycle";
import { publicKeyLifecycle } from "../provider/public-key/lifecycle";
import { targetLifecycle } from "../provider/target/lifecycle";
import type { Kind } from "./kind";

/** The provider's lifecycle of each kind of resource. */
export const lifecycles: Readonly<Record<Kind, Lifecycle>> = {
  target: targetLifecycle,
  publicKey: publicKeyLifecycle,
  execution: executionLifecycle,
};
