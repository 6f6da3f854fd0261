import { getTarget, listExecutions, listTargets, ZitadelExecution } from "pulumi-zitadel-actions";

// Lookups ask ZITADEL in previews too: what they answer is what the rest of the program starts from.
async function main() {
  // A target that another team manages: its signing key is a secret here too.
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
