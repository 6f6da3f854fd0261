import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const receiver = new pulumi.Config().require("receiver");

// Decides whether ZITADEL creates a session: a status of 400 or more, or no answer within 3 s, stops the call.
const check = new ZitadelTarget("check", {
  endpoint: `${receiver}/check`,
  timeout: "3s",
  restWebhook: { interruptOnError: true },
});

const audit = new ZitadelTarget("audit", {
  endpoint: `${receiver}/audit`,
  timeout: "10s",
  restAsync: {},
});

// ZITADEL calls the targets in this order.
const sessions = new ZitadelExecution("sessions", {
  condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
  targets: [check.id, audit.id],
});

export const execution = sessions.id;
export const checkKey = check.signingKey;
export const auditKey = audit.signingKey;
