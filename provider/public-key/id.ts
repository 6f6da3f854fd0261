import { step } from "../api/id";

/** The id of a resource, with the target's id: ZITADEL finds a key only through its target. */
export function idOf(targetId: string, keyId: string): string {
  return `${targetId}/${keyId}`;
}

export function partsOf(id: string): { targetId: string; keyId: string } {
  const [, targetId = "", keyId = ""] = /^([^/]+)\/([^/]+)$/.exec(id) ?? [];
  return { targetId, keyId };
}

export function keysPath(targetId: string): string {
  return `/v2/actions/targets/${step(targetId, "target")}/publickeys`;
}

export function keyPath(targetId: string, keyId: string): string {
  return `${keysPath(targetId)}/${step(keyId, "public key")}`;
}
