import * as pulumi from "@pulumi/pulumi";

const credentialKeys = ["accessToken", "jwtProfileJson", "clientSecret", "instances"];

let warned = false;

/**
 * Warns, once in a program, of credentials that were set without `--secret`: Pulumi keeps the whole stack configuration in the
 * state, plain values in plain text. Only the program knows which keys are secret; the provider gets them all in plain text.
 */
export function warnOfPlainCredentials(): void {
  if (warned) return;
  warned = true;
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  for (const key of credentialKeys.map((name) => `zitadel:${name}`)) {
    const value = pulumi.runtime.getConfig(key);
    if (value === undefined || isConfigSecret?.(key) !== false) continue;
    if (key === "zitadel:instances" && !/"(accessToken|jwtProfileJson|clientSecret)"/.test(value)) continue;
    void pulumi.log.warn(
      `${key} holds a credential in plain text, which Pulumi also keeps in the state: set it again with \`pulumi config set --secret ${key}\` and revoke the old one.`,
    );
  }
}

/**
 * Switches stack traces off while a resource is declared, and returns what switches them on again.
 *
 * Pulumi takes four traces for each of a resource's properties, to name promises that a program has left open: half of the time
 * of a preview goes there. It finds the place of the declaration, which goes into the state, in another way.
 */
export function withoutStackTraces(): <Thrown>(error?: Thrown) => Thrown | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  return (error) => {
    Error.stackTraceLimit = stackTraceLimit;
    if (error instanceof Error) Error.captureStackTrace(error);
    return error;
  };
}
