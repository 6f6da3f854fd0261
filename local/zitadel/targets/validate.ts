import { check, defined, embedded, embeddedIn, id, required, runeCount, runes, type Failure } from "../validate";
import type { WireDuration } from "../duration";
import {
  TEXT_FILTER_METHODS,
  type CreateTargetMessage,
  type ListTargetsMessage,
  type TargetSearchFilterMessage,
  type UpdateTargetMessage,
} from "./messages";

/** The rules of single fields in ZITADEL's order; the first failure is reported. That there is a type is checked last. */
export function validateCreate(request: CreateTargetMessage): void {
  const { name = "", timeout, endpoint = "" } = request;
  check(
    runes("CreateTargetRequest.Name", name, 1, 1000),
    timeoutRange("CreateTargetRequest.Timeout", timeout),
    runes("CreateTargetRequest.Endpoint", endpoint, 1, 2048),
  );
}

export function validateUpdate(targetId: string, request: UpdateTargetMessage): void {
  const { name, timeout, endpoint, expirationSigningKey: expiration } = request;
  check(
    id("UpdateTargetRequest.Id", targetId),
    name === undefined ? undefined : runes("UpdateTargetRequest.Name", name, 1, 1000),
    timeoutRange("UpdateTargetRequest.Timeout", timeout),
    endpoint === undefined ? undefined : runes("UpdateTargetRequest.Endpoint", endpoint, 1, 2048),
    expiration === undefined || (expiration.seconds === 0 && expiration.nanos === 0)
      ? undefined
      : "invalid UpdateTargetRequest.ExpirationSigningKey: value must equal 0s",
  );
}

export function validateList({ filters = [] }: ListTargetsMessage): void {
  check(embeddedIn("ListTargetsRequest.Filters", filters, filterFailure));
}

function filterFailure({ targetNameFilter, inTargetIdsFilter }: TargetSearchFilterMessage): Failure {
  if (targetNameFilter === undefined) return required("TargetSearchFilter.Filter", inTargetIdsFilter);
  return embedded("TargetSearchFilter.TargetNameFilter", nameFilterFailure(targetNameFilter));
}

function nameFilterFailure({ targetName = "", method }: { targetName?: string; method?: number }): Failure {
  if (runeCount(targetName) > 200) {
    return "invalid TargetNameFilter.TargetName: value length must be at most 200 runes";
  }
  return defined("TargetNameFilter.Method", TEXT_FILTER_METHODS, method);
}

function timeoutRange(field: string, timeout: WireDuration | undefined): Failure {
  if (timeout === undefined) return undefined;
  const { seconds, nanos } = timeout;
  const isWithin = seconds >= 0 && nanos >= 0 && (seconds < 270 || (seconds === 270 && nanos === 0));
  return isWithin ? undefined : `invalid ${field}: value must be inside range [0s, 4m30s]`;
}
