import type * as Deployment from "../local/deployment";
import type * as Program from "../local/engine/program";
import type * as Zitadel from "../local/zitadel";

// They bring Pulumi's own libraries, or lists of all methods of an API: no other command waits for that.
/* eslint-disable @typescript-eslint/no-require-imports -- import() would want the name of a file, which is another one in tests */

/** The stand-in of a ZITADEL. */
export const zitadel = (): typeof Zitadel => require("../local/zitadel") as typeof Zitadel;

/** What deploys a program, and reads what Pulumi.yaml says of it. */
export const engine = (): typeof Deployment & typeof Program => ({
  ...(require("../local/deployment") as typeof Deployment),
  ...(require("../local/engine/program") as typeof Program),
});
