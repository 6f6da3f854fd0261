// Types that users of the engine see too. They need no types of Pulumi's SDK, which a project may not have.

/** The kind of a run. */
export type RunKind = "preview" | "up" | "refresh" | "destroy";

/** The number of resources for each operation. A `replace` with all of its steps counts once. */
export type ChangeSummary = Partial<Record<"create" | "update" | "delete" | "replace" | "import" | "same", number>>;

/** Resources by URN. If both `target` and `exclude` are given, only `target` counts. */
export interface TargetOptions {
  /**
   * Includes only these resources.
   *
   * @default all
   */
  readonly target?: readonly string[];
  /**
   * Includes all resources except these.
   *
   * @default none
   */
  readonly exclude?: readonly string[];
}
