import { z } from 'zod';
import { RESERVED_NAMES } from '../domain/principal.ts';
import { printable } from '../lib/printable.ts';
import { isMalformedDigest } from './key-digest.ts';
import { Secret } from './secret.ts';
import { name, token } from './texts.ts';

/** Records, logs and metrics name a principal by it. */
const keyName = name.superRefine((text, context) => {
  if (printable(text) !== text)
    context.addIssue({ code: 'custom', message: 'must not contain control or format characters; remove them' });
  else if (RESERVED_NAMES.includes(text.normalize('NFKC').trim().toLowerCase()))
    context.addIssue({ code: 'custom', message: `'${text}' is reserved for the gateway; choose another name` });
});

const gatewayKey = token
  .refine((value) => !isMalformedDigest(value), 'must be a plain key, or sha256: and 64 hexadecimal digits')
  .transform((value) => new Secret(value));

const gatewayKeys = z
  .array(
    z.strictObject({
      name: keyName,
      key: gatewayKey,
      role: z
        .enum(['caller', 'viewer', 'admin'])
        .meta({
          description: 'caller (default): calls models. viewer: also reads what operators see. admin: everything.',
        })
        .optional(),
      chains: z.array(name).optional(),
    }),
  )
  .min(1, 'is empty; add a key, or write auth: none for a gateway without keys');

/** Schema of the `auth` section: the keys of clients. `none` states that there are none, and parses to undefined. */
export const auth = z.union(
  [
    z.literal('none').transform(() => undefined),
    z.strictObject({
      keys: gatewayKeys,
      revokedStreams: z
        .enum(['cut', 'finish'])
        .meta({
          description:
            'Running answers whose key is removed: cut ends them with the error key_revoked, finish lets them end. Default: cut.',
        })
        .optional(),
    }),
  ],
  { error: 'write { keys: [...] }, or none for a gateway without keys' },
);
