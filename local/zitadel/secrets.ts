import { channel } from "node:diagnostics_channel";
import { randomText } from "./ids";

/** A secret that a stand-in made or was sent, and in words what it is. */
export interface ToldSecret {
  readonly what: string;
  readonly secret: string;
}

/** Where each secret is told as soon as it is made or comes in, for tests that look for it in all that is written. */
export const secrets = channel("pulumi-zitadel-actions:zitadel:secret");

/** Makes a secret of `[0-9A-Za-z]`. */
export function newSecret(what: string, length: number): string {
  return told(what, randomText(length));
}

/** Tells of a secret; gives it back. */
export function told(what: string, secret: string): string {
  secrets.publish({ what, secret } satisfies ToldSecret);
  return secret;
}
