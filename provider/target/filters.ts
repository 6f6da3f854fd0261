/** How a name is compared; each of them also without regard to case. */
export type TextFilterMethod =
  | "TEXT_FILTER_METHOD_EQUALS"
  | "TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE"
  | "TEXT_FILTER_METHOD_STARTS_WITH"
  | "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE"
  | "TEXT_FILTER_METHOD_CONTAINS"
  | "TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE"
  | "TEXT_FILTER_METHOD_ENDS_WITH"
  | "TEXT_FILTER_METHOD_ENDS_WITH_IGNORE_CASE";

/** Which targets are listed, in the words of ZITADEL's API. */
export type TargetFilter =
  /** By name, of which ZITADEL compares at most 200 characters. Default method: `TEXT_FILTER_METHOD_EQUALS`. */
  | { targetNameFilter: { targetName: string; method?: TextFilterMethod }; inTargetIdsFilter?: never }
  /** By id; ids that there are none of are left out of the answer. */
  | { inTargetIdsFilter: { targetIds: string[] }; targetNameFilter?: never };
