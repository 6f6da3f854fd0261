import type { Instance } from "../../provider/api/instance";
import { parseExternalDomain } from "../../provider/settings/values";
import { attempt, isRecord, parseJson } from "../../provider/api/json";
import { type Entry, type PendingCreate, type Placed, settingIn, type StackExport } from "./state";
import { knownIn, textOf } from "./values";

// Which entries of a stack belong to the examined instance.

/** The part of a stack's state that belongs to this package and the examined instance. */
export interface Stack {
  readonly file: string;
  /** In the state's order. */
  readonly entries: readonly Entry[];
  readonly pending: readonly PendingCreate[];
  /** Entries and creates that belong to another instance. */
  readonly elsewhere: readonly (Entry | PendingCreate)[];
  /** The hosts of the instance that the stack's configuration names, as far as the export shows them. */
  readonly domains: readonly string[];
  /** Another name of the instance in the stack's `zitadel-actions:instances`, as far as the export shows it. */
  readonly otherName: string | undefined;
}

/** Separates an export's entries that belong to the examined instance from the others. */
export function placed(stack: StackExport, name: string | undefined, instance: Instance): Stack {
  const { file, entries, pending } = stack;
  const addresses = addressesIn(stack);
  const isThis = (its: Address | undefined) => its?.server === instance.issuer && its.origin === instance.origin;
  const isHere = ({ instance: given, settings }: Pick<Placed<unknown>, "instance" | "settings">) => {
    const itsName = textOf(given);
    if (settings !== undefined) return given === undefined && isThis(addressIn((key) => knownIn(settings(key))));
    if (itsName === undefined && given !== undefined) return false; // its name cannot be read
    // Two names may lead to one server: then use the entries of both.
    return itsName === name || isThis(addresses.get(itsName));
  };
  const here = <What>(all: readonly Placed<What>[]) => all.filter(isHere).map(({ what }) => what);
  return {
    file,
    entries: here(entries),
    pending: here(pending),
    elsewhere: [...entries, ...pending].filter((one) => !isHere(one)).map(({ what }) => what),
    domains: name === undefined ? stack.domains : hostnamesOf(addresses.get(name)),
    otherName: [...addresses].find(([one, its]) => one !== undefined && one !== name && isThis(its))?.[0],
  };
}

/** Where an instance is, and which one it is: several may be behind one address. */
interface Address {
  readonly origin: string;
  /** Its issuer. */
  readonly server: string;
}

/** The addresses of a stack's instances by name, as far as the export shows them; `undefined` is the default instance. */
function addressesIn({ config }: StackExport): ReadonlyMap<string | undefined, Address> {
  const addresses = new Map<string | undefined, Address>();
  const add = (name: string | undefined, setting: Parameters<typeof addressIn>[0]) => {
    const address = addressIn(setting);
    if (address !== undefined) addresses.set(name, address);
  };
  add(undefined, (key) => textOf(settingIn(config, key)));
  const instances = parseJson(textOf(settingIn(config, "instances")) ?? "");
  if (isRecord(instances)) {
    for (const [name, entry] of Object.entries(instances)) if (isRecord(entry)) add(name, (key) => entry[key]);
  }
  return addresses;
}

const parts = ["domain", "port", "insecure", "externalDomain"] as const;

function addressIn(setting: (key: (typeof parts)[number]) => unknown): Address | undefined {
  // Numbers and flags may be JSON values or strings.
  const [domain = "", port = "", insecure, external = ""] = parts.map((key) => {
    const value = setting(key) ?? "";
    return typeof value === "string" ? value : JSON.stringify(value);
  });
  const url = `${insecure === "true" ? "http" : "https"}://${domain}${port === "" ? "" : `:${port}`}`;
  if (domain === "" || !URL.canParse(url)) return undefined;
  const { origin } = new URL(url);
  const server = external === "" ? origin : attempt(() => parseExternalDomain(external, "externalDomain"));
  return { origin, server: server ?? origin };
}

function hostnamesOf(address: Address | undefined): string[] {
  return address === undefined ? [] : [new URL(address.origin).hostname];
}
