import { z } from 'zod';

/** The longest key that is looked at, in characters. */
const MAX_KEY_LENGTH = 4096;

/** Input of `sessions.create`. */
export const sessionInput = z.strictObject({ key: z.string().min(1).max(MAX_KEY_LENGTH) });
