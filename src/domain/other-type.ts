/**
 * A value of `type` that has no type of its own here: vendors add kinds of blocks, items and events. At run time it is any text. As a type it
 * fits no known value, so that a comparison of `type` with one narrows a union; to compare it with another value, use it as a `string`.
 */
export type OtherType = `${string} ${string}`;
