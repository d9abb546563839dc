import { z } from 'zod';
import { certificates } from './certificates.ts';
import { redisTarget, redisUrlProblem } from './redis-address.ts';
import { name, token } from './texts.ts';
import { Secret } from './secret.ts';
import { durationWithin } from './units.ts';

/** The prefix is a part of names of keys and of a channel; braces in it would change the hash tag of all. */
const prefix = z.string().regex(/^[\w.:-]{1,64}$/, 'must be 1 to 64 letters, digits or any of . : _ -');

/** The URL of a server; it may contain a password. */
const url = z.string().transform((text, context) => checked(text, redisUrlProblem(text), context));

/** A node of a Cluster, which has no other database than 0. */
const nodeUrl = z.string().transform((text, context) => {
  const problem = redisUrlProblem(text);
  if (problem !== undefined || redisTarget(text).access.db === 0) return checked(text, problem, context);
  return checked(text, 'must name no database, because a Cluster has only the database 0', context);
});

/** A Sentinel as `HOST:PORT`, or as a URL where it needs a password or TLS. */
const sentinelHost = z.string().transform((text, context) => {
  const asUrl = text.includes('://') ? text : `redis://${text}`;
  return checked(asUrl, redisUrlProblem(asUrl), context);
});

const sentinel = z.strictObject({
  sentinel: z.strictObject({
    name: name.meta({ description: 'The name by which the Sentinels know the server.' }),
    hosts: z.array(sentinelHost).min(1, 'needs at least one Sentinel').meta({
      description: 'HOST:PORT of each Sentinel, or redis://USER:PASSWORD@HOST:PORT where it needs a password.',
    }),
  }),
  user: name.optional(),
  password: token.transform((value) => new Secret(value)).optional(),
  database: z.int().min(0).max(9999).optional(),
  tls: z.boolean().meta({ description: 'Whether the server is connected to by TLS. Default: false.' }).optional(),
});

/** Schema of the `state` section: where several gateways keep their counts together. */
export const state = z.strictObject({
  redis: z
    .union([url, z.array(nodeUrl).min(1, 'needs at least one node'), sentinel], {
      error: 'write redis://HOST:PORT, a list of them for a Cluster, or { sentinel: { name, hosts } }',
    })
    .meta({
      description:
        'redis://USER:PASSWORD@HOST:PORT of a Redis or Valkey, rediss:// for TLS, a list of URLs for a Cluster, or its Sentinels.',
    }),
  prefix: prefix
    .meta({ description: 'What all names of keys begin with. Gateways with one prefix share limits. Default: sw.' })
    .optional(),
  timeout: durationWithin(5, 1000)
    .meta({ description: 'How long a request waits for Redis at most. Default: 50ms.' })
    .optional(),
  lease: durationWithin(2000, 300_000)
    .meta({ description: 'How long the running requests of a gateway that died still count. Default: 30s.' })
    .optional(),
  replicas: z
    .int()
    .min(1)
    .max(1000)
    .meta({ description: 'How many gateways there are, as long as Redis has not said so. Default: 1.' })
    .optional(),
  ca: certificates.optional(),
});

function checked(text: string, problem: string | undefined, context: z.core.$RefinementCtx<string>): string {
  if (problem === undefined) return text;
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
}
