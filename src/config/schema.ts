import { z } from 'zod';
import { certificates } from './certificates.ts';
import { isBrokenDigest } from './key-digest.ts';
import { splitPair } from './pair.ts';
import { providerHeaders } from './provider-headers.ts';
import { Secret } from './secret.ts';
import { server } from './server-schema.ts';
import { storeUrl } from './store-url.ts';
import { duration } from './units.ts';

const name = z.string().min(1, 'must not be empty');
/** What an Authorization header can carry: a line break left over from a file would fail every request. */
const token = name.regex(/^[!-~]*$/, 'must be visible ASCII without blanks or line breaks');
const secret = token.transform((value) => new Secret(value));
const gatewayKey = token
  .refine((value) => !isBrokenDigest(value), 'must be sha256: and 64 hexadecimal digits, or a key in plain')
  .transform((value) => new Secret(value));

const timeouts = z.strictObject({
  connect: duration.optional(),
  headers: duration.optional(),
  firstToken: duration.optional(),
  idle: duration.optional(),
  total: duration.optional(),
});

const entry = z.strictObject({
  provider: name,
  model: name,
  timeouts: timeouts.optional(),
  weight: z.number().positive().optional(),
  reasoning: z.boolean().optional(),
});

/** `provider/model`; the first slash splits, because models have slashes of their own. */
const shortEntry = z
  .string()
  .meta({ description: 'provider/model; the first slash splits.' })
  .transform((text, context) => {
    const pair = splitPair(text);
    if (pair !== undefined) return pair;
    context.addIssue({ code: 'custom', message: `'${text}' is no entry; write provider/model` });
    return z.NEVER;
  });

const url = z.string().transform((text, context) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    context.addIssue({ code: 'custom', message: 'must be an http or https URL' });
  else if (parsed.username !== '' || parsed.password !== '')
    context.addIssue({ code: 'custom', message: 'must hold no user or password; use apiKey' });
  else if (parsed.search !== '' || parsed.hash !== '')
    context.addIssue({ code: 'custom', message: 'must have no query and no fragment; paths are put behind it' });
  else return parsed.href.replace(/\/+$/, '');
  return z.NEVER;
});

const count = z.int().positive();
/** As a vendor's page for the account tells them; for each model of the provider, or for one. */
const limits = z.strictObject({
  requestsPerMinute: count.optional(),
  tokensPerMinute: count.optional(),
  requestsPerDay: count.optional(),
  tokensPerDay: count.optional(),
  concurrency: count.meta({ description: 'Requests that run at the same time.' }).optional(),
});

const price = z.number().min(0).meta({ description: 'US dollars per million tokens.' });
const model = z.strictObject({
  limits: limits.optional(),
  contextTokens: count.meta({ description: 'Size of the context window in tokens.' }).optional(),
  tools: z.boolean().optional(),
  images: z.boolean().optional(),
  jsonSchema: z.boolean().optional(),
  price: z.strictObject({ input: price, output: price }).optional(),
});

/** The shape of a configuration, its variables filled in. Unknown keys are refused. */
export const configSchema = z.strictObject({
  $schema: z.string().meta({ description: 'For editors.' }).optional(),
  server: server.optional(),
  log: z
    .strictObject({
      vendorMessages: z
        .boolean()
        .meta({ description: 'Log the words of vendors’ errors, which may repeat prompts.' })
        .optional(),
    })
    .optional(),
  auth: z
    .strictObject({
      keys: z.array(
        z.strictObject({
          name,
          key: gatewayKey,
          role: z.enum(['caller', 'admin']).optional(),
          chains: z.array(name).optional(),
        }),
      ),
    })
    .optional(),
  providers: z.record(
    name,
    z.strictObject({
      preset: name.meta({ description: 'A known vendor; docs/vendors.md lists them.' }).optional(),
      dialect: z.enum(['openai']).optional(),
      baseUrl: url.optional(),
      apiKey: secret.optional(),
      apiKeys: z
        .array(secret)
        .min(1, 'needs at least one key')
        .meta({ description: 'Several keys: one that is spent or refused is left out, and the next one used.' })
        .optional(),
      headers: providerHeaders.optional(),
      private: z
        .boolean()
        .meta({
          description: 'Whether the address may be private; plain localhost and local presets may by themselves.',
        })
        .optional(),
      ca: certificates.optional(),
      streamOptions: z.boolean().optional(),
      mendToolCalls: z
        .boolean()
        .meta({ description: 'Mend tool calls that break strict clients; presets know for whom.' })
        .optional(),
      limits: limits.optional(),
      models: z.record(name, model.nullable()).optional(),
    }),
  ),
  chains: z.record(
    name,
    z.strictObject({
      entries: z
        .array(z.union([shortEntry, entry], { error: 'write provider/model, or { provider, model }' }))
        .min(1, 'a chain needs at least one entry'),
      deadline: duration.meta({ description: 'From the request to its first token, over all entries.' }).optional(),
      commit: z.enum(['first-token', 'first-event', 'headers']).optional(),
      openAfter: duration
        .meta({ description: 'Open a stream after so long without a first token; errors are then events.' })
        .optional(),
      policy: z
        .enum(['ordered', 'weighted', 'fastest', 'cheapest'])
        .meta({ description: 'In which order entries are tried; ordered unless given.' })
        .optional(),
      queue: z
        .strictObject({ maxWait: duration, maxSize: z.int().positive() })
        .meta({ description: 'Wait, in order, for entries that are all cooling down but heal soon.' })
        .optional(),
      retry: z
        .strictObject({ overloaded: z.int().min(1).max(5), backoff: duration.optional() })
        .meta({ description: 'Ask an overloaded entry again before the next one.' })
        .optional(),
      lastResort: z
        .boolean()
        .meta({ description: 'Ask entries that keep failing when no other could answer; true unless given.' })
        .optional(),
      onContentFilter: z.enum(['next', 'stop']).optional(),
      timeouts: timeouts.optional(),
    }),
  ),
  defaults: z
    .strictObject({
      chain: name.optional(),
      unknownModel: z.enum(['reject', 'default']).optional(),
      timeouts: timeouts.optional(),
    })
    .optional(),
  aliases: z.record(name, name).meta({ description: 'Other names for chains.' }).optional(),
  store: z
    .strictObject({ url: storeUrl })
    .meta({ description: 'What outlives the process: spent days and long cooldowns; nothing unless given.' })
    .optional(),
});

/** What a user writes. */
export type ConfigInput = z.input<typeof configSchema>;

/** A checked configuration. Secrets in it print as `***`. */
export type Config = z.output<typeof configSchema>;

/** Keys that belong to the agreed file but that this version cannot serve; saying so beats ignoring them. */
export const NOT_YET: readonly string[] = Object.freeze(['state']);
