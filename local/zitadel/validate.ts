import { invalid } from "./errors";
import {
  TEXT_FILTER_METHODS,
  type CreateTargetMessage,
  type ListTargetsMessage,
  type TargetSearchFilterMessage,
  type UpdateTargetMessage,
} from "./messages";
import type { WireDuration } from "./wire";

/** The rules of single fields in ZITADEL's order; the first failure is reported. That there is a type is checked last. */
export function validateCreate(request: CreateTargetMessage): void {
  const message = "CreateTargetRequest";
  runes(`${message}.Name`, request.name ?? "", 1, 1000);
  timeoutRange(message, request.timeout);
  runes(`${message}.Endpoint`, request.endpoint ?? "", 1, 2048);
}

export function validateUpdate(id: string, request: UpdateTargetMessage): void {
  const message = "UpdateTargetRequest";
  validateId(message, id);
  if (request.name !== undefined) runes(`${message}.Name`, request.name, 1, 1000);
  timeoutRange(message, request.timeout);
  if (request.endpoint !== undefined) runes(`${message}.Endpoint`, request.endpoint, 1, 2048);
  const expiration = request.expirationSigningKey;
  if (expiration !== undefined && (expiration.seconds !== 0 || expiration.nanos !== 0)) {
    throw invalid(`invalid ${message}.ExpirationSigningKey: value must equal 0s`);
  }
}

export function validateId(message: string, id: string): void {
  runes(`${message}.Id`, id, 1, 200);
}

export function validateList(request: ListTargetsMessage): void {
  for (const [index, filter] of (request.filters ?? []).entries()) {
    const failure = filterFailure(filter);
    if (failure === undefined) continue;
    throw invalid(
      `invalid ListTargetsRequest.Filters[${index}]: embedded message failed validation | caused by: ${failure}`,
    );
  }
}

function filterFailure(filter: TargetSearchFilterMessage): string | undefined {
  const byName = filter.targetNameFilter;
  if (byName === undefined) {
    return filter.inTargetIdsFilter ? undefined : "invalid TargetSearchFilter.Filter: value is required";
  }
  const failure = nameFilterFailure(byName);
  if (failure === undefined) return undefined;
  return `invalid TargetSearchFilter.TargetNameFilter: embedded message failed validation | caused by: invalid TargetNameFilter.${failure}`;
}

function nameFilterFailure(filter: { targetName?: string; method?: number }): string | undefined {
  if (runeCount(filter.targetName ?? "") > 200) return "TargetName: value length must be at most 200 runes";
  if (TEXT_FILTER_METHODS[filter.method ?? 0] === undefined) {
    return "Method: value must be one of the defined enum values";
  }
  return undefined;
}

function timeoutRange(message: string, timeout: WireDuration | undefined): void {
  if (timeout === undefined) return;
  const { seconds, nanos } = timeout;
  if (seconds < 0 || nanos < 0 || seconds > 270 || (seconds === 270 && nanos > 0)) {
    throw invalid(`invalid ${message}.Timeout: value must be inside range [0s, 4m30s]`);
  }
}

function runes(field: string, value: string, least: number, most: number): void {
  const count = runeCount(value);
  if (count < least || count > most) {
    throw invalid(`invalid ${field}: value length must be between ${least} and ${most} runes, inclusive`);
  }
}

function runeCount(text: string): number {
  return Array.from(text).length;
}
