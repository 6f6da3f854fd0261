import { oneLine } from "../../provider/api/errors";
import type { Kind } from "../kind";

/** The name of each kind in messages. */
const words: Readonly<Record<Kind, string>> = { target: "target", publicKey: "public key", execution: "execution" };

/** A thing's name in messages: `target 400661751630138406 "hook"`. */
export function named(thing: {
  readonly kind: Kind;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}): string {
  const { kind, id, name } = thing;
  const called = name === undefined ? undefined : oneLine(kind === "target" ? JSON.stringify(name) : name, Infinity);
  return [words[kind], id === undefined ? undefined : oneLine(id, Infinity), called === id ? undefined : called]
    .filter((part) => part !== undefined)
    .join(" ");
}
