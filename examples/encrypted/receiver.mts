import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { appendClaims, honoWebhook, instanceKeys, type Json, type WebhookError } from "pulumi-zitadel-actions/webhook";

// ZITADEL_URL is the instance's address, CLAIMS_KEY the content of claims.pem, and CLAIMS_KEY_ID the stack's output `keyId`.
const { ZITADEL_SIGNING_KEY, ZITADEL_URL = "", CLAIMS_KEY = "", CLAIMS_KEY_ID = "", PORT = "8090" } = process.env;

const options = {
  signingKey: ZITADEL_SIGNING_KEY,
  instanceKeys: instanceKeys(ZITADEL_URL),
  decryptionKeys: { [CLAIMS_KEY_ID]: CLAIMS_KEY },
  onRefused: ({ code, message }: WebhookError) => console.error(`${code}: ${message}`),
};

const app = new Hono();

// Adds the user's roles, by project, to the access token that ZITADEL is about to issue.
app.post(
  "/claims",
  honoWebhook(options, ({ kind, payload }) => {
    if (kind !== "function") return undefined;
    const roles: Record<string, Json> = {};
    for (const grant of payload.user_grants ?? []) {
      if (typeof grant["project_id"] === "string") roles[grant["project_id"]] = grant["roles"] ?? [];
    }
    return appendClaims({ roles });
  }),
);

serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) => console.log(`listening on port ${port}`));
