import { createHmac } from "node:crypto";

/** Returns the value of the header `Zitadel-Signature` for a body. */
export function signatureOf(body: string, signingKey: string, date: Date): string {
  const seconds = Math.floor(date.getTime() / 1000);
  const digest = createHmac("sha256", signingKey).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${digest}`;
}
