import { isDeepStrictEqual } from "node:util";
import { PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { isRecord } from "../provider/api/json";
import type { Properties } from "../provider/core/properties";

const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = PropertyDiff.Kind;

/**
 * Which values differ, by their paths in Pulumi's notation: `restWebhook.interruptOnError`, `targets[0]`.
 *
 * @param differing the properties that differ.
 * @param replaces those that replace the resource.
 */
export function detailedDiff(
  state: Properties,
  inputs: Properties,
  differing: readonly string[],
  replaces: readonly string[],
): Map<string, PropertyDiff.Kind> {
  const found = new Map<string, PropertyDiff.Kind>();
  for (const key of new Set([...differing, ...replaces])) {
    const isReplaced = replaces.includes(key);
    compare(state[key], inputs[key], key, (path, added, deleted) => {
      const [add, remove, update] = isReplaced ? [ADD_REPLACE, DELETE_REPLACE, UPDATE_REPLACE] : [ADD, DELETE, UPDATE];
      found.set(path, added ? add : deleted ? remove : update);
    });
  }
  return found;
}

type Tell = (path: string, added: boolean, deleted: boolean) => void;

function compare(old: unknown, now: unknown, path: string, tell: Tell): void {
  if (isDeepStrictEqual(old, now)) return;
  if (Array.isArray(old) && Array.isArray(now))
    for (let index = 0; index < Math.max(old.length, now.length); index++)
      compare(old[index], now[index], `${path}[${index}]`, tell);
  else if (isRecord(old) && isRecord(now))
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)]))
      compare(
        old[key],
        now[key],
        /^[a-z_]\w*$/i.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
        tell,
      );
  else tell(path, old === undefined, now === undefined);
}
