import type { Zitadel } from "../../local/zitadel";
import { isWrite, type Operation } from "../../local/zitadel/operations";

const words: Readonly<Record<Operation, string>> = {
  create: "to create a target",
  update: "to update a target",
  delete: "to delete a target",
  setExecution: "to set an execution",
  addKey: "to add a public key",
  activateKey: "to activate a public key",
  deactivateKey: "to deactivate a public key",
  deleteKey: "to delete a public key",
  get: "for a target",
  search: "for targets",
  searchExecutions: "for executions",
  listWords: "for the words of conditions",
  searchKeys: "for public keys",
  token: "for a token",
  other: "for something else",
};

const counts = (zitadel: Zitadel) =>
  (Object.entries(zitadel.count()) as [Operation, number][]).filter(([, n]) => n > 0);

/** What was asked since the requests were cleared, and how often. */
export function asked(zitadel: Zitadel): string {
  return (
    counts(zitadel)
      .map(([operation, n]) => `${words[operation]}${n > 1 ? ` (${n} times)` : ""}`)
      .join(", ") || "nothing"
  );
}

/** How many writes there were since then. */
export function written(zitadel: Zitadel): number {
  return counts(zitadel).reduce((sum, [operation, n]) => (isWrite(operation) ? sum + n : sum), 0);
}

/** Everything that is there, an object a line. By name: a deployment creates what does not depend on each other in any order. */
export function held(zitadel: Zitadel): string {
  const targets = zitadel.targets().sort((one, other) => (one.name < other.name ? -1 : 1));
  const names = new Map(targets.map(({ id, name }) => [id, name]));
  const lines = [
    ...targets.flatMap(({ id, name, kind, timeout, endpoint }) => [
      `target ${name}: ${kind}, ${timeout}, ${endpoint}`,
      ...zitadel.publicKeys(id).map(({ active }) => `${active ? "active" : "inactive"} public key of ${name}`),
    ]),
    ...zitadel
      .executions()
      .map((one) => `execution ${one.id}: ${one.targets.map((id) => names.get(id) ?? id).join(", ")}`),
  ];
  return lines.length === 0 ? " nothing" : lines.map((line) => `\n  ${line}`).join("");
}
