import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const config = new pulumi.Config();

// ZITADEL calls this endpoint before it lists sessions, and receiver.mts answers.
const sessions = new ZitadelTarget("sessions", {
  endpoint: config.require("endpoint"),
  timeout: "5s",
  restCall: { interruptOnError: true },
});

new ZitadelExecution("sessions", {
  condition: { request: { method: "/zitadel.session.v2.SessionService/ListSessions" } },
  targets: [sessions.id],
});

// The receiver needs this as ZITADEL_SIGNING_KEY. Pass it on as a secret, with the tool that deploys the receiver.
export const signingKey = sessions.signingKey;
