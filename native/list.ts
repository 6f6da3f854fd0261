import { ListRequest, ListResponse } from "@pulumi/pulumi/proto/provider_pb";
import { ZitadelError } from "../provider/api/errors";
import { everything, pagesOf } from "../provider/api/search";
import type { Client } from "../provider/core/client";
import type { Connections } from "../provider/core/connections";
import { findExecutions, findTargets } from "../provider/lookup/calls";
import { idOf } from "../provider/public-key/id";
import { keysOf } from "../provider/public-key/search";
import type { Kind } from "./kinds";
import { fromStruct } from "./structs";

interface Listed {
  readonly id: string;
  readonly name: string;
}

/** The objects of a type on an instance, by the name of their lifecycle's type. Keys are listed with their target's name. */
const lists: Readonly<Record<string, (client: Client) => Promise<Listed[]>>> = {
  ZitadelTarget: async (client) => (await findTargets(client)).map(({ id, name }) => ({ id, name })),
  ZitadelExecution: async (client) => (await findExecutions(client)).map(({ id }) => ({ id, name: id })),
  ZitadelTargetPublicKey: async (client) => {
    const listed: Listed[] = [];
    for (const { id, name } of await findTargets(client))
      for (const { keyId } of await everything(pagesOf(client, keysOf(id)))) listed.push({ id: idOf(id, keyId), name });
    return listed;
  },
};

/** Answers `List`: the ids with which objects can be imported. Its query takes `instance`. */
export async function list(
  request: ListRequest,
  { lifecycle }: Kind,
  connections: Connections,
): Promise<ListResponse[]> {
  const { instance, ...others } = fromStruct(request.getQuery());
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new ZitadelError("invalid_request", `A list cannot be filtered by ${other}. The query takes instance.`);
  const all = (await lists[lifecycle.type]?.(connections.client(instance as string | undefined))) ?? [];
  const limit = request.getLimit();
  return (limit > 0 ? all.slice(0, limit) : all).map(({ id, name }) => {
    const result = new ListResponse.Result();
    result.setId(id);
    result.setName(name);
    return new ListResponse().setResult(result);
  });
}
