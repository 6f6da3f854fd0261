import { fastify } from "fastify";
import {
  appendClaims,
  fastifyWebhook,
  type FunctionPayload,
  type Json,
  type WebhookError,
} from "pulumi-zitadel-actions/webhook";

const { ZITADEL_SIGNING_KEY, PORT = "8090" } = process.env;

/** Returns the user's roles, by project. */
function rolesOf({ user_grants = [] }: FunctionPayload): Record<string, Json> {
  const roles: Record<string, Json> = {};
  for (const grant of user_grants) {
    if (typeof grant["project_id"] === "string") roles[grant["project_id"]] = grant["roles"] ?? [];
  }
  return roles;
}

const options = {
  signingKey: ZITADEL_SIGNING_KEY,
  onRefused: ({ code, message }: WebhookError) => console.error(`${code}: ${message}`),
};

const app = fastify();

app.register(
  fastifyWebhook("/claims", options, ({ kind, payload }) =>
    kind === "function" ? appendClaims({ roles: rolesOf(payload) }) : undefined,
  ),
);

app.listen({ port: Number(PORT) }, (error, address) => {
  if (error !== null) throw error;
  console.log(`listening at ${address}`);
});
