import * as z from "zod";
import { ZitadelError } from "./errors";

/** Whether a text can be a ZITADEL id (so far, 18 digits). It has no character with a meaning in a path, a list or a log. */
export function isId(text: string): boolean {
  return /^[^\p{C}\p{Z}/\\%?#]{1,200}$/u.test(text) && !/^\.+$/.test(text);
}

/** The message for an input that is not the id of a target. */
export const targetIdRule = 'must be the id of a target, such as "400661751630138406": use the target\'s `id` output';

/** An id in an answer. */
export const idSchema = z.string().refine(isId);

/**
 * An id as one segment of a path: an id in a program may be anything, and must not lead to another path.
 *
 * @param what the kind of object, for the message: `target`.
 * @throws {ZitadelError} with code `invalid_request` if it cannot be an id.
 */
export function step(id: string, what: string): string {
  if (isId(id)) return encodeURIComponent(id);
  const shown = JSON.stringify(id.length > 40 ? `${id.slice(0, 40)}…` : id);
  throw new ZitadelError(
    "invalid_request",
    `${shown} is not the id of a ${what}. Ids look like "400661751630138406": ZITADEL's console and listTargets show them.`,
    { operation: `address ${what}` },
  );
}

/** The hint for an object that is not listed, if the credential may not ask the write side for it. */
export const unconfirmed =
  "ZITADEL no longer lists it, so it was probably deleted. Only a credential that may write can confirm that: run `pulumi refresh` with one. Nothing was removed from the state.";
