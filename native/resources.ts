import { createHash } from "node:crypto";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { ZitadelError } from "../provider/api/errors";
import type { Connections } from "../provider/core/connections";
import { Managed } from "../provider/core/managed";
import { type Properties, unknown } from "../provider/core/properties";
import { shown } from "../provider/core/shown";
import { withoutPulumis } from "../provider/dynamic/forwarder";
import { detailedDiff } from "./detailed-diff";
import { Failed, failure } from "./errors";
import type { Engine } from "./log";
import { type Named, namedBy } from "./kinds";
import type { Handlers } from "./handlers";
import { fromStruct, toStruct } from "./structs";

const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;

/** The calls about resources. */
export function resourceCalls(
  engine: Engine,
  connections: Connections,
  stop: AbortSignal,
): Handlers<"check" | "diff" | "create" | "read" | "update" | "delete"> {
  /** Does something with a resource. Everything that it logs is at the engine before its answer. */
  const act = async <Answer>(
    urn: string,
    inputs: Properties,
    work: (managed: Managed, named: Named) => Promise<Answer> | Answer,
  ): Promise<Answer> => {
    const named = namedBy(urn);
    const { sent, ...log } = engine.logOf(urn);
    const managed = new Managed(named.lifecycle, connections, log, engine.runsNow);
    try {
      if (stop.aborted) throw new ZitadelError("cancelled", "Pulumi cancelled the operation before it began.");
      return await work(managed, named);
    } catch (error) {
      throw new Failed(error, inputs, named.secrets);
    } finally {
      await sent();
    }
  };
  const own = (struct: Parameters<typeof fromStruct>[0]) => withoutPulumis(fromStruct(struct));

  return {
    check(request) {
      const [olds, news] = [own(request.getOlds()), own(request.getNews())];
      return act(request.getUrn(), news, (managed, { name, resource }) => {
        const known = Object.keys(olds).length === 0 ? undefined : olds;
        const autoName = namerOf(request, name);
        const result = managed.check(resource, { olds: known, news, logicalName: name, ...(autoName && { autoName }) });
        const { warn, sent } = engine.logOf(request.getUrn());
        for (const warning of result.warnings ?? []) warn(warning);
        const response = new proto.CheckResponse();
        response.setInputs(toStruct(result.inputs));
        response.setFailuresList(result.failures.map((one) => failure(shown(one), engine.words)));
        return sent().then(() => response);
      });
    },

    diff(request) {
      const [olds, news] = [own(request.getOlds()), own(request.getNews())];
      return act(request.getUrn(), news, async (managed, named) => {
        const { lifecycle, resource } = named;
        const { changes, replaces, deleteBeforeReplace } = await managed.diff(resource, request.getId(), olds, news);
        const differing = lifecycle.isState(olds) ? lifecycle.differing(olds, news) : [];
        const response = new proto.DiffResponse();
        response.setChanges(changes ? DIFF_SOME : DIFF_NONE);
        response.setReplacesList([...replaces]);
        response.setDeletebeforereplace(deleteBeforeReplace === true);
        response.setDiffsList([...new Set([...differing, ...replaces])]);
        response.setHasdetaileddiff(true);
        for (const [path, kind] of detailedDiff(olds, news, differing, replaces)) {
          const difference = new proto.PropertyDiff();
          difference.setKind(kind);
          response.getDetaileddiffMap().set(path, difference);
        }
        return response;
      });
    },

    create(request) {
      const inputs = own(request.getProperties());
      return act(request.getUrn(), inputs, async (managed, named) => {
        const { resource, secrets } = named;
        const response = new proto.CreateResponse();
        if (request.getPreview()) {
          // The `up` generates another name: its process does not know this one.
          const generated = inputs["__autoName"] === undefined ? {} : { name: unknown, __autoName: unknown };
          return response.setProperties(toStruct({ ...managed.plan(resource, inputs), ...generated }, secrets));
        }
        const { id, state } = await managed.create(resource, inputs);
        response.setId(id);
        return response.setProperties(toStruct(state, secrets));
      });
    },

    read(request) {
      const olds = own(request.getProperties());
      return act(request.getUrn(), {}, async (managed, { resource, secrets }) => {
        const response = new proto.ReadResponse();
        const found = await managed.read(resource, request.getId(), olds);
        // An empty id says that the resource is gone.
        if (found === undefined) return response;
        response.setId(request.getId());
        response.setInputs(toStruct(found.inputs));
        return response.setProperties(toStruct(found.state, secrets));
      });
    },

    update(request) {
      const [olds, news] = [own(request.getOlds()), own(request.getNews())];
      return act(request.getUrn(), news, async (managed, { resource, secrets }) => {
        const state = request.getPreview()
          ? managed.plan(resource, news, olds)
          : await managed.update(resource, request.getId(), olds, news);
        return new proto.UpdateResponse().setProperties(toStruct(state, secrets));
      });
    },

    delete(request) {
      const olds = own(request.getProperties());
      return act(request.getUrn(), {}, async (managed, { resource }) => {
        await managed.delete(resource, request.getId(), olds);
        return new Empty();
      });
    },
  };
}

/** How Pulumi wants an object to be named that the program gives no name: as the stack's configuration says, or from its seed. */
function namerOf(request: proto.CheckRequest, name: string): (() => string | undefined) | undefined {
  const options = request.getAutonaming();
  if (options !== undefined) {
    const isOff = options.getMode() === proto.CheckRequest.AutonamingOptions.Mode.DISABLE;
    return () => (isOff ? undefined : options.getProposedName());
  }
  const seed = request.getRandomseed_asU8();
  if (seed.length === 0) return undefined;
  return () => `${name}-${createHash("sha256").update(seed).digest("hex").slice(0, 7)}`;
}
