import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

const receiver = new pulumi.Config().require("receiver");

// Whether a session may be made: a status of 400 or more, or no answer in 3 s, stops it.
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

// The targets are called in this order.
const sessions = new ZitadelExecution("sessions", {
  condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
  targets: [check.id, audit.id],
});

export const execution = sessions.id;
export const checkKey = check.signingKey;
export const auditKey = audit.signingKey;
