import { fastify } from "fastify";
import { appendClaims, fastifyWebhook, type FunctionDelivery, receiver } from "pulumi-zitadel-actions/webhook";

const { ZITADEL_SIGNING_KEY, PORT = "8090" } = process.env;

/** Adds the user's roles, by project. Without a scope for roles in the token request, ZITADEL sends none, and nothing is added. */
function addRoles({ payload }: FunctionDelivery) {
  const roles: Record<string, string[]> = {};
  for (const grant of payload.user_grants ?? []) {
    if (grant.project_id === undefined || grant.roles === undefined) continue;
    // A user can have several grants in one project, from different organisations.
    roles[grant.project_id] = [...(roles[grant.project_id] ?? []), ...grant.roles];
  }
  return Object.keys(roles).length > 0 ? appendClaims({ roles }) : undefined;
}

const zitadel = receiver({
  signingKey: ZITADEL_SIGNING_KEY,
  // Without this hook, each code is printed at most once a minute.
  onRefused: ({ code, message }) => console.error(`${code}: ${message}`),
})
  .function("preaccesstoken", addRoles)
  .function("preuserinfo", addRoles);

const app = fastify();

app.register(fastifyWebhook("/claims", zitadel));

// By default, Fastify listens on localhost only, which cannot be reached from outside of a container.
app.listen({ port: Number(PORT), host: "0.0.0.0" }, (error) => {
  if (error !== null) throw error;
  console.log(`listening on port ${PORT}`);
});
