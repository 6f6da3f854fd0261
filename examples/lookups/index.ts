import { getTarget, listExecutions, listTargets, ZitadelExecution } from "pulumi-zitadel-actions";

// Lookups send requests to ZITADEL in previews too, because the rest of the program uses their results.
async function main() {
  // Another team manages this target. Its signing key is a secret here too.
  const audit = await getTarget({ name: "audit" });

  new ZitadelExecution("users", {
    condition: { event: { group: "user.human" } },
    targets: [audit.id],
  });

  const ours = await listTargets({
    filters: [{ targetNameFilter: { targetName: "team-a-", method: "TEXT_FILTER_METHOD_STARTS_WITH" } }],
  });
  const calling = await listExecutions({ filters: [{ targetFilter: { targetId: audit.id } }] });

  return {
    auditKey: audit.signingKey,
    ours: ours.map(({ name }) => name),
    calling: calling.map(({ id }) => id),
  };
}

export = main;
