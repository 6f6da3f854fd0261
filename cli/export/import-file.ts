import type { Kind } from "../kinds";
import type { Program } from "./program";

/** The types of the native provider. */
const types: Readonly<Record<Kind, string>> = {
  target: "zitadel-actions:index:Target",
  publicKey: "zitadel-actions:index:TargetPublicKey",
  execution: "zitadel-actions:index:Execution",
};

/** What `pulumi import --file` reads. */
export interface ImportFile {
  readonly resources: readonly { readonly type: string; readonly name: string; readonly id: string }[];
}

/** Everything that the program declares, for an import into a stack of the native provider. */
export function importFile({ subjects }: Program): ImportFile {
  const resources = subjects.flatMap(({ resource, as, id }) =>
    as === undefined || id === undefined ? [] : [{ type: types[resource], name: as, id }],
  );
  return { resources };
}
