import * as z from "zod";
import { dynamicType } from "../../provider/dynamic/forwarder";
import { isDefaultProvider } from "../../provider/core/tokens";
import { type SettingKey, stackKey } from "../../provider/settings/names";
import { readInput, unreadable } from "../files";
import { type Kind, lifecycles, nativeTypes } from "../kinds";
import { configOfStack, exportOfStack } from "../stack";
import type { Terminal } from "../terminal";
import { holdsPlainSecret, knownIn, textOf, textsOf, type Value, valueOf } from "./values";

const kindOfType: ReadonlyMap<string, Kind> = new Map([
  [dynamicType("Target"), "target"],
  [dynamicType("TargetPublicKey"), "publicKey"],
  [dynamicType("Execution"), "execution"],
  [nativeTypes.target, "target"],
  [nativeTypes.publicKey, "publicKey"],
  [nativeTypes.execution, "execution"],
]);

/** A resource of this package in a stack's state. */
export interface Entry {
  readonly kind: Kind;
  /** The object's id on the instance. The id in the state can have another form if another provider created the resource. */
  readonly id: string;
  readonly urn: string;
  readonly file: string;
  readonly name: string | undefined;
  readonly signingKey: Value;
  /** The server that it was deployed to, by its issuer, and by headers that name a host; older states lack it. */
  readonly server: string | undefined;
  /** Whether the state has a public key as active. */
  readonly active: boolean;
  /** An execution's targets, as far as the export shows them. */
  readonly targets: readonly string[] | undefined;
  /** The object's dates. */
  readonly creationDate: string | undefined;
  readonly changeDate: string | undefined;
  /** Only read, by `get`: somebody else manages it. */
  readonly external: boolean;
  /** Replaced; the next deployment deletes it. */
  readonly deleting: boolean;
  /** Deleted; the next deployment creates it again. */
  readonly away: boolean;
}

/** A create that began, but whose result is not in the state. */
export interface PendingCreate {
  readonly kind: Kind;
  readonly urn: string;
  readonly file: string;
  /** The create's inputs. */
  readonly input: (name: string) => Value;
}

/** Something in a state, with its property `instance`: `undefined` for the default instance. */
export interface Placed<What> {
  readonly what: What;
  readonly instance: Value;
  /** The settings of its provider resource, if the program declares one. */
  readonly settings?: Settings | undefined;
}

/** The settings of a provider, by their names, as far as the state shows them. */
export type Settings = (name: SettingKey | "instances") => Value;

/** A stack's state, before it is known which instance to examine. */
export interface StackExport {
  readonly file: string;
  /** Whether it shows a secret in plain text. */
  readonly plain: boolean;
  /** In the state's order. */
  readonly entries: readonly Placed<Entry>[];
  readonly pending: readonly Placed<PendingCreate>[];
  /** The hosts of the instance that the stack's configuration names, as far as the export shows them. */
  readonly domains: readonly string[];
  /** A value from the stack configuration, by its full key, such as `zitadel-actions:instances`. */
  readonly config: (key: string) => Value;
  /** Whether that is the configuration as it is now, and not that of the last deployment. */
  readonly isCurrent: boolean;
}

const properties = z.record(z.string(), z.unknown()).nullish();

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().default(""),
  inputs: properties,
  outputs: properties,
  provider: z.string().default(""),
  external: z.boolean().default(false),
  delete: z.boolean().default(false),
  pendingReplacement: z.boolean().default(false),
});
type Resource = z.infer<typeof resourceSchema>;

const deploymentSchema = z
  .object({
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z.array(z.object({ resource: resourceSchema, type: z.string() })).nullish(),
  })
  .nullable();

/** Before version 3, resources had another format. */
const version = z.literal([3, 4]);

/** The output of `pulumi stack export`, or a backend's file of a stack, which has no `latest` until its first deployment. */
const exportSchema = z.union([
  z.object({ version, deployment: deploymentSchema }),
  z
    .object({ version, checkpoint: z.object({ latest: deploymentSchema.optional() }) })
    .transform(({ checkpoint }) => ({ deployment: checkpoint.latest })),
]);

const nativeProvider = "pulumi:providers:zitadel-actions";

/** The settings of the native provider resources that a program declares, by what refers to them. */
function settingsOfProviders(resources: readonly Resource[]): ReadonlyMap<string, Settings> {
  const declared = resources.filter(({ urn, type }) => type === nativeProvider && !isDefaultProvider(urn));
  return new Map(
    declared.map(({ urn, id, inputs }): [string, Settings] => [`${urn}::${id}`, (name) => valueOf(inputs?.[name])]),
  );
}

/** The stack configuration, as far as a provider in the state has it. The native provider has its settings without the namespace. */
function configurationOf({ urn, type, inputs }: Resource): Resource["inputs"][] {
  if (type === "pulumi:providers:pulumi-nodejs") return [inputs];
  if (type !== nativeProvider || !isDefaultProvider(urn)) return [];
  return [Object.fromEntries(Object.entries(inputs ?? {}).map(([key, value]) => [`zitadel-actions:${key}`, value]))];
}

/** A setting in the stack configuration, by its name, such as `domain`. */
export function settingIn(config: StackExport["config"], name: SettingKey | "instances"): Value {
  return config(stackKey(config, name));
}

/** Reads the stacks with these names, and all exports. `open` has the files that show secrets to other users. */
export async function readStacks(
  stackNames: readonly string[],
  files: readonly string[],
  terminal: Terminal,
): Promise<{ readonly stacks: readonly StackExport[]; readonly open: readonly string[] }> {
  const stacks: StackExport[] = [];
  const open: string[] = [];
  for (const name of stackNames) stacks.push(await readCurrent(name, terminal));
  for (const name of files) {
    const input = await readInput(name, terminal);
    const stack = readStack(input.name, input.bytes.toString());
    stacks.push(stack);
    if (stack.plain && input.isOpen) open.push(name);
  }
  return { stacks, open };
}

async function readCurrent(name: string, terminal: Terminal): Promise<StackExport> {
  const read = await configOfStack(name, terminal);
  const stack = readStack(`stack ${name}`, await exportOfStack(name, terminal));
  const config = (key: string): Value => {
    const known = read(key);
    return known === undefined ? undefined : { known };
  };
  const domain = textOf(settingIn(config, "domain"));
  return { ...stack, config, isCurrent: true, domains: domain === undefined ? [] : [domain] };
}

/** Reads a stack's state. Errors never contain a part of it: it may contain secrets. */
function readStack(file: string, text: string): StackExport {
  const result = exportSchema.safeParse(parseJson(file, text));
  if (!result.success)
    throw unreadable(
      file,
      "it is not a stack's export, of version 3 or 4",
      "Give the output of `pulumi stack export`.",
    );
  const resources = result.data.deployment?.resources ?? [];
  const operations = (result.data.deployment?.pending_operations ?? []).filter(({ type }) => type === "creating");
  const providers = settingsOfProviders(resources);
  const withSettings = <What>(read: (file: string, resource: Resource) => Placed<What> | undefined) => {
    return (resource: Resource): Placed<What>[] => {
      const placed = read(file, resource);
      return placed === undefined ? [] : [{ ...placed, settings: providers.get(resource.provider) }];
    };
  };
  const entries = resources.flatMap(withSettings(entryOf));
  const pending = operations.map(({ resource }) => resource).flatMap(withSettings(pendingOf));
  const configurations = resources.flatMap(configurationOf);
  const domains = configurations.flatMap(
    (inputs) => textOf(settingIn((key) => valueOf(inputs?.[key]), "domain")) ?? [],
  );
  return {
    file,
    entries,
    pending,
    domains: [...new Set(domains)],
    plain: [...resources, ...operations].some(holdsPlainSecret),
    config: (key) => valueOf(configurations.find((inputs) => inputs?.[key] !== undefined)?.[key]),
    isCurrent: false,
  };
}

function entryOf(file: string, resource: Resource): Placed<Entry> | undefined {
  const { urn, type, external, delete: deleting, pendingReplacement: away } = resource;
  const kind = kindOfType.get(type);
  if (kind === undefined || resource.id === "") return undefined;
  const property = (name: string) => valueOf(resource.outputs?.[name] ?? resource.inputs?.[name]);
  const [name, signingKey] = [textOf(property("name")), property("signingKey")];
  const id = lifecycles[kind].objectId(resource.id, {
    condition: knownIn(property("condition")),
    targetId: textOf(property("targetId")),
    keyId: textOf(property("keyId")),
  });
  const [server, creationDate, changeDate] = ["__origin", "creationDate", "changeDate"].map((key) =>
    textOf(property(key)),
  );
  const dates = { creationDate, changeDate };
  const [active, targets] = [knownIn(property("active")) === true, textsOf(property("targets"))];
  const what = { kind, id, urn, file, name, signingKey, server, active, targets, ...dates, external, deleting, away };
  return { what, instance: property("instance") };
}

function pendingOf(file: string, { urn, type, inputs }: Resource): Placed<PendingCreate> | undefined {
  const kind = kindOfType.get(type);
  if (kind === undefined) return undefined;
  const input = (name: string) => valueOf(inputs?.[name]);
  return { what: { kind, urn, file, input }, instance: input("instance") };
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unreadable(file, "it is not JSON", "Give the output of `pulumi stack export`.");
  }
}
