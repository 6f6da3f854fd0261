import { channel } from "node:diagnostics_channel";
import { randomText } from "./ids";

/** A secret that a mock server made or received, with a description. */
export interface ToldSecret {
  readonly what: string;
  readonly secret: string;
}

/** Reports each secret as soon as it is made or received. Tests search everything that is written for these secrets. */
export const secrets = channel("pulumi-zitadel-actions:zitadel:secret");

/** Makes a secret of `[0-9A-Za-z]`. */
export function newSecret(what: string, length: number): string {
  return told(what, randomText(length));
}

/** Reports a secret, and returns it. */
export function told(what: string, secret: string): string {
  secrets.publish({ what, secret } satisfies ToldSecret);
  return secret;
}
