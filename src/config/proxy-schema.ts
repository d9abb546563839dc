import { z } from 'zod';
import { printable } from '../lib/printable.ts';
import { network } from './network.ts';
import { freeHeaderName } from './provider-headers.ts';

/** Most patterns of one role, and the longest, in characters. */
const MAX_PATTERNS = 1000;
const MAX_PATTERN_LENGTH = 256;

const users = z
  .array(
    z
      .string()
      .min(1, 'must not be empty')
      .max(MAX_PATTERN_LENGTH)
      .refine((text) => printable(text) === text, 'must not contain control or format characters; remove them'),
  )
  .min(1, 'must not be empty')
  .max(MAX_PATTERNS)
  .optional();

/** Schema of `auth.proxy`: the proxy that has authenticated the users of the dashboard. */
export const proxyAccess = z
  .strictObject({
    from: z
      .array(network)
      .min(1, 'must not be empty')
      .meta({
        description: 'Addresses and networks of the proxy. Requests from elsewhere are not authenticated by it.',
      })
      .optional(),
    header: freeHeaderName
      .transform((text) => text.toLowerCase())
      .meta({ description: 'The header in which the proxy names the user. Default: x-forwarded-email.' })
      .optional(),
    roles: z
      .strictObject({ admin: users, viewer: users })
      .refine(({ admin, viewer }) => admin !== undefined || viewer !== undefined, 'needs admin, viewer or both')
      .meta({ description: 'Names of users, by role. * stands for any run of characters: *@ops.example.' }),
  })
  .meta({ description: 'Lets users that a proxy has authenticated into the dashboard, without a key.' });
