import type { Lifecycle } from "../provider/core/lifecycle";
import { resourceName } from "../provider/core/shown";
import { token } from "../provider/core/tokens";
import type { ExecutionSecret } from "../provider/dynamic/execution";
import type { PublicKeySecret } from "../provider/dynamic/public-key";
import type { TargetSecret } from "../provider/dynamic/target";
import { executionLifecycle } from "../provider/execution/lifecycle";
import { publicKeyLifecycle } from "../provider/public-key/lifecycle";
import { targetLifecycle } from "../provider/target/lifecycle";
import { unimplemented } from "./errors";

/** A resource type. */
export interface Kind {
  readonly lifecycle: Lifecycle;
  /** The outputs that are secrets. */
  readonly secrets: readonly string[];
}

/** The outputs that the class marks as secrets, too: the compiler compares them. */
const secretsOf = <Secret extends string>(outputs: Record<Secret, true>) => Object.keys(outputs);

const kinds: Readonly<Record<string, Kind>> = {
  [token("Target")]: { lifecycle: targetLifecycle, secrets: secretsOf<TargetSecret>({ signingKey: true }) },
  [token("Execution")]: { lifecycle: executionLifecycle, secrets: secretsOf<ExecutionSecret>({}) },
  [token("TargetPublicKey")]: { lifecycle: publicKeyLifecycle, secrets: secretsOf<PublicKeySecret>({}) },
};

/** @throws if there is no such type. */
export function kindOf(type: string): Kind {
  const kind = kinds[type];
  if (kind === undefined)
    throw unimplemented(`There is no resource type ${type}. There are ${Object.keys(kinds).join(", ")}.`);
  return kind;
}

/** A resource, by its URN: its type, its name in the program, and its name in messages and in the ledger. */
export interface Named extends Kind {
  readonly name: string;
  readonly resource: string;
}

export function namedBy(urn: string): Named {
  const { types, name } = partsOf(urn);
  const parents = types.split("$");
  const kind = kindOf(parents.pop() ?? "");
  const resource = resourceName(kind.lifecycle.type, name, parents.length === 0 ? undefined : parents.join("$"));
  return { ...kind, name, resource };
}

/** The parts of a URN: `urn:pulumi:dev::project::parentType$type::name`. */
export function partsOf(urn: string): { readonly project: string; readonly types: string; readonly name: string } {
  const [, project = "", types = "", ...name] = urn.split("::");
  return { project, types, name: name.join("::") };
}
