import type { Zitadel } from "../../local/zitadel";
import { type Came, cli } from "./cli";

/** A resource as an export has it. */
export interface Resource {
  urn: string;
  custom: boolean;
  type: string;
  id?: string;
  inputs?: object;
  outputs?: object;
  external?: boolean;
  delete?: boolean;
  pendingReplacement?: boolean;
}

/** Marks of a secret in Pulumi's state. */
const mark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
export const encrypted = { ...mark, ciphertext: "v1:nonce:sealed" };
export const shown = (value: unknown) => ({ ...mark, plaintext: JSON.stringify(value) });

export const urnOf = (type: string, name: string) =>
  `urn:pulumi:dev::project::pulumi-nodejs:dynamic/zitadel:${type}::${name}`;

export type Type = "Target" | "Execution" | "TargetPublicKey";

/** An entry of this package's in a state. */
export function entry(type: Type, name: string, id: string, more: Partial<Resource> = {}): Resource {
  const [urn, resourceType] = [urnOf(type, name), `pulumi-nodejs:dynamic/zitadel:${type}`];
  return { urn, custom: true, type: resourceType, id, ...more };
}

/** What a create that was interrupted leaves in a state. */
export function creating(type: Type, name: string, inputs: object): { type: string; resource: Resource } {
  const [urn, resourceType] = [urnOf(type, name), `pulumi-nodejs:dynamic/zitadel:${type}`];
  return { type: "creating", resource: { urn, custom: true, type: resourceType, inputs } };
}

/** What `pulumi stack export` prints for a stack on the instance of that domain, and with more stack configuration. */
export function stackExport(
  resources: Resource[],
  pending: object[] = [],
  domain = "localhost",
  config: object = {},
): string {
  const type = "pulumi:providers:pulumi-nodejs";
  const urn = `urn:pulumi:dev::project::${type}::default`;
  const provider = { urn, custom: true, type, id: "1", inputs: { "zitadel-actions:domain": domain, ...config } };
  const pendingOperations = pending.length === 0 ? {} : { pending_operations: pending };
  return JSON.stringify({
    version: 3,
    deployment: { manifest: {}, resources: [provider, ...resources], ...pendingOperations },
  });
}

/** The environment variables for a mock server. */
export function settingsFor(zitadel: Zitadel, accessToken = zitadel.accessToken): Record<string, string> {
  return {
    ZITADEL_DOMAIN: zitadel.domain,
    ZITADEL_PORT: String(zitadel.port),
    ZITADEL_INSECURE: "true",
    ZITADEL_ACCESS_TOKEN: accessToken,
  };
}

/** Runs `doctor` in this process; gives its exit code and what it wrote where. */
export function doctor(args: readonly string[], env: Record<string, string>, input = ""): Promise<Came> {
  return cli(["doctor", ...args], { env, input });
}
