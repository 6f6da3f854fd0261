/** What a change of an input does: the words of the tables from which the provider works. */
export type Effect = "update" | "replace" | "rotate" | "ignore";

/** How a doc comment begins to say each of them. */
const said: Readonly<Record<Effect, RegExp>> = {
  update: /^updates the \w+ in place\b/,
  replace: /^replaces the \w+\b/,
  rotate: /^rotates the signing key\b/,
  ignore: /^does nothing\b/,
};

/** Each in the few words of a table. */
export const inShort: Readonly<Record<Effect, string>> = {
  update: "update in place",
  replace: "replacement",
  rotate: "a new signing key",
  ignore: "nothing",
};

/** What the text of `@change` says; `undefined` where it says none of the four. */
export function effectOf(change: string): Effect | undefined {
  return (Object.keys(said) as Effect[]).find((effect) => said[effect].test(change));
}
