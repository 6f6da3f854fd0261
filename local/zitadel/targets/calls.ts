import type { Call } from "../call";
import type { EndpointPolicy } from "../endpoint";
import { ApiError, invalid } from "../errors";
import type { Store } from "../store";
import { check, id as idRule } from "../validate";
import type { WireDuration } from "../duration";
import { decode } from "../wire";
import { createTarget, removeTarget, updateTarget, type TargetUpdate } from "./commands";
import type { PayloadType, TargetKind } from "./events";
import {
  CreateTargetRequest,
  ListTargetsRequest,
  PAYLOAD_TYPES,
  UpdateTargetRequest,
  type CreateTargetMessage,
  type UpdateTargetMessage,
} from "./messages";
import { searchTargets, targetJson } from "./search";
import { validateCreate, validateList, validateUpdate } from "./validate";

/** The API for targets. */
export function targetCalls(
  store: Store,
  endpoints: EndpointPolicy,
): Record<"create" | "get" | "update" | "delete" | "search", Call> {
  return {
    create: {
      permission: "action.target.write",
      prepare: (_, body) => {
        const request = decode(CreateTargetRequest, body);
        return () => create(store, endpoints, request);
      },
    },
    get: {
      permission: "action.target.read",
      prepare:
        ([id = ""]) =>
        () => {
          check(idRule("GetTargetRequest.Id", id));
          const row = store.readModel.read().targets.get(id);
          if (row === undefined) throw ApiError.domain(5, "QUERY-hj5oaniyrz", "Target not found");
          return { target: targetJson(row) };
        },
    },
    update: {
      permission: "action.target.write",
      prepare: ([id = ""], body) => {
        const request = decode(UpdateTargetRequest, body);
        return () => update(store, endpoints, id, request);
      },
    },
    delete: {
      permission: "action.target.delete",
      prepare:
        ([id = ""]) =>
        () => {
          check(idRule("DeleteTargetRequest.Id", id));
          return removeTarget(store, id);
        },
    },
    search: {
      permission: "action.target.read",
      prepare: (_, body) => {
        const request = decode(ListTargetsRequest, body);
        return () => {
          validateList(request);
          return searchTargets(request, store.readModel.read().targets.rows());
        };
      },
    },
  };
}

function create(store: Store, endpoints: EndpointPolicy, request: CreateTargetMessage): object {
  validateCreate(request);
  const type = targetType(request);
  if (type === undefined) throw invalid("invalid CreateTargetRequest.TargetType: value is required");
  const { name = "", endpoint = "" } = request;
  const timeout = nanoseconds(request.timeout);
  if (timeout === 0) throw ApiError.domain(3, "COMMAND-39f35d8uri", "Target has no timeout");
  checkEndpoint(endpoints, endpoint, { unparsable: "COMMAND-1r2k6qo6wg", denied: "COMMAND-NcJUKo" });
  const payloadType = payloadTypeOf(request.payloadType);
  return createTarget(store, { name, endpoint, timeout, payloadType, ...type });
}

function update(store: Store, endpoints: EndpointPolicy, id: string, request: UpdateTargetMessage): object {
  validateUpdate(id, request);
  const change: TargetUpdate = { ...targetType(request), payloadType: payloadTypeOf(request.payloadType) };
  if (request.name !== undefined) change.name = request.name;
  if (request.timeout !== undefined) {
    change.timeout = nanoseconds(request.timeout);
    if (change.timeout === 0) throw ApiError.domain(3, "COMMAND-08b39vdi57", "Target has no timeout");
  }
  if (request.endpoint !== undefined) {
    change.endpoint = request.endpoint;
    checkEndpoint(endpoints, request.endpoint, { unparsable: "COMMAND-jsbaera7b6", denied: "COMMAND-jKbbu2" });
  }
  if (request.expirationSigningKey !== undefined) change.rotateSigningKey = true;
  return updateTarget(store, id, change);
}

function checkEndpoint(endpoints: EndpointPolicy, endpoint: string, ids: { unparsable: string; denied: string }): void {
  const verdict = endpoints.check(endpoint);
  if (verdict === "unparsable") throw ApiError.domain(3, ids.unparsable, "Target has an invalid URL");
  if (verdict === "denied") throw ApiError.domain(3, ids.denied, "Errors.Target.DeniedURL");
}

/** The type of a target in a request, with its flag: one that is left out is `false`, also for `restAsync`. */
function targetType(request: UpdateTargetMessage): { kind: TargetKind; interruptOnError: boolean } | undefined {
  const { restWebhook, restCall, restAsync } = request;
  if (restWebhook) return { kind: "restWebhook", interruptOnError: restWebhook.interruptOnError ?? false };
  if (restCall) return { kind: "restCall", interruptOnError: restCall.interruptOnError ?? false };
  return restAsync ? { kind: "restAsync", interruptOnError: false } : undefined;
}

function nanoseconds(duration: WireDuration | undefined): number {
  return duration === undefined ? 0 : duration.seconds * 1_000_000_000 + duration.nanos;
}

function payloadTypeOf(number: number | undefined): PayloadType {
  return PAYLOAD_TYPES[number ?? 0] ?? "PAYLOAD_TYPE_UNSPECIFIED";
}
