import type { AddressInfo } from "node:net";
import express from "express";
import { expressWebhook, forwardStatus, receiver } from "pulumi-zitadel-actions/webhook";

const { ZITADEL_SIGNING_KEY, PORT = "8090" } = process.env;

const zitadel = receiver({
  signingKey: ZITADEL_SIGNING_KEY,
  // Without this hook, each code is printed at most once a minute.
  onRefused: ({ code, message }) => console.error(`${code}: ${message}`),
}).request("/zitadel.session.v2.SessionService/ListSessions", ({ payload }) => {
  const { limit = 0 } = payload.request?.query ?? {};
  // `undefined` leaves the request unchanged. You could also return a changed request.
  return limit > 100 ? forwardStatus(403, "at most 100 sessions at a time") : undefined;
});

const app = express();

// Put this before express.json(): ZITADEL signs the raw body.
app.post("/zitadel", expressWebhook(zitadel));

// Without a host, it listens on all interfaces.
const server = app.listen(Number(PORT), () => {
  console.log(`listening on port ${(server.address() as AddressInfo).port}`);
});
