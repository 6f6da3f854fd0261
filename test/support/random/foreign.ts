import type { ExecutionCondition, Zitadel } from "../../../local/zitadel";
import { idOf } from "../../../provider/execution/condition";
import type { Properties } from "../../../provider/core/properties";
import { base64 } from "../keys";
import { type Declared, type Entry, objectOf } from "./engine";
import { declarationsOf, endpoints, foreignUrn, type Program } from "./program";

/** Makes what another dynamic provider is to have made, and the entries that it left in the state. */
export function foreignEntries(zitadel: Zitadel, program: Program): Entry[] {
  const entries: Entry[] = [];
  const { foreign = [] } = program;
  // Before anything else happens, each resource is called as its place.
  for (const declared of declarationsOf(program).filter(({ urn }) => foreign.includes(urn))) {
    const { urn, type, needs } = declared;
    const known = needs.filter((needed) => entries.some((entry) => entry.urn === foreignUrn(needed)));
    if (type !== "target" && known.length === 0) continue;
    const ids = (needed: string) => entries.find((entry) => entry.urn === foreignUrn(needed))?.id ?? "";
    const { id, object } = make(zitadel, declared, declared.properties(ids), urn);
    const inputs = { __provider: "exports.handler = () => ({ create })", url: endpoints[2] };
    // What the team's provider wrote down is nothing that ours knows; `object` says what is meant.
    const outputs = { ...inputs, object };
    entries.push({ urn: foreignUrn(urn), type, id, needs: known.map(foreignUrn), inputs, outputs, isForeign: true });
  }
  return entries;
}

function make(
  zitadel: Zitadel,
  { type }: Declared,
  properties: Properties,
  place: string,
): { id: string; object: Properties } {
  if (type === "target") {
    // As the team wrote it down, which differs in what it likes from what is declared now.
    const name = properties["name"] ?? `by-another-provider-${place}`;
    const { id } = zitadel.add({ name, endpoint: endpoints[2], timeout: "3s", restAsync: {} });
    return { id, object: {} };
  }
  if (type === "key") {
    const targetId = String(properties["targetId"]);
    const { keyId } = zitadel.addPublicKey(targetId, { publicKey: base64(String(properties["publicKey"])) });
    return { id: keyId, object: { targetId } };
  }
  const condition = properties["condition"] as ExecutionCondition;
  const targets = (properties["targets"] as string[]).filter((id) => id !== "");
  zitadel.setExecution(condition, targets.toReversed());
  return { id: `hook of ${idOf(condition) ?? ""}`, object: { condition } };
}

/** What the other provider does with what it made and is not declared any longer. */
export function deleteForeign(zitadel: Zitadel, entry: Entry): void {
  const object = objectOf(entry);
  const { type, outputs } = entry;
  const [targetId = "", keyId = ""] = object.split("/");
  if (type === "target") zitadel.remove(object);
  else if (type === "execution")
    zitadel.setExecution((outputs["object"] as { condition: ExecutionCondition }).condition, []);
  else if (zitadel.publicKeys(targetId).some((key) => key.keyId === keyId)) {
    zitadel.deactivatePublicKey(targetId, keyId);
    zitadel.removePublicKey(targetId, keyId);
  }
}
