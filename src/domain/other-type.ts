/**
 * A value of `type` that has no type of its own here: vendors add kinds of blocks, items and events. No literal fits it, so a comparison of
 * `type` with a known value narrows a union that has it.
 */
export type OtherType = string & { readonly ' other': true };
