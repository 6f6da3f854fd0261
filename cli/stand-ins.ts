import type * as Deployment from "../local/deployment";
import type * as Program from "../local/engine/program";
import type * as Zitadel from "../local/zitadel";
import type * as Once from "../local/zitadel/delivery/once";
import type * as Words from "../local/zitadel/executions/words";

// These modules load Pulumi's own libraries, or lists of all methods of an API: other commands must not wait for that.
/* eslint-disable @typescript-eslint/no-require-imports -- import() would want the name of a file, which is another one in tests */

/** The mock ZITADEL server. */
export const zitadel = (): typeof Zitadel => require("../local/zitadel") as typeof Zitadel;

/** Deploys a program, and reads its Pulumi.yaml. */
export const engine = (): typeof Deployment & typeof Program => ({
  ...(require("../local/deployment") as typeof Deployment),
  ...(require("../local/engine/program") as typeof Program),
});

/** Sends one delivery, and decides what ZITADEL does with the answer. */
export const once = (): typeof Once => require("../local/zitadel/delivery/once") as typeof Once;

/** The words that conditions may use. */
export const words = (): typeof Words => require("../local/zitadel/executions/words") as typeof Words;
