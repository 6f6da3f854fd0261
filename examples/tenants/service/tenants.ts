import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** The definition of a tenant's stack. It contains no secrets. */
export interface Tenant {
  /** Also the name of its stack. */
  readonly name: string;
  readonly domain: string;
  /** For an instance that does not use port 443, or not https. */
  readonly port?: number;
  readonly insecure?: boolean;
  readonly endpoint: string;
  readonly events: readonly string[];
}

/** Reads the definitions. Throws an error that names the first invalid one. */
export function readTenants(file: string): Tenant[] {
  const tenants = JSON.parse(readFileSync(file, "utf8")) as unknown;
  if (!Array.isArray(tenants)) throw new Error(`${file} must contain a list of tenants`);
  const names = new Set<string>();
  return tenants.map((tenant: Partial<Tenant>, index) => {
    const { name = "", domain, endpoint, events } = tenant;
    const where = `${file}: tenant ${index + 1}`;
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
      throw new Error(`${where}: name must consist of lowercase letters, digits and "-"`);
    if (names.has(name)) throw new Error(`${where}: another tenant is named ${name}`);
    names.add(name);
    if (typeof domain !== "string" || typeof endpoint !== "string" || !Array.isArray(events))
      throw new Error(`${where}, ${name}: domain, endpoint and events are required`);
    return tenant as Tenant;
  });
}

/** The whole configuration of a tenant's stack. The token is not part of it, because Pulumi keeps the configuration in the state. */
export function configOf({ domain, port, insecure, endpoint, events }: Tenant): Record<string, string> {
  return {
    "zitadel-actions:domain": domain,
    ...(port !== undefined && { "zitadel-actions:port": String(port) }),
    ...(insecure !== undefined && { "zitadel-actions:insecure": String(insecure) }),
    "zitadel-actions-tenants:endpoint": endpoint,
    "zitadel-actions-tenants:events": JSON.stringify(events),
  };
}

/** A hash of the tenant's configuration and the text of the program. */
export function fingerprintOf(tenant: Tenant, program: string): string {
  return createHash("sha256")
    .update(JSON.stringify([configOf(tenant), program]))
    .digest("base64url");
}

/** The tenants of worker number `index` out of `of`. A tenant stays with its worker when you add or remove other tenants. */
export function shareOf(tenants: readonly Tenant[], { index, of }: { index: number; of: number }): Tenant[] {
  return tenants.filter(({ name }) => (createHash("sha256").update(name).digest().readUInt32BE() % of) + 1 === index);
}
