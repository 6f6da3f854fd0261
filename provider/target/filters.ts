import type { Exactly } from "../one-of";

/**
 * How a name is compared; each of them also without regard to case.
 *
 * @useDeclaredType
 */
export type TextFilterMethod =
  `TEXT_FILTER_METHOD_${"EQUALS" | "STARTS_WITH" | "CONTAINS" | "ENDS_WITH"}${"" | "_IGNORE_CASE"}`;

/** By name. */
export interface TargetNameFilter {
  /** The name, or a part of it; ZITADEL compares at most 200 characters. */
  targetName: string;
  /**
   * How it is compared.
   *
   * @default `TEXT_FILTER_METHOD_EQUALS`
   */
  method?: TextFilterMethod;
}

/** By id. */
export interface InTargetIdsFilter {
  /** The ids; those that there are none of are left out of the answer. */
  targetIds: string[];
}

/** Which targets are listed, in the words of ZITADEL's API. */
export type TargetFilter = Exactly<{
  /** By name. */
  targetNameFilter: TargetNameFilter;
  /** By id. */
  inTargetIdsFilter: InTargetIdsFilter;
}>;
