import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { appendClaims, honoWebhook, instanceKeys, receiver } from "pulumi-zitadel-actions/webhook";

// ZITADEL_URL is the instance's address, CLAIMS_KEY the content of claims.pem, and CLAIMS_KEY_ID the stack's output `keyId`.
const { ZITADEL_SIGNING_KEY, ZITADEL_URL = "", CLAIMS_KEY = "", CLAIMS_KEY_ID = "", PORT = "8090" } = process.env;

const zitadel = receiver({
  signingKey: ZITADEL_SIGNING_KEY,
  instanceKeys: instanceKeys(ZITADEL_URL),
  decryptionKeys: { [CLAIMS_KEY_ID]: CLAIMS_KEY },
  // Without this hook, each code is printed at most once a minute.
  onRefused: ({ code, message }) => console.error(`${code}: ${message}`),
}).function("preaccesstoken", ({ payload }) => {
  // The user's roles, by project. Without a scope for roles in the token request, ZITADEL sends none, and nothing is added.
  const roles: Record<string, string[]> = {};
  for (const grant of payload.user_grants ?? []) {
    if (grant.project_id === undefined || grant.roles === undefined) continue;
    roles[grant.project_id] = [...(roles[grant.project_id] ?? []), ...grant.roles];
  }
  return Object.keys(roles).length > 0 ? appendClaims({ roles }) : undefined;
});

const app = new Hono();

app.post("/claims", honoWebhook(zitadel));

// Without a hostname, it listens on all interfaces.
serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) => console.log(`listening on port ${port}`));
