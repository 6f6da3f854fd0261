/** An object with exactly one of the properties of `T`; the others are ruled out. */
export type OneOf<T> = { [K in keyof T]: Flat<Pick<T, K> & { [Other in Exclude<keyof T, K>]?: never }> }[keyof T];

/** An object with one of the properties of `T`, of which nothing is said of the others. */
export type SomeOf<T> = { [K in keyof T]: Flat<Pick<T, K>> }[keyof T];

/**
 * One object in place of an intersection: what editors show, and what docs are made of.
 *
 * @inline
 */
type Flat<T> = { [K in keyof T]: T[K] };
