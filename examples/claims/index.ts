import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

// ZITADEL waits for the answer of receiver.mts, and adds the claims in it to the token. If there is no answer within 3 s, the log-in
// fails. With `interruptOnError: false`, ZITADEL would issue the token without the claims.
const claims = new ZitadelTarget("claims", {
  endpoint: config.require("endpoint"),
  timeout: "3s",
  restCall: { interruptOnError: true },
});

// `preaccesstoken` is for access tokens. `preuserinfo` is for ID tokens and for the answers of /oidc/v1/userinfo.
for (const name of ["preaccesstoken", "preuserinfo"]) {
  new ZitadelExecution(name, { condition: { function: { name } }, targets: [claims.id] });
}

// The receiver needs this as ZITADEL_SIGNING_KEY.
export const signingKey = claims.signingKey;
