import * as pulumi from "@pulumi/pulumi";
import type { GetState } from "../core/args";
import { checkSettings } from "../core/program";
import { dynamicType, forwarder, logicalNameKey, parentKey, providerKey } from "./forwarder";
import { refuse, refuseInputs, refuseOwnProcess, requireInProject, warnOfIgnored, withoutStackTraces } from "./options";

/** A resource type of this package, with these outputs besides those that all resources have. */
export interface Kind<Output extends PropertyKey = string> {
  /** The type's name in the state, after `pulumi-nodejs:dynamic/zitadel:`. */
  readonly type: string;
  /** The lifecycle that the provider process loads. */
  readonly lifecycle: Parameters<typeof forwarder>[0];
  /** Each of them, and whether it is a secret. */
  readonly secret: Readonly<Record<Exclude<Output, keyof ZitadelResource>, boolean>>;
}

const sharedOutputs = ["adopt", "instance", "creationDate", "changeDate"] satisfies (keyof ZitadelResource)[];

/** The outputs that a kind marks as secrets. The native provider must have the same. */
export type SecretIn<Secret> = { [Output in keyof Secret]: Secret[Output] extends true ? Output : never }[keyof Secret];

/** The base class of all resources of this package, which registers them. */
export abstract class ZitadelResource extends pulumi.CustomResource {
  /** Whether the resource should take over an existing object. */
  declare readonly adopt: pulumi.Output<boolean | undefined>;
  /** The name of the instance in `zitadel-actions:instances`, if it is not the default one. */
  declare readonly instance: pulumi.Output<string | undefined>;
  /** When the object was created, or first set, by the server's clock (RFC 3339). */
  declare readonly creationDate: pulumi.Output<string>;
  /** When the object was last changed, by the server's clock (RFC 3339). */
  declare readonly changeDate: pulumi.Output<string>;

  constructor(kind: Kind, name: string, args: object, opts?: pulumi.CustomResourceOptions) {
    requireInProject();
    requireArgs(name, args);
    const outputs = [...Object.keys(kind.secret), ...sharedOutputs];
    refuseInputs(name, outputs, opts);
    // Before Pulumi registers the resource: an inline program (Automation API) does not end the process, so it would be created.
    checkSettings();
    const { provider, version, pluginDownloadURL } = opts ?? {};
    const inherited = opts?.parent?.getProvider(dynamicType(kind.type));
    refuseOwnProcess(name, { provider: provider ?? inherited, version, pluginDownloadURL });
    if (isOurs(opts?.deletedWith)) refuse(name, "deletedWith");
    if (opts?.import !== undefined) refuse(name, "import");
    const secrets = Object.keys(kind.secret).filter((output) => kind.secret[output]);
    const restore = withoutStackTraces();
    try {
      super(
        dynamicType(kind.type),
        name,
        {
          ...Object.fromEntries(outputs.map((output) => [output, undefined])),
          ...args,
          [logicalNameKey]: name,
          [parentKey]: pathOf(opts?.parent),
          [providerKey]: forwarder(kind.lifecycle),
        },
        pulumi.mergeOptions(opts, { additionalSecretOutputs: secrets }),
      );
    } catch (error) {
      throw restore(error);
    }
    restore();
    // Check again: a transformation may have added one. Pulumi has these private properties in every version since 3.139.
    type Own = Partial<Record<"__prov" | "__version" | "__pluginDownloadURL", unknown>>;
    const { __prov, __version, __pluginDownloadURL } = this as Own;
    refuseOwnProcess(name, { provider: __prov, version: __version, pluginDownloadURL: __pluginDownloadURL });
    warnOfIgnored(this, opts);
  }
}

/** Returns the arguments of a resource, and throws if they are missing. In JavaScript, no compiler finds that. */
export function requireArgs<Args>(name: string, args: Args): Args {
  if (typeof args === "object" && args !== null) return args;
  throw new Error(`${JSON.stringify(name)} has no arguments: pass the inputs as the constructor's second argument.`);
}

/** The types of a resource's parent components, as in its URN; `undefined` at the top of the stack. */
function pathOf(parent: pulumi.Resource | undefined): string | undefined {
  const types: string[] = [];
  // Pulumi has both private properties in every version since 3.139.
  type Known = { readonly __pulumiType?: string; readonly __parentResource?: Known };
  for (let one = parent as Known | undefined; one?.__pulumiType !== undefined; one = one.__parentResource)
    if (one.__pulumiType !== "pulumi:pulumi:Stack") types.unshift(one.__pulumiType);
  return types.length === 0 ? undefined : types.join("$");
}

/**
 * The constructor's arguments for `get`: only the id is known, so required inputs are missing.
 *
 * @throws if the id is not a string, or `state` has anything else: Pulumi's options were the third argument in earlier versions.
 */
export function forGet(
  type: string,
  id: pulumi.Input<pulumi.ID>,
  state?: GetState | null,
  opts?: pulumi.CustomResourceOptions,
): [args: never, opts: pulumi.CustomResourceOptions] {
  // Without an id, Pulumi would create the object. The compiler finds that too, but not in JavaScript.
  const given: unknown = id;
  if (given === "" || (typeof given !== "string" && (typeof given !== "object" || given === null))) {
    const [got, hint] =
      typeof given === "number"
        ? ["got a number", "Write it in quotes: JavaScript rounds large numbers."]
        : [given === "" ? "it is empty" : `got ${String(given)}`, "Pass the id of an object that exists."];
    throw new Error(`${type}.get(name, id, state, opts) takes the id as a string, but ${got}. ${hint}`);
  }
  const { instance, ...others } = state ?? {};
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new Error(
      `${type}.get(name, id, state, opts) reads everything but instance, so state cannot have ${other}. If it is one of Pulumi's options, pass it in opts, the fourth argument.`,
    );
  return [(instance === undefined ? {} : { instance }) as never, { ...opts, id }];
}

type Typed = { readonly __pulumiType?: unknown } | undefined | null;

/** Whether `resource` is of a type, even if another copy of this package created it. */
export function isOfType(resource: unknown, type: string): boolean {
  return (resource as Typed)?.__pulumiType === dynamicType(type);
}

/** Whether `resource` is of this package, or of another copy of it. */
function isOurs(resource: unknown): boolean {
  return String((resource as Typed)?.__pulumiType).startsWith(dynamicType(""));
}
