import type { AddressInfo } from "node:net";
import express from "express";
import { expressWebhook, forwardStatus } from "pulumi-zitadel-actions/webhook";

const { ZITADEL_SIGNING_KEY, PORT = "8090" } = process.env;

const app = express();

// Put this before express.json(): ZITADEL signs the raw body.
app.post(
  "/zitadel",
  expressWebhook(
    { signingKey: ZITADEL_SIGNING_KEY, onRefused: ({ code, message }) => console.error(`${code}: ${message}`) },
    ({ kind, payload }) => {
      const query = kind === "request" ? payload.request?.["query"] : undefined;
      const limit = typeof query === "object" && query !== null && "limit" in query ? Number(query["limit"]) : 0;
      // `undefined` leaves the request unchanged. You could also return a changed request.
      return limit > 100 ? forwardStatus(403, "at most 100 sessions at a time") : undefined;
    },
  ),
);

const server = app.listen(Number(PORT), () => {
  console.log(`listening on port ${(server.address() as AddressInfo).port}`);
});
