import { isIP } from 'node:net';
import { z } from 'zod';
import { duration, size } from './units.ts';

/** An origin as browsers send it; anything else would be on the list and never match. */
const origin = z.string().transform((text, context) => {
  const bare = text.toLowerCase().replace(/\/$/, '');
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\s?#@*]+$/.test(bare) && URL.canParse(bare))
    return /^https?:/.test(bare) ? new URL(bare).origin : bare;
  context.addIssue({ code: 'custom', message: 'must be an origin like https://app.example, without a path or *' });
  return z.NEVER;
});

const proxy = z.string().refine(isNetwork, 'must be an address like 10.0.0.7 or a network like 10.0.0.0/8');

/** How the server listens and what it takes. */
export const server = z.strictObject({
  host: z.string().min(1, 'must not be empty').optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  bodyLimit: size.optional(),
  headersTimeout: duration.meta({ description: 'How long the head of a request may take; 30s.' }).optional(),
  bodyTimeout: duration
    .meta({ description: 'How long the body of a request may pause; 30s. All of it may take 5 minutes.' })
    .optional(),
  keepAliveTimeout: duration.meta({ description: 'How long an idle connection is kept; 65s.' }).optional(),
  writeIdle: duration.meta({ description: 'How long a reader may take nothing; 60s.' }).optional(),
  drainDelay: duration.meta({ description: 'How long who comes is still served after SIGTERM; 5s.' }).optional(),
  drainTimeout: duration.meta({ description: 'How long what runs may go on after that; 25s.' }).optional(),
  cors: z.strictObject({ origins: z.array(origin) }).optional(),
  trustProxy: z
    .union([z.boolean(), z.array(proxy)], { error: 'write true, false, or a list of addresses and networks' })
    .meta({ description: 'Whose X-Forwarded-For is believed; it names the caller in records and nothing else.' })
    .optional(),
});

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    longest > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest))
  );
}
