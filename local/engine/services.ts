// The two services that the program's host calls: ResourceMonitor for the resources that it declares, Engine for its messages.
import type * as EngineProto from "@pulumi/pulumi/proto/engine_pb";
import type * as Proto from "@pulumi/pulumi/proto/resource_pb";
import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb";
import type { Alias } from "./aliases";
import type { Deployment } from "./deployment";
import type { Display, Severity } from "./display";
import {
  Empty,
  engineProto,
  fromStruct,
  grpc,
  providerProto,
  ResourceMonitorService,
  resourceProto as proto,
  serviceOf,
  toStruct,
  unsupported,
} from "./sdk";
import { dynamicPackage } from "./host";
import { packageOf, type ResourceState } from "./resource";
import type { Goal, Steps } from "./steps";
import { isProps, type Props, secretSignature, signature, type Value } from "./values";

const { LogSeverity } = engineProto;
const severities: Partial<Record<EngineProto.LogSeverity, Severity>> = {
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};

export function engineService(display: Display): ReturnType<typeof serviceOf> {
  let root = "";
  return serviceOf({
    log: (request: EngineProto.LogRequest) => {
      const severity = severities[request.getSeverity()]; // debug messages have no severity here, and are not shown
      if (severity !== undefined && !request.getEphemeral())
        display.say(severity, request.getMessage(), request.getUrn());
      return new Empty();
    },
    getRootResource: () => new engineProto.GetRootResourceResponse().setUrn(root),
    setRootResource: (request: EngineProto.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engineProto.SetRootResourceResponse();
    },
    requirePulumiVersion: () => new engineProto.RequirePulumiVersionResponse(),
  });
}

/** `onSignal` is called when the program has declared everything. The program ends when the run is `over`. */
export function monitorService(
  deployment: Deployment,
  steps: Steps,
  onSignal: () => void,
  over: Promise<unknown>,
): ReturnType<typeof serviceOf> {
  /** A resource that fails gets no answer until the run is over, unless the run continues on errors. Then its answer ends the program quietly. */
  const register = async (goal: Goal): Promise<ResourceState> => {
    try {
      return await steps.register(goal);
    } catch (error) {
      if (deployment.isHalted) await over;
      throw Object.assign(new Error((error as Error).message), { code: grpc.status.UNAVAILABLE });
    }
  };
  const refuse = (method: string) => (): never => {
    throw unsupported(method);
  };
  return serviceOf({
    ...Object.fromEntries(Object.keys(ResourceMonitorService).map((method) => [method, refuse(method)])),
    supportsFeature: (request: Proto.SupportsFeatureRequest) =>
      new proto.SupportsFeatureResponse().setHassupport(
        ["secrets", "deletedWith", "aliasSpecs"].includes(request.getId()),
      ),
    registerResource: async (request: Proto.RegisterResourceRequest) => {
      const goal = goalOf(request, deployment);
      const response = new proto.RegisterResourceResponse().setUrn(goal.wanted.urn);
      const made = await register(goal).catch((error: unknown) => {
        if (deployment.isHalted) throw error;
      });
      if (made === undefined) return response.setObject(toStruct()).setResult(proto.Result.FAIL);
      const { urn, id = "", outputs } = made;
      response.setUrn(urn).setId(id).setObject(toStruct(outputs));
      const newer: Partial<Pick<typeof response, "setUnknown">> = response; // the oldest SDK does not have it
      if (steps.skipped.has(urn)) newer.setUnknown?.(true);
      return response;
    },
    registerResourceOutputs: (request: Proto.RegisterResourceOutputsRequest) => {
      steps.registerOutputs(request.getUrn(), propsOf(request.getOutputs()));
      return new Empty();
    },
    readResource: async (request: Proto.ReadResourceRequest) => {
      const { urn, outputs } = await register(readGoalOf(request, deployment));
      return new proto.ReadResourceResponse().setUrn(urn).setProperties(toStruct(outputs));
    },
    signalAndWaitForShutdown: async () => {
      onSignal();
      await over;
      return new Empty();
    },
    invoke: async (request: Proto.ResourceInvokeRequest) => {
      const [tok, args] = [request.getTok(), propsOf(request.getArgs())];
      const said = await steps
        .invoke(tok, args, request.getProvider(), request.getVersion())
        .catch((error: unknown) => {
          throw new Error(`invocation of ${tok} returned an error: ${(error as Error).message}`);
        });
      const failures = said.failures.map(({ property, reason }) =>
        new providerProto.CheckFailure().setProperty(property).setReason(reason),
      );
      // In the oldest SDK, a program gets the same message as the engine.
      const isOld = !("ResourceInvokeResponse" in proto);
      const response = isOld ? new providerProto.InvokeResponse() : new proto.ResourceInvokeResponse();
      return response.setReturn(toStruct(said.result)).setFailuresList(failures);
    },
  });
}

/** Options that the oldest SDK does not have. There, they are not set. */
type NewerOptions = Pick<
  Proto.RegisterResourceRequest,
  | "getAliasspecs"
  | "getPackageref"
  | "getReplaceWithList"
  | "hasReplacementTrigger"
  | "hasHooks"
  | "getHidediffsList"
  | "getEnvvarmappingsMap"
  | "getStateMigrationsList"
>;

/** Options of a resource that only the real engine supports. */
function refuseOptions(request: Proto.RegisterResourceRequest): void {
  const newer: Partial<NewerOptions> = request;
  const refused = {
    "aliases of an SDK this old": request.getAliasesList().length > 0 && newer.getAliasspecs?.() !== true,
    import: request.getImportid() !== "" && packageOf(request.getType()) === dynamicPackage,
    "a package of another kind": newer.getPackageref?.() !== undefined && newer.getPackageref() !== "",
    "a remote component": request.getRemote(),
    "deletedWith of a component": request.getDeletedwith() !== "" && !request.getCustom(),
    replaceOnChanges: request.getReplaceonchangesList().length > 0,
    replaceWith: newer.getReplaceWithList?.().length,
    replacementTrigger: newer.hasReplacementTrigger?.(),
    customTimeouts: Object.values(request.getCustomtimeouts()?.toObject() ?? {}).some((text) => text !== ""),
    transforms: request.getTransformsList().length > 0,
    hooks: newer.hasHooks?.(),
    hideDiffs: newer.getHidediffsList?.().length,
    envVarMappings: newer.getEnvvarmappingsMap?.().getLength(),
    "state migrations": newer.getStateMigrationsList?.().length,
  };
  for (const [what, isSet] of Object.entries(refused))
    if (isSet) throw unsupported(`${what} of ${request.getType()} '${request.getName()}'`);
}

type PropertyDependencies = Proto.RegisterResourceRequest.PropertyDependencies;

function goalOf(request: Proto.RegisterResourceRequest, deployment: Deployment): Goal {
  refuseOptions(request);
  const properties = request.getPropertydependenciesMap().entries() as unknown as Iterable<
    [string, PropertyDependencies]
  >;
  const options = {
    protect: request.getProtect() ?? false,
    propertyDependencies: Object.fromEntries(Array.from(properties, ([key, urns]) => [key, urns.getUrnsList()])),
    retainOnDelete: request.getRetainondelete() ?? false,
    deletedWith: request.getDeletedwith(),
    ignoreChanges: request.getIgnorechangesList(),
    importID: request.getImportid(),
  };
  return {
    wanted: { ...stateOf(request, request.getCustom(), request.getObject(), deployment), ...whatIsSet(options) },
    aliases: [...request.getAliasurnsList().map((urn) => ({ urn })), ...request.getAliasesList().map(aliasOf)],
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    version: request.getVersion(),
  };
}

/** If an alias leaves something out, the resource's own value is used. */
function aliasOf(alias: AliasMessage): Alias {
  const spec = alias.getSpec();
  if (spec === undefined) return { urn: alias.getUrn() };
  const said = { name: spec.getName(), type: spec.getType(), stack: spec.getStack(), project: spec.getProject() };
  const parent = spec.getNoparent() ? "" : spec.getParenturn();
  return { ...whatIsSet(said), ...((parent !== "" || spec.getNoparent()) && { parent }) };
}

function readGoalOf(request: Proto.ReadResourceRequest, deployment: Deployment): Goal {
  const state = stateOf(request, true, request.getProperties(), deployment);
  return { wanted: { ...state, id: request.getId(), external: true }, version: request.getVersion() };
}

/** The fields that both ways of declaring a resource have. */
function stateOf(
  request: Proto.RegisterResourceRequest | Proto.ReadResourceRequest,
  custom: boolean,
  struct: Parameters<typeof fromStruct>[0],
  deployment: Deployment,
): ResourceState {
  const [type, parent] = [request.getType(), request.getParent()];
  const options = {
    parent,
    dependencies: request.getDependenciesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    provider: custom ? request.getProvider() : "",
  };
  const urn = deployment.urnOf(type, request.getName(), parent);
  return { urn, custom, type, inputs: propsOf(struct), ...whatIsSet(options) };
}

/** The state contains only options that are set. */
function whatIsSet<Options extends object>(options: Options): Partial<Options> {
  const isSet = (value: unknown): boolean =>
    typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
  return Object.fromEntries(Object.entries(options).filter(([, value]) => isSet(value))) as Partial<Options>;
}

/** Properties can be plain values and secrets. Everything else in the protocol is rejected. */
function propsOf(struct: Parameters<typeof fromStruct>[0]): Props {
  const props = fromStruct(struct);
  JSON.stringify(props, (_, value: Value) => {
    if (isProps(value) && signature in value && value[signature] !== secretSignature)
      throw unsupported("an asset, an archive or a resource among the properties");
    return value;
  });
  return props;
}
