import { ListExecutionsRequest, SetExecutionRequest } from "../executions/messages";
import type { ApiOperation } from "../operations";
import { AddPublicKeyRequest, ListPublicKeysRequest } from "../public-keys/messages";
import { CreateTargetRequest, ListTargetsRequest, UpdateTargetRequest } from "../targets/messages";
import { decode, fieldName, type MessageType } from "../wire";
import { encode } from "./encode";
import type { FieldTest } from "./message";

interface OwnMethod {
  /** Its name. Methods that share a path have one name for each word in it. */
  name: string | Record<string, string>;
  /** The fields of its request that are in the path, in this order. */
  inPath: readonly string[];
  /** The message in the body. */
  body: MessageType;
}

const NOTHING: MessageType = { name: "", fields: {} };
const KEY = ["targetId", "keyId"];

const METHODS: Record<ApiOperation, OwnMethod> = {
  create: { name: "CreateTarget", inPath: [], body: CreateTargetRequest },
  get: { name: "GetTarget", inPath: ["id"], body: NOTHING },
  update: { name: "UpdateTarget", inPath: ["id"], body: UpdateTargetRequest },
  delete: { name: "DeleteTarget", inPath: ["id"], body: NOTHING },
  search: { name: "ListTargets", inPath: [], body: ListTargetsRequest },
  addKey: { name: "AddPublicKey", inPath: ["targetId"], body: AddPublicKeyRequest },
  searchKeys: { name: "ListPublicKeys", inPath: ["targetId"], body: ListPublicKeysRequest },
  deleteKey: { name: "RemovePublicKey", inPath: KEY, body: NOTHING },
  activateKey: { name: "ActivatePublicKey", inPath: KEY, body: NOTHING },
  deactivateKey: { name: "DeactivatePublicKey", inPath: KEY, body: NOTHING },
  setExecution: { name: "SetExecution", inPath: [], body: SetExecutionRequest },
  searchExecutions: { name: "ListExecutions", inPath: [], body: ListExecutionsRequest },
  listWords: {
    name: {
      functions: "ListExecutionFunctions",
      methods: "ListExecutionMethods",
      services: "ListExecutionServices",
    },
    inPath: [],
    body: NOTHING,
  },
};

/**
 * Returns the method of a call of the mock server's own API, such as `/zitadel.action.v2.ActionService/CreateTarget`. Its version is
 * that of the path.
 */
export function fullMethodOf(operation: ApiOperation, values: readonly string[], path: string): string {
  const { name } = METHODS[operation];
  const version = path.split("/")[1] ?? "";
  return `/zitadel.action.${version}.ActionService/${typeof name === "string" ? name : (name[values[0] ?? ""] ?? "")}`;
}

/** Returns the request of such a call as one JSON message, which includes the values in the path. */
export function requestJson(operation: ApiOperation, values: readonly string[], body: string): string {
  const { inPath, body: type } = METHODS[operation];
  const whole = wholeType(operation);
  const path = Object.fromEntries(inPath.map((name, index) => [name, values[index] ?? ""]));
  return encode(whole, { ...decode(type, body), ...path });
}

/** Returns the values that the path of a request would have had. */
export function valuesOf(operation: ApiOperation, values: readonly string[], request: string): readonly string[] {
  const { inPath } = METHODS[operation];
  const fields = decode(wholeType(operation), request) as Record<string, string | undefined>;
  return inPath.length === 0 ? values : inPath.map((name) => fields[name] ?? "");
}

export function fieldTestOf(operation: ApiOperation): FieldTest {
  const type = wholeType(operation);
  return (name) => fieldName(type, name) !== undefined;
}

function wholeType(operation: ApiOperation): MessageType {
  const { inPath, body } = METHODS[operation];
  return {
    ...body,
    fields: { ...Object.fromEntries(inPath.map((name) => [name, { type: "string" }])), ...body.fields },
  };
}
