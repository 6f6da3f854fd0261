import { openCrypter } from "../../../local/engine/secrets";
import type { ResourceState } from "../../../local/engine/resource";
import { type DeploymentV3, Snapshot, StateFile } from "../../../local/engine/state";
import { mapSecrets, plain, type Props, secretSignature, signature } from "../../../local/engine/values";
import { idOf } from "../../../provider/execution/condition";
import { dynamicType } from "../../../provider/dynamic/forwarder";
import type { Properties } from "../../../provider/core/properties";
import { base64 } from "../keys";
import type { Entry, Type } from "./engine";
import type { Ended } from "./settled";

/** The folder of a stack, and the passphrase of its secrets. */
export interface Place {
  readonly stateDir: string;
  readonly project: string;
  readonly stack: string;
  readonly passphrase: string;
}

/** A create that has begun, and whose result the state does not know. */
export interface PendingCreate {
  readonly type: Type;
  readonly inputs: Properties;
}

/** The contents of a state, in plain text. */
export interface Checkpoint {
  readonly entries: readonly Entry[];
  readonly pending: readonly PendingCreate[];
  /** As `pulumi stack export --show-secrets` prints it. */
  readonly exported: string;
}

/** The state of a stack that was never deployed. */
export const nothing: Checkpoint = { entries: [], pending: [], exported: '{"version":3,"deployment":null}' };

const types = new Map<string, Type>([
  [dynamicType("Target"), "target"],
  [dynamicType("TargetPublicKey"), "key"],
  [dynamicType("Execution"), "execution"],
]);

export async function readCheckpoint({ stateDir, project, stack, passphrase }: Place): Promise<Checkpoint> {
  const file = new StateFile(stateDir, project, stack);
  const deployment = await file.read();
  if (deployment === undefined) return nothing;
  const crypter = await openCrypter(passphrase, deployment.secrets_providers.state.salt);
  const { resources, pending } = new Snapshot(file, deployment, crypter, true);
  const creating = [...pending].filter(({ type }) => type === "creating").map(({ resource }) => resource);
  return {
    entries: resources.flatMap((state) => entryOf(state)),
    pending: creating.flatMap(({ type, inputs }) => {
      const known = types.get(type);
      return known === undefined ? [] : [{ type: known, inputs: plainOf(inputs) }];
    }),
    exported: JSON.stringify({ version: 3, deployment: { ...deployment, ...shown({ resources, pending }) } }),
  };
}

/** Whether the object with this id is what the create should make: it has exactly the name that was sent. */
export function isMadeBy({ type, inputs }: PendingCreate, id: string, { zitadel }: Pick<Ended, "zitadel">): boolean {
  if (type === "target") return zitadel.targets().some((one) => one.id === id && one.name === inputs["name"]);
  if (type === "execution") return idOf(inputs["condition"]) === id;
  const [targetId = "", keyId] = id.split("/");
  const key = zitadel.publicKeys(targetId).find((one) => one.keyId === keyId);
  return targetId === inputs["targetId"] && key?.publicKey === base64(String(inputs["publicKey"]));
}

function entryOf(state: ResourceState): Entry[] {
  const type = types.get(state.type);
  if (type === undefined) return [];
  const { urn, id = "", delete: isReplaced, pendingReplacement: isAway, initErrors } = state;
  return [
    {
      urn: urn.split("::").at(-1) ?? "",
      type,
      id,
      needs: [],
      inputs: plainOf(state.inputs),
      outputs: plainOf(state.outputs),
      ...(isReplaced === true && { isReplaced }),
      ...(isAway === true && { isAway }),
      ...(initErrors !== undefined && { isUnfinished: true }),
    },
  ];
}

function plainOf(props: Props = {}): Properties {
  return plain(props) as Properties;
}

function shown({ resources, pending }: Pick<Snapshot, "resources" | "pending">): Partial<DeploymentV3> {
  const show = ({ value = null }: Props) => ({ [signature]: secretSignature, plaintext: JSON.stringify(value) });
  const one = ({ inputs = {}, outputs = {}, ...rest }: ResourceState): ResourceState => ({
    ...rest,
    inputs: mapSecrets(inputs, show) as Props,
    outputs: mapSecrets(outputs, show) as Props,
  });
  return {
    resources: resources.map(one),
    pending_operations: [...pending].map(({ resource, type }) => ({ resource: one(resource), type })),
  };
}
