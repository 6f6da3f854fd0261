/** An object with this one of the properties of `T`; the others are ruled out. */
export type Only<T, K extends keyof T> = Pick<T, K> & { [Other in Exclude<keyof T, K>]?: never };

/** An object with exactly one of the properties of `T`. */
export type Exactly<T> = { [K in keyof T]: Only<T, K> }[keyof T];

/** The same for inputs: `Names` are the properties of `T`, and the compiler's message for a mistake lists them. */
export type OneOf<Names, T> = Exactly<T> | NotOneOf<Names, T>;

/**
 * What no program can make: without it, the compiler compares a mistake with one of the choices and explains that one. Its
 * properties are the same symbols as those of the choices: else editors, which look for the one that is meant, would show nothing.
 */
export type NotOneOf<Names, T> = SetExactlyOneOf<Names> & Together<{ [K in keyof T]: Pick<T, K> }[keyof T]>;

type Together<Union> = (Union extends unknown ? (one: Union) => void : never) extends (one: infer All) => void
  ? All
  : never;

declare const setExactlyOne: unique symbol;

/** Its name and `Names` are what the compiler's message says. */
export interface SetExactlyOneOf<Names> {
  readonly [setExactlyOne]: Names;
}

declare const noOptions: unique symbol;

/** An empty object. */
export interface NoOptions {
  readonly [noOptions]?: never;
}

/** An object with one of the properties of `T`; it may have others. */
export type SomeOf<T> = { [K in keyof T]: { [P in K]: T[P] } }[keyof T];
