import { z } from 'zod';

/** Schema of a name: a text that is not empty. */
export const name = z.string().min(1, 'must not be empty');

/** Schema of a key. Only what an Authorization header can carry: a line break from the end of a file would fail every request. */
export const token = name.regex(/^[!-~]*$/, 'must be printable ASCII without spaces or line breaks');
