import { type Properties } from "./properties";

// The properties of a state that neither the program nor a lifecycle sees. Lifecycles have hidden ones of their own.

/** Which server has the object. */
export const originKey = "__origin";

/**
 * The last update failed and may have taken effect, at least in part. Pulumi updates such a resource at the next deployment, also if the
 * program was changed back, and the update begins with what the server has.
 */
export const unsureKey = "__unsure";

/**
 * The object replaced another one. The entry of that one may still be waiting for its deletion, under the name that the resource had
 * then.
 */
export const replacementKey = "__replacement";

/** The object was there before, and its take-over was never confirmed: the object stays if the resource is removed. */
export const adoptingKey = "__adopting";

export function withoutHidden(olds: Properties): Properties {
  const hidden = [originKey, unsureKey, replacementKey, adoptingKey];
  return Object.fromEntries(Object.entries(olds).filter(([key]) => !hidden.includes(key)));
}

export function originIn({ [originKey]: origin }: Properties): string | undefined {
  return typeof origin === "string" ? origin : undefined;
}

export function isUnsure({ [unsureKey]: unsure }: Properties): boolean {
  return unsure === true;
}

/** Whether it is not known what the last write for this entry did. */
export function isOpen(olds: Properties): boolean {
  return isUnsure(olds) || olds[adoptingKey] === true || olds["__tried"] !== undefined;
}
