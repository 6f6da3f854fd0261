import type { Zitadel } from "../../local/zitadel";
import { isWrite, type Operation } from "../../local/zitadel/operations";

const words: Readonly<Record<Operation, string>> = {
  create: "create target",
  update: "update target",
  delete: "delete target",
  setExecution: "set execution",
  addKey: "add public key",
  activateKey: "activate public key",
  deactivateKey: "deactivate public key",
  deleteKey: "delete public key",
  get: "get target",
  search: "list targets",
  searchExecutions: "list executions",
  listWords: "list methods, services or functions",
  searchKeys: "list public keys",
  token: "get access token",
  other: "another request",
};

const counts = (zitadel: Zitadel) =>
  (Object.entries(zitadel.count()) as [Operation, number][]).filter(([, n]) => n > 0);

/** The requests since the last reset: `2 create target, 1 set execution`. */
export function sent(zitadel: Zitadel): string {
  const parts = counts(zitadel).map(([operation, n]) => `${n} ${words[operation]}`);
  return parts.join(", ") || "none";
}

/** The number of writes among these requests. */
export function written(zitadel: Zitadel): number {
  return counts(zitadel).reduce((sum, [operation, n]) => (isWrite(operation) ? sum + n : sum), 0);
}

/** The objects on the server, one per line. Sorted by name, because a deployment creates independent objects in any order. */
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
