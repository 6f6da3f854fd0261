import { z } from "zod";
import { ZitadelError } from "./errors";

/** Whether a text can be an id of ZITADEL's: 18 digits so far. Nothing in it can mean something in a path, a list or a log. */
export function isId(text: string): boolean {
  return /^[^\p{C}\p{Z}/\\%?#]{1,200}$/u.test(text) && !/^\.+$/.test(text);
}

/** What to say of an input that is no id of a target. */
export const targetIdRule = 'must be the id of a target, such as "400661751630138406": use the target\'s `id` output';

/** An id in an answer. */
export const idSchema = z.string().refine(isId);

/**
 * An id as one step of a path: an id that comes from a program may be anything, and must not lead anywhere else.
 *
 * @param what whose id it is, for people: `target`.
 * @throws {ZitadelError} with code `invalid_request` for what is no id.
 */
export function step(id: string, what: string): string {
  if (isId(id)) return encodeURIComponent(id);
  const shown = JSON.stringify(id.length > 40 ? `${id.slice(0, 40)}…` : id);
  throw new ZitadelError(
    "invalid_request",
    `${shown} is no id of a ${what}. Ids are texts such as "400661751630138406", as ZITADEL's console and listTargets show them.`,
    { operation: `address ${what}` },
  );
}

/** What to know of an object that is not listed, where the credential may not ask the write side for it. */
export const unconfirmed =
  "ZITADEL does not list it any longer, so it was probably deleted. Only a credential that may write can confirm that: run `pulumi refresh` with one. Nothing was dropped from the state.";
