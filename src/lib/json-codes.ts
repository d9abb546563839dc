/* Codes of characters in JSON, which are the same in bytes and in UTF-16, and what may follow where a text is read from left to right. */

/** `"` */
export const QUOTE = 0x22;
/** `\` */
export const BACKSLASH = 0x5c;
/** `,` */
export const COMMA = 0x2c;
/** `:` */
export const COLON = 0x3a;
/** `{` */
export const OPEN_BRACE = 0x7b;
/** `}` */
export const CLOSE_BRACE = 0x7d;
/** `[` */
export const OPEN_BRACKET = 0x5b;
/** `]` */
export const CLOSE_BRACKET = 0x5d;
/** `n` */
export const SMALL_N = 0x6e;
/** `u` */
export const SMALL_U = 0x75;
/** A blank. Codes below it must be escaped in a string. */
export const SPACE = 0x20;

/** A value has to follow. */
export const VALUE = 0;
/** The first item of a list, or its end. */
export const ITEM_OR_END = 1;
/** The name of a member. */
export const KEY = 2;
/** The first name of an object, or its end. */
export const KEY_OR_END = 3;
/** The colon behind a name. */
export const SEPARATOR = 4;
/** A comma, or the end of the object or list. */
export const COMMA_OR_END = 5;
