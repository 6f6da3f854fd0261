import type { Exactly } from "../core/one-of";

/**
 * How to compare a name. Each method also exists in a case-insensitive form, `…_IGNORE_CASE`.
 *
 * @useDeclaredType
 */
export type TextFilterMethod =
  `TEXT_FILTER_METHOD_${"EQUALS" | "STARTS_WITH" | "CONTAINS" | "ENDS_WITH"}${"" | "_IGNORE_CASE"}`;

/** Selects targets by name. */
export interface TargetNameFilter {
  /** The name, or a part of it: at most 200 characters. */
  targetName: string;
  /**
   * How to compare the name.
   *
   * @default `TEXT_FILTER_METHOD_EQUALS`
   */
  method?: TextFilterMethod;
}

/** Selects targets by id. */
export interface InTargetIdsFilter {
  /** The ids. An id that does not exist is not an error: it just adds no result. */
  targetIds: string[];
}

/** Which targets to list: exactly one of these filters, as in ZITADEL's API. */
export type TargetFilter = Exactly<{
  /** By name. */
  targetNameFilter: TargetNameFilter;
  /** By id. */
  inTargetIdsFilter: InTargetIdsFilter;
}>;
