import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

// ZITADEL waits for the answer of receiver.ts, and takes the claims out of it. Without one in 3 s the log-in fails; with
// `interruptOnError: false` the token would be issued without them.
const claims = new ZitadelTarget("claims", {
  endpoint: config.require("endpoint"),
  timeout: "3s",
  restCall: { interruptOnError: true },
});

// An access token is asked for here; an ID token and the answer of /oidc/v1/userinfo in `preuserinfo`.
for (const name of ["preaccesstoken", "preuserinfo"]) {
  new ZitadelExecution(name, { condition: { function: { name } }, targets: [claims.id] });
}

// The receiver's ZITADEL_SIGNING_KEY.
export const signingKey = claims.signingKey;
