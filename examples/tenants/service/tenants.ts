import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** What a tenant's stack is to be. Nothing in it is secret. */
export interface Tenant {
  /** Also the name of its stack. */
  readonly name: string;
  readonly domain: string;
  /** For an instance that is not at port 443, or not at https. */
  readonly port?: number;
  readonly insecure?: boolean;
  readonly endpoint: string;
  readonly events: readonly string[];
}

/** Reads the definitions; one that cannot be used is an error that names it. */
export function readTenants(file: string): Tenant[] {
  const tenants = JSON.parse(readFileSync(file, "utf8")) as unknown;
  if (!Array.isArray(tenants)) throw new Error(`${file} must hold a list of tenants`);
  const names = new Set<string>();
  return tenants.map((tenant: Partial<Tenant>, index) => {
    const { name = "", domain, endpoint, events } = tenant;
    const where = `${file}: tenant ${index + 1}`;
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw new Error(`${where}: name must be of small letters, digits and "-"`);
    if (names.has(name)) throw new Error(`${where}: there is another ${name}`);
    names.add(name);
    if (typeof domain !== "string" || typeof endpoint !== "string" || !Array.isArray(events))
      throw new Error(`${where}, ${name}: domain, endpoint and events are needed`);
    return tenant as Tenant;
  });
}

/** The whole configuration of a tenant's stack. Its token is not in it: that would be kept in the state. */
export function configOf({ domain, port, insecure, endpoint, events }: Tenant): Record<string, string> {
  return {
    "zitadel:domain": domain,
    ...(port !== undefined && { "zitadel:port": String(port) }),
    ...(insecure !== undefined && { "zitadel:insecure": String(insecure) }),
    "zitadel-actions-tenants:endpoint": endpoint,
    "zitadel-actions-tenants:events": JSON.stringify(events),
  };
}

/** Differs once the tenant's configuration does, or what `program` is the text of. */
export function fingerprintOf(tenant: Tenant, program: string): string {
  return createHash("sha256")
    .update(JSON.stringify([configOf(tenant), program]))
    .digest("base64url");
}

/** The tenants that are for worker number `index` of so many. A tenant stays with its worker when others come or go. */
export function shareOf(tenants: readonly Tenant[], { index, of }: { index: number; of: number }): Tenant[] {
  return tenants.filter(({ name }) => (createHash("sha256").update(name).digest().readUInt32BE() % of) + 1 === index);
}
