// pulumirpc.ResourceMonitor: what the program declares.
import type * as Jspb from "google-protobuf";
import * as monitorProto from "@pulumi/pulumi/proto/resource_pb";
import { Empty, grpc, statusError, serviceOf } from "./sdk";
import type { ResourceState } from "./state";
import type { Goal, Registered, Steps } from "./steps";
import { fromStruct, mapValue, type Props, signature, secretSignature, isProps, toStruct } from "./values";

export interface MonitorOptions {
  readonly steps: Steps;
  readonly project: string;
  readonly stack: string;
  readonly config: ReadonlyMap<string, { value: string; secret: boolean }>;
  readonly dryRun: boolean;
  readonly parallel: number;
  /** The program has said all that it had to say. */
  onSignal(): void;
  /** The run is over, one way or the other. */
  readonly over: Promise<void>;
}

const { ResourceMonitorFeature: feature } = monitorProto;
const features = [
  feature.RESOURCE_MONITOR_FEATURE_SECRETS,
  feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
];
const featureNames = ["secrets", "deletedWith", "aliasSpecs"];

export function monitorService(options: MonitorOptions): ReturnType<typeof serviceOf> {
  const { steps, over } = options;
  /** A resource that fails gets no answer before the run is over, and then one that ends the program quietly. */
  const settled = async (registering: Promise<Registered>): Promise<Registered> => {
    try {
      return await registering;
    } catch (error) {
      await over;
      throw statusError(grpc.status.UNAVAILABLE, (error as Error).message);
    }
  };
  const refuse = (what: string) => (): never => {
    throw unsupported(what);
  };
  return serviceOf({
    getDeploymentInfo: () => deploymentInfo(options),
    supportsFeature: (request: monitorProto.SupportsFeatureRequest) =>
      new monitorProto.SupportsFeatureResponse().setHassupport(featureNames.includes(request.getId())),
    registerResource: async (request: monitorProto.RegisterResourceRequest) => {
      const { urn, id, outputs } = await settled(steps.register(goalOf(request)));
      return new monitorProto.RegisterResourceResponse().setUrn(urn).setId(id).setObject(toStruct(outputs));
    },
    registerResourceOutputs: (request: monitorProto.RegisterResourceOutputsRequest) => {
      steps.registerOutputs(request.getUrn(), propsOf(request.getOutputs()));
      return new Empty();
    },
    readResource: async (request: monitorProto.ReadResourceRequest) => {
      const { urn, outputs } = await settled(steps.read(readGoalOf(request)));
      return new monitorProto.ReadResourceResponse().setUrn(urn).setProperties(toStruct(outputs));
    },
    signalAndWaitForShutdown: async () => {
      options.onSignal();
      await over;
      return new Empty();
    },
    invoke: (request: monitorProto.ResourceInvokeRequest) => refuse(`invoke of ${request.getTok()}`)(),
    call: refuse("a call of a component's method"),
    existsResource: refuse("a question whether a resource exists"),
    registerStackTransform: refuse("a stack transform"),
    registerStackInvokeTransform: refuse("an invoke transform"),
    registerResourceHook: refuse("a resource hook"),
    registerErrorHook: refuse("an error hook"),
    registerPackage: refuse("a package that is not the SDK's own"),
  });
}

function unsupported(what: string): Error {
  return statusError(grpc.status.UNIMPLEMENTED, `${what}: the local engine does not support it; use the Pulumi CLI`);
}

function deploymentInfo({ project, stack, config, dryRun, parallel }: MonitorOptions): monitorProto.DeploymentInfo {
  const info = new monitorProto.DeploymentInfo()
    .setProject(project)
    .setStack(stack)
    .setOrganization("organization")
    .setDryrun(dryRun)
    .setParallel(parallel)
    .setSupportedfeaturesList(features)
    .setConfigsecretkeysList(Array.from(config).flatMap(([key, { secret }]) => (secret ? [key] : [])));
  for (const [key, { value }] of config) info.getConfigMap().set(key, value);
  return info;
}

function goalOf(request: monitorProto.RegisterResourceRequest): Goal {
  const name = `${request.getType()} '${request.getName()}'`;
  const refused: Record<string, boolean> = {
    aliases: request.getAliasesList().length > 0 || request.getAliasurnsList().length > 0,
    "an explicit provider": request.getProvider() !== "" || request.getProvidersMap().getLength() > 0,
    import: request.getImportid() !== "",
    "a remote component": request.getRemote(),
    replaceWith: request.getReplaceWithList().length > 0,
    replacementTrigger: request.hasReplacementTrigger(),
    transforms: request.getTransformsList().length > 0,
    hooks: request.hasHooks(),
    hideDiffs: request.getHidediffsList().length > 0,
    envVarMappings: request.getEnvvarmappingsMap().getLength() > 0,
    "state migrations": request.getStateMigrationsList().length > 0,
  };
  for (const [what, isSet] of Object.entries(refused)) if (isSet) throw unsupported(`${what} of ${name}`);
  const timeouts = request.getCustomtimeouts();
  const dependencies = Array.from(request.getPropertydependenciesMap().entries() as Iterable<[string, PropertyUrns]>);
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    inputs: propsOf(request.getObject()),
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    options: optionsOf({
      parent: request.getParent(),
      protect: request.getProtect() ?? false,
      dependencies: request.getDependenciesList(),
      propertyDependencies: Object.fromEntries(dependencies.map(([key, urns]) => [key, urns.getUrnsList()])),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      customTimeouts: timeoutsOf({
        create: timeouts?.getCreate() ?? "",
        update: timeouts?.getUpdate() ?? "",
        delete: timeouts?.getDelete() ?? "",
        read: timeouts?.getRead() ?? "",
      }),
      retainOnDelete: request.getRetainondelete() ?? false,
      deletedWith: request.getDeletedwith(),
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
    }),
  };
}

type PropertyUrns = Pick<monitorProto.RegisterResourceRequest.PropertyDependencies, "getUrnsList"> & Jspb.Message;

function readGoalOf(request: monitorProto.ReadResourceRequest): Goal & { id: string } {
  if (request.getProvider() !== "") throw unsupported(`an explicit provider of ${request.getName()}`);
  return {
    id: request.getId(),
    type: request.getType(),
    name: request.getName(),
    custom: true,
    parent: request.getParent(),
    inputs: propsOf(request.getProperties()),
    deleteBeforeReplace: undefined,
    options: optionsOf({
      parent: request.getParent(),
      dependencies: request.getDependenciesList(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    }),
  };
}

/** Without what was not set: the state mentions only what was. */
function optionsOf(options: Partial<ResourceState>): Partial<ResourceState> {
  const isSet = (value: unknown): boolean =>
    typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
  return Object.fromEntries(Object.entries(options).filter(([, value]) => isSet(value)));
}

/** `10m` and the like in seconds. */
function timeoutsOf(timeouts: Record<string, string>): Record<string, number> {
  const seconds: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parse = (text: string): number =>
    Array.from(text.matchAll(/([\d.]+)(ms|h|m|s)/g)).reduce(
      (sum, [, n, unit]) => sum + Number(n) * (seconds[unit ?? ""] ?? 0),
      0,
    );
  return Object.fromEntries(
    Object.entries(timeouts).flatMap(([key, text]) => (text === "" ? [] : [[key, parse(text)]])),
  );
}

/** Properties may hold plain values and secrets; what else the protocol knows is refused. */
function propsOf(struct: Parameters<typeof fromStruct>[0]): Props {
  const props = fromStruct(struct);
  mapValue(props, (value) => {
    if (isProps(value) && signature in value && value[signature] !== secretSignature)
      throw unsupported("an asset, an archive or a resource among the properties");
    return value;
  });
  return props;
}
