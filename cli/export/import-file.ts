import { nativeTypes } from "../kinds";
import type { Program } from "./program";

/** What `pulumi import --file` reads. */
export interface ImportFile {
  readonly resources: readonly { readonly type: string; readonly name: string; readonly id: string }[];
}

/** Everything that the program declares, for an import into a stack of the native provider. */
export function importFile({ subjects }: Program): ImportFile {
  const resources = subjects.flatMap(({ resource, as, id }) =>
    as === undefined || id === undefined ? [] : [{ type: nativeTypes[resource], name: as, id }],
  );
  return { resources };
}
