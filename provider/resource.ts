import * as pulumi from "@pulumi/pulumi";
import { dynamicType, forwarder, logicalNameKey, parentKey, providerKey } from "./forwarder";
import {
  refuseDeletedWith,
  refuseOwnProcess,
  requireInProject,
  warnOfPlainCredentials,
  warnOfReplaceOnChanges,
  withoutStackTraces,
} from "./program";

/** What makes a resource of a program one of ours. */
export interface Kind {
  /** The type, as the state has it after `pulumi-nodejs:dynamic/zitadel:`. */
  readonly type: string;
  /** The lifecycle that the provider process loads. */
  readonly lifecycle: Parameters<typeof forwarder>[0];
  /** What the program can read from the resource once it exists, besides what it can of all of them. */
  readonly outputs: readonly string[];
  readonly secrets: readonly string[];
  /** Whether ZITADEL deletes the object with its target, so that Pulumi need not. */
  readonly goesWithTarget?: true;
}

/** What every resource may be given. */
export interface InstanceArgs {
  /**
   * Which instance the object is on: a name from `zitadel:instances` in the stack configuration.
   *
   * @default the instance of `zitadel:domain`
   * @change replaces the resource; the new one is created first. Another name of the same server changes nothing on it
   * @fails at preview, where `zitadel:instances` has no such name (`settings`)
   */
  instance?: pulumi.Input<string>;
}

const sharedOutputs = ["adopt", "instance", "creationDate", "changeDate"];

/** What all resources of this package share: how they are registered. */
export abstract class ZitadelResource extends pulumi.CustomResource {
  /** Whether an existing object was to be taken over. */
  declare readonly adopt: pulumi.Output<boolean | undefined>;
  /** The name of the instance in `zitadel:instances`, where it is not the default one. */
  declare readonly instance: pulumi.Output<string | undefined>;
  /** When the object was created, or first set, by the server's clock (RFC 3339). */
  declare readonly creationDate: pulumi.Output<string>;
  /** When the object was last changed, by the server's clock (RFC 3339). */
  declare readonly changeDate: pulumi.Output<string>;

  constructor(kind: Kind, name: string, args: object, opts?: pulumi.CustomResourceOptions) {
    requireInProject();
    const { provider, version, pluginDownloadURL } = opts ?? {};
    const inherited = opts?.parent?.getProvider(dynamicType(kind.type));
    refuseOwnProcess(name, { provider: provider ?? inherited, version, pluginDownloadURL });
    if (opts?.deletedWith instanceof ZitadelResource && kind.goesWithTarget !== true) refuseDeletedWith(name);
    const restore = withoutStackTraces();
    try {
      super(
        dynamicType(kind.type),
        name,
        {
          ...Object.fromEntries([...kind.outputs, ...sharedOutputs].map((output) => [output, undefined])),
          ...args,
          [logicalNameKey]: name,
          [parentKey]: pathOf(opts?.parent),
          [providerKey]: forwarder(kind.lifecycle),
        },
        pulumi.mergeOptions(opts, { additionalSecretOutputs: [...kind.secrets] }),
      );
    } catch (error) {
      throw restore(error);
    }
    restore();
    // Once more: a transformation may have added one. Pulumi keeps them for itself, in every version since 3.139.
    const own = this as {
      readonly __prov?: unknown;
      readonly __version?: unknown;
      readonly __pluginDownloadURL?: unknown;
    };
    const { __prov, __version, __pluginDownloadURL } = own;
    refuseOwnProcess(name, { provider: __prov, version: __version, pluginDownloadURL: __pluginDownloadURL });
    warnOfPlainCredentials();
    warnOfReplaceOnChanges(this, opts);
  }
}

/** The types of the components that a resource lies in, as its URN has them; `undefined` at the top of the stack. */
function pathOf(parent: pulumi.Resource | undefined): string | undefined {
  const types: string[] = [];
  // Pulumi keeps both for itself, in every version since 3.139.
  type Known = { readonly __pulumiType?: string; readonly __parentResource?: Known };
  for (let one = parent as Known | undefined; one?.__pulumiType !== undefined; one = one.__parentResource)
    if (one.__pulumiType !== "pulumi:pulumi:Stack") types.unshift(one.__pulumiType);
  return types.length === 0 ? undefined : types.join("$");
}

/** Options of a resource's `get`. */
export interface GetOptions extends pulumi.CustomResourceOptions {
  /**
   * The instance to look on: a name from `zitadel:instances`.
   *
   * @default the instance of `zitadel:domain`
   */
  instance?: pulumi.Input<string>;
}

/** What a constructor takes for `get`: the id is all that is known, so no inputs that it demands are given. */
export function forGet(
  id: pulumi.Input<pulumi.ID>,
  { instance, ...opts }: GetOptions,
): [args: never, opts: pulumi.CustomResourceOptions] {
  return [(instance === undefined ? {} : { instance }) as never, { ...opts, id }];
}

/** Whether `resource` is of a type, also where it was made by another copy of this package. */
export function isOfType(resource: unknown, type: string): boolean {
  return (resource as { __pulumiType?: unknown } | undefined | null)?.__pulumiType === dynamicType(type);
}
