import { z } from 'zod';
import { COMMIT_POLICIES, DIALECTS, ORDER_POLICIES } from '../domain/chain.ts';
import { READING_CLASSES } from '../domain/reading.ts';
import { budgetSection } from './budget-section.ts';
import { limits } from './allowances.ts';
import { auth, tenants } from './auth-schema.ts';
import { certificates } from './certificates.ts';
import { hedge } from './hedge.ts';
import { log } from './log-schema.ts';
import { splitPair } from './pair.ts';
import { metrics } from './metrics-schema.ts';
import { parameters } from './parameters.ts';
import { price, prices } from './price-schema.ts';
import { providerHeaders } from './provider-headers.ts';
import { Secret } from './secret.ts';
import { server } from './server-schema.ts';
import { responses } from './response-schema.ts';
import { runs } from './run-schema.ts';
import { state } from './state-schema.ts';
import { storeUrl } from './store-url.ts';
import { name, token } from './texts.ts';
import { traces } from './traces-schema.ts';
import { duration } from './units.ts';

const secret = token.transform((value) => new Secret(value));

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
  parameters: parameters.meta({ description: 'What is changed in the fields of requests to this entry.' }).optional(),
});

/** `provider/model`, split at the first slash, because model names contain slashes. */
const shortEntry = z
  .string()
  .meta({ description: 'provider/model, split at the first slash.' })
  .transform((text, context) => {
    const pair = splitPair(text);
    if (pair !== undefined) return pair;
    context.addIssue({ code: 'custom', message: `'${text}' is not an entry; write provider/model` });
    return z.NEVER;
  });

const url = z.string().transform((text, context) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    context.addIssue({ code: 'custom', message: 'must be an http or https URL' });
  else if (parsed.username !== '' || parsed.password !== '')
    context.addIssue({ code: 'custom', message: 'must not contain a user or password; use apiKey' });
  else if (parsed.search !== '' || parsed.hash !== '')
    context.addIssue({ code: 'custom', message: 'must not contain a query or fragment; paths are appended to it' });
  else return parsed.href.replace(/\/+$/, '');
  return z.NEVER;
});

const count = z.int().positive();
const model = z.strictObject({
  limits: limits.optional(),
  contextTokens: count.meta({ description: 'Size of the context window in tokens.' }).optional(),
  maxOutputTokens: count.meta({ description: 'The longest answer in tokens, for lists of models.' }).optional(),
  tools: z.boolean().optional(),
  images: z.boolean().optional(),
  jsonSchema: z.boolean().optional(),
  sampling: z
    .boolean()
    .meta({
      description: 'Dialect anthropic: whether the model takes temperature, top_p and top_k. Default: by its name.',
    })
    .optional(),
  thinking: z
    .enum(['adaptive', 'budget', 'none'])
    .meta({ description: 'Dialect anthropic: how thinking is requested of the model. Default: by its name.' })
    .optional(),
  prefill: z
    .boolean()
    .meta({
      description:
        'Dialect anthropic: whether the model continues an answer that the request has begun. Default: by its name.',
    })
    .optional(),
  maxBatch: count.meta({ description: 'Most inputs of one embeddings request; larger ones are split.' }).optional(),
  price: price.optional(),
  parameters: parameters
    .meta({ description: 'What is changed in the fields of requests to this model. Those of an entry win.' })
    .optional(),
});

const refusalStatus = z.int().min(400).max(599);
const refusal = z.strictObject({
  status: z.union([refusalStatus, z.array(refusalStatus).min(1)]),
  code: name.optional(),
  words: name.optional(),
  as: z.enum(READING_CLASSES),
});

const provider = z.strictObject({
  preset: name.meta({ description: 'A known provider; docs/providers.md lists them.' }).optional(),
  dialect: z.enum(DIALECTS).meta({ description: 'The API that the provider speaks. Default: openai.' }).optional(),
  baseUrl: url.optional(),
  apiKey: secret.optional(),
  apiKeys: z
    .array(secret)
    .min(1, 'needs at least one key')
    .meta({ description: 'Several keys. A key that is rejected or has no quota is skipped, and the next one used.' })
    .optional(),
  headers: providerHeaders.optional(),
  private: z
    .boolean()
    .meta({
      description: 'Whether the address may be private. Default: true for plain localhost and local presets only.',
    })
    .optional(),
  ca: certificates.optional(),
  streamOptions: z.boolean().optional(),
  mendToolCalls: z
    .boolean()
    .meta({ description: 'Repair tool calls that break strict clients. Default: what the preset needs.' })
    .optional(),
  normalize: z
    .boolean()
    .meta({ description: 'Deliver content in parts as texts, and a usage elsewhere as usage. Default: true.' })
    .optional(),
  trace: z
    .boolean()
    .meta({ description: 'Send it the headers traceparent and tracestate of traced requests. Default: false.' })
    .optional(),
  emptyAnswer: z
    .enum(['accept', 'next'])
    .meta({ description: 'next: an answer without any output fails, and the next entry is tried. Default: accept.' })
    .optional(),
  finishReason: z
    .enum(['required', 'optional'])
    .meta({ description: 'optional: [DONE] ends an answer that has no finish reason. Default: required.' })
    .optional(),
  limits: limits.optional(),
  refusals: z
    .array(refusal)
    .meta({ description: 'How refusals are read, before the built-in rules: status, code and words to a class.' })
    .optional(),
  models: z.record(name, model.nullable()).optional(),
});

const chain = z.strictObject({
  entries: z
    .array(z.union([shortEntry, entry], { error: 'write provider/model, or { provider, model }' }))
    .min(1, 'a chain needs at least one entry'),
  deadline: duration.meta({ description: 'From the request to its first token, over all entries.' }).optional(),
  commit: z.enum(COMMIT_POLICIES).optional(),
  openAfter: duration
    .meta({
      description: 'Start the response of a stream after this time without a first token. Errors are then events.',
    })
    .optional(),
  policy: z
    .enum(ORDER_POLICIES)
    .meta({ description: 'The order in which entries are tried. Default: ordered.' })
    .optional(),
  queue: z
    .strictObject({ maxWait: duration, maxSize: z.int().positive() })
    .meta({
      description: 'Queue requests, in order, while all entries are cooling down and one of them is available soon.',
    })
    .optional(),
  retry: z
    .strictObject({ overloaded: z.int().min(1).max(5), backoff: duration.optional() })
    .meta({ description: 'Retry an overloaded entry before the next one is tried.' })
    .optional(),
  hedge: hedge.optional(),
  lastResort: z
    .boolean()
    .meta({ description: 'Try entries with an open circuit breaker when no other entry is available. Default: true.' })
    .optional(),
  onRefused: z
    .enum(['next', 'stop'])
    .meta({ description: 'Try the next entry when one refuses the request. Default: next.' })
    .optional(),
  onContentFilter: z.enum(['next', 'stop']).optional(),
  mixedModels: z
    .boolean()
    .meta({ description: 'Let embeddings fail over to entries of another model. Their vectors do not compare.' })
    .optional(),
  timeouts: timeouts.optional(),
});

/** Schema of a configuration whose variables are interpolated. Refuses unknown keys. */
export const configSchema = z.strictObject({
  $schema: z.string().meta({ description: 'For editors.' }).optional(),
  server: server.optional(),
  log: log.meta({ description: 'The lines of the log, and the request log in the store.' }).optional(),
  metrics: metrics.meta({ description: 'Who may read /metrics, and how much is in it.' }).optional(),
  auth: auth
    .meta({ description: 'Keys of clients. none, or no section: a gateway without keys, for this machine only.' })
    .optional(),
  tenants: tenants
    .meta({ description: 'Teams or customers. The limits and budgets of one hold for all its keys together.' })
    .optional(),
  providers: z.record(name, provider),
  chains: z.record(name, chain),
  defaults: z
    .strictObject({
      chain: name.optional(),
      unknownModel: z.enum(['reject', 'default']).optional(),
      timeouts: timeouts.optional(),
    })
    .optional(),
  prices: prices.meta({ description: 'What models cost, beside `price` of a model.' }).optional(),
  runs: runs.meta({ description: 'Generations that outlive the connection of their client.' }).optional(),
  responses: responses
    .meta({ description: 'Responses that are kept, so that previous_response_id can name them.' })
    .optional(),
  budgets: budgetSection.meta({ description: 'What holds for the budgets of all keys and tenants.' }).optional(),
  aliases: z.record(name, name).meta({ description: 'Other names for chains.' }).optional(),
  traces: traces.meta({ description: 'Sends traces of requests to an OpenTelemetry collector.' }).optional(),
  state: state
    .meta({
      description: 'Where several gateways count the limits of providers and keys together. Default: each for itself.',
    })
    .optional(),
  store: z
    .strictObject({
      url: storeUrl,
      migrate: z
        .boolean()
        .meta({ description: 'false refuses a store that lacks migrations instead of applying them. Default: true.' })
        .optional(),
    })
    .meta({
      description:
        'Persists keys, tenants, spend, usage, used daily quotas and long cooldowns. Default: nothing is persisted.',
    })
    .optional(),
});

/** A configuration as written in a file or in code. */
export type ConfigInput = z.input<typeof configSchema>;

/** A checked configuration. Secrets in it print as `***`. */
export type Config = z.output<typeof configSchema>;
