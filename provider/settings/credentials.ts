import type { Credential } from "../api/instance";
import { attempt } from "../api/json";
import { loginKeys } from "./names";
import { parseAccount, readSecretFile, type Warn } from "./key-files";
import { parseDomain, parseExternalDomain, printable, type Source, wrong } from "./values";

/** What reads the settings, for messages: a program, or a command with or without a stack. */
export interface Caller {
  /** How to select the named instance `name`. */
  readonly select: (name: string) => string;
  /** Whether it reads no stack configuration, but only the environment. */
  readonly isStackless?: true;
  /** Whether it reads a provider resource, which takes nothing from the environment: that may be about another instance. */
  readonly isResource?: true;
  /** The program's folder, in which relative paths start, if it does not run there. */
  readonly folder?: () => string | undefined;
}

/** The ways to log in, by their variables. */
export const credentialVariables =
  "ZITADEL_ACCESS_TOKEN (a personal access token), ZITADEL_JWT_PROFILE_FILE or ZITADEL_JWT_PROFILE_JSON (the key of a service user), or ZITADEL_CLIENT_ID and ZITADEL_CLIENT_SECRET";

/**
 * Reads the credential for the instance with this issuer, if one is known.
 *
 * Credentials in the environment take precedence: `pulumi refresh` and `pulumi destroy` see the stack configuration of the last
 * `up`, and an expired token in it must not override the one that the pipeline passes today.
 */
export function readCredential(
  name: string | undefined,
  stack: Source,
  environment: Source,
  issuer: string | undefined,
  warn: Warn,
  caller: Caller,
): Credential {
  const given = readCredentialOf(environment, warn);
  const credential = given ?? readCredentialOf(stack, warn);
  if (credential === undefined) throw wrong(noCredential(name, stack, caller));
  const isElsewhere = (["domain", "port"] as const).some((key) => differ(stack.read(key), environment.read(key)));
  if (given !== undefined && environment.read("domain") !== undefined && isElsewhere) {
    const there = hostOf(environment);
    const isExternal = issuer !== undefined && new URL(issuer).host === there;
    const [but, otherwise] = isExternal ? [", but its external domain", ""] : ["", ", or pass this stack's credential"];
    throw wrong(
      `ZITADEL_DOMAIN (${there}) is not this stack's ${stack.name("domain")} (${hostOf(stack)})${but}, so the credential in the environment would go to the wrong host: unset ZITADEL_DOMAIN${otherwise}`,
    );
  }
  const external = environment.read("externalDomain");
  if (given !== undefined && external !== undefined) {
    const there = new URL(parseExternalDomain(external, environment.name("externalDomain")));
    const own = issuer === undefined ? undefined : new URL(issuer);
    if (own?.host !== there.host)
      throw wrong(
        `ZITADEL_EXTERNAL_DOMAIN (${there.host}) is not the external domain of this stack's instance (${own?.host ?? ""}), so the credential in the environment would go to the wrong instance: unset ZITADEL_EXTERNAL_DOMAIN, or pass this stack's credential`,
      );
  }
  return credential;
}

/** The message about an instance without a credential. */
function noCredential(name: string | undefined, stack: Source, caller: Caller): string {
  const set = `run \`pulumi config set --secret ${stack.command("accessToken")} <token>\` or \`pulumi config set ${stack.command("jwtProfileFile")} <path of a key file>\``;
  const ways =
    name !== undefined || caller.isResource
      ? `${set} (a ${name === undefined ? "provider resource" : "named instance"} takes no credential from the environment)`
      : `set ${credentialVariables}${caller.isStackless ? "" : `, or ${set}`}`;
  return `no credential is set: ${ways}`;
}

/** The host that a source names, with its port. A value that is not a host may contain a password, so it is not shown. */
function hostOf(source: Source): string {
  const host = attempt(() => parseDomain(source.read("domain") ?? "")) ?? "not a host";
  const port = /^\d{1,5}$/.exec(source.read("port") ?? "")?.[0];
  return port === undefined ? host : `${host}:${port}`;
}

/** Whether both are set, and are not the same. */
export function differ(here: string | undefined, there: string | undefined): boolean {
  return here !== undefined && there !== undefined && here.toLowerCase() !== there.toLowerCase();
}

function readCredentialOf(source: Source, warn: Warn): Credential | undefined {
  const set = loginKeys.filter((key) => source.read(key) !== undefined);
  const names = set.map((key) => source.name(key));
  const [way, ...others] = new Set(set.map((key) => (key === "clientSecret" ? "clientId" : key)));
  if (way === undefined) return undefined;
  if (others.length > 0) throw wrong(`more than one way to log in is set (${names.join(", ")}): keep one of them`);
  const value = source.read(way) ?? "";
  const name = source.name(way);
  const secret = way === "clientId" ? "clientSecret" : way;
  const command = `${way === "jwtProfileFile" ? "" : "--secret "}${source.command(secret)}`;
  const from = { source: source.kind, ...(source.kind === "stack" && { command }) };
  switch (way) {
    case "accessToken":
      return { kind: "accessToken", ...from, accessToken: printable(value, name) };
    case "jwtProfileFile":
      return {
        kind: "jwtProfile",
        ...from,
        account: parseAccount(readSecretFile(value, name, source.folder, warn), name),
      };
    case "jwtProfileJson":
      return { kind: "jwtProfile", ...from, account: parseAccount(value, name) };
    case "clientId": {
      const missing = (["clientId", "clientSecret"] as const).find((key) => !set.includes(key));
      if (missing !== undefined)
        throw wrong(`${names.join("")} is set, but ${source.name(missing)} is not: both are needed`);
      const clientId = printable(value, name);
      const clientSecret = printable(source.read("clientSecret") ?? "", source.name("clientSecret"));
      return { kind: "clientCredentials", ...from, clientId, clientSecret };
    }
  }
}
