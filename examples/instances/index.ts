import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";

// pulumi config set --path zitadel:instances.staging.domain staging.zitadel.cloud
// pulumi config set --path --secret zitadel:instances.staging.accessToken <token>
for (const instance of ["production", "staging"]) {
  const audit = new ZitadelTarget(`audit-${instance}`, {
    name: "audit",
    endpoint: `https://hooks.example.com/${instance}`,
    timeout: "10s",
    restAsync: {},
    instance,
  });
  new ZitadelExecution(`users-${instance}`, {
    condition: { event: { group: "user.human" } },
    targets: [audit.id],
    instance,
  });
}
