import * as zitadel from "pulumi-zitadel-actions-sdk";

const check = new zitadel.Target("check", {
  endpoint: "https://example.com/check",
  timeout: "3s",
  restWebhook: { interruptOnError: true },
});
new zitadel.Execution("sessions", {
  condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
  targets: [check.id],
});
export const signingKey = check.signingKey;
