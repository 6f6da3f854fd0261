import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

// ZITADEL asks this endpoint before it lists sessions: receiver.ts is what answers there.
const sessions = new ZitadelTarget("sessions", {
  endpoint: config.require("endpoint"),
  timeout: "5s",
  restCall: { interruptOnError: true },
});

new ZitadelExecution("sessions", {
  condition: { request: { method: "/zitadel.session.v2.SessionService/ListSessions" } },
  targets: [sessions.id],
});

// The receiver's ZITADEL_SIGNING_KEY: hand it on as a secret, with whatever deploys the receiver.
export const signingKey = sessions.signingKey;
