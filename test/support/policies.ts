import * as pulumiPolicy from "@pulumi/policy";
import type { Policy, PolicyPackConfig, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { mkdtempSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepOptions } from "../../local/deployment";
import { dynamicType } from "../../provider/dynamic/forwarder";
import { root } from "./documents";

// Policies, asked as @pulumi/policy asks them, and policy packs, run by an engine.

/** Exported without a type of its own. */
const { unknownCheckingProxy } = pulumiPolicy as unknown as {
  unknownCheckingProxy: (props: object) => Record<string, unknown>;
};

/** The folder that `--policy-pack` names. */
export const shippedPack = join(root, "policies");

/** A resource, as a policy gets it. */
export interface Resource {
  readonly type?: "Target" | "Execution" | "TargetPublicKey";
  readonly name?: string;
  readonly stack?: string;
  readonly protect?: boolean;
  /** In a preview, a value that is not known is `unknown` of provider/core/properties.ts. */
  readonly props?: object;
  /** By property, the names of the targets that it comes from. */
  readonly from?: Readonly<Record<string, readonly string[]>>;
}

function described({ type = "Target", name = "hook", stack = "dev", protect = false, props = {} }: Resource) {
  const token = dynamicType(type);
  const urn = `urn:pulumi:${stack}::project::${token}::${name}`;
  const noTime = { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 };
  const opts = { protect, ignoreChanges: [], aliases: [], customTimeouts: noTime, additionalSecretOutputs: [] };
  const isType = () => false;
  const stackTags = new Map<string, string>();
  const notApplicable = (): never => {
    throw new Error("a policy that is asked is applicable");
  };
  return {
    type: token,
    urn,
    name,
    opts,
    props: unknownCheckingProxy(props),
    isType,
    asType: () => undefined,
    stackTags,
    notApplicable,
  };
}

/** What a policy of the pack has against one resource. */
export async function against(policy: Policy, resource: Resource, config: object = {}): Promise<string[]> {
  const { validateResource } = policy as ResourceValidationPolicy;
  if (typeof validateResource !== "function") throw new Error(`${policy.name} is not about one resource`);
  const messages: string[] = [];
  const args = { ...described(resource), getConfig: () => config as never };
  await validateResource(args, (message) => messages.push(message));
  return messages;
}

/** What a policy of the pack has against a whole stack. */
export async function againstStack(policy: Policy, resources: readonly Resource[], config: object = {}) {
  const all = resources.map((resource) => {
    const { urn, type, name, opts, props, isType, asType } = described(resource);
    return { urn, type, name, opts, props, isType, asType, dependencies: [] as never[], propertyDependencies: {} };
  });
  for (const [index, { from = {} }] of resources.entries()) {
    const named = Object.entries(from).map(([key, names]) => [key, all.filter(({ name }) => names.includes(name))]);
    Object.assign(all[index] ?? {}, { propertyDependencies: Object.fromEntries(named) as object });
  }
  const messages: string[] = [];
  const { stackTags, notApplicable } = described({});
  const args = { resources: all, getConfig: () => config as never, stackTags, notApplicable };
  await (policy as StackValidationPolicy).validateStack(args, (message) => messages.push(message));
  return messages;
}

/** What a run says that policies have against its resources: `mandatory zitadel-timeouts hook`. */
export function violations(text: string): string[] {
  const found = text.matchAll(/^ +- \[(mandatory|advisory)\] +(\S+) +\(\S+: (.+)\)$/gm);
  return [...found].map(([, level = "", policy = "", name = ""]) => `${level} ${policy} ${name}`).sort();
}

/** A temporary folder for packs and configurations. */
export class PackFolder {
  readonly folder = mkdtempSync(join(tmpdir(), "policies-"));

  /** How to run a step held against a pack under a configuration. */
  step(pack: string, config: PolicyPackConfig = {}): StepOptions {
    const file = join(mkdtempSync(join(this.folder, "config-")), "policies.json");
    writeFileSync(file, JSON.stringify(config));
    return { policyPacks: [pack], policyPackConfigs: [file] };
  }

  /** A pack of somebody's own, in a project that has this package, Pulumi's and the compiler. */
  async pack(source: string, file: "index.js" | "index.ts" = "index.js"): Promise<string> {
    const folder = await mkdtemp(join(this.folder, "pack-"));
    await mkdir(join(folder, "node_modules"));
    const link = (name: string, to: string) => symlink(to, join(folder, "node_modules", name));
    await link("pulumi-zitadel-actions", root);
    for (const name of ["@pulumi", "@types", "ts-node", "typescript"])
      await link(name, join(root, "node_modules", name));
    await writeFile(join(folder, "PulumiPolicy.yaml"), "runtime: nodejs\n");
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "own-pack", version: "2.0.0" }));
    await writeFile(join(folder, file), source);
    return folder;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
