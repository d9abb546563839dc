import { isIP } from 'node:net';
import { z } from 'zod';
import { duration, size } from './units.ts';

/** An origin in the form in which browsers send it; any other form would never match. */
const origin = z.string().transform((text, context) => {
  const bare = text.toLowerCase().replace(/\/$/, '');
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\s?#@*]+$/.test(bare) && URL.canParse(bare))
    return /^https?:/.test(bare) ? new URL(bare).origin : bare;
  context.addIssue({ code: 'custom', message: 'must be an origin like https://app.example, without a path or *' });
  return z.NEVER;
});

const proxy = z.string().refine(isNetwork, 'must be an address like 10.0.0.7 or a network like 10.0.0.0/8');

/** Schema of the `server` section: where the server listens, its limits and its timeouts. */
export const server = z.strictObject({
  host: z.string().min(1, 'must not be empty').optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  bodyLimit: size.optional(),
  headersTimeout: duration.meta({ description: 'Longest time for the head of a request. Default: 30s.' }).optional(),
  bodyTimeout: duration
    .meta({
      description: 'Longest pause within the body of a request. Default: 30s. The whole body may take 5 minutes.',
    })
    .optional(),
  keepAliveTimeout: duration
    .meta({ description: 'How long an idle connection is kept open. Default: 65s.' })
    .optional(),
  writeIdle: duration
    .meta({ description: 'How long a client may read nothing before it is disconnected. Default: 60s.' })
    .optional(),
  drainDelay: duration
    .meta({ description: 'How long new requests are still accepted after SIGTERM. Default: 5s.' })
    .optional(),
  drainTimeout: duration
    .meta({ description: 'How long running requests may take after the drain delay. Default: 25s.' })
    .optional(),
  cors: z.strictObject({ origins: z.array(origin) }).optional(),
  trustProxy: z
    .union([z.boolean(), z.array(proxy)], { error: 'write true, false, or a list of addresses and networks' })
    .meta({
      description:
        'Proxies whose X-Forwarded-For is trusted: the client address in records, and by which unknown keys are counted.',
    })
    .optional(),
});

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    longest > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest))
  );
}
