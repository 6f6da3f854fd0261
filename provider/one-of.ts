/** An object with exactly one of the properties of `T`. */
export type OneOf<T> = {
  [K in keyof T]: Pick<T, K> & { [Other in Exclude<keyof T, K>]?: never } extends infer Whole
    ? { [P in keyof Whole]: Whole[P] } // as one object, for editors to show
    : never;
}[keyof T];

/** An object with one of the properties of `T`; it may have others. */
export type SomeOf<T> = { [K in keyof T]: { [P in K]: T[P] } }[keyof T];
