import { jsonTextSteps } from '../../../lib/json-text.ts';
import type { Steps } from '../../../lib/steps.ts';
import type { Target } from '../../../domain/chain.ts';
import type { UpstreamRequest } from '../../../upstream/transport.ts';
import { type EncodedForProvider, HISTORY_REASONING, type ProviderRequest } from '../../neutral/api.ts';
import type { Losses } from '../../neutral/losses.ts';
import type { Extra } from '../../neutral/request.ts';
import { jsonHeaders } from '../../provider-request.ts';
import { betaFieldsIn } from '../beta-fields.ts';
import { anthropicHeaders } from '../headers.ts';
import { type MessageTraits, traitsOf } from '../model-traits.ts';
import { FILES_BETA } from './encode-media.ts';
import { encodeFormat, encodeSampling, encodeSettings } from './encode-settings.ts';
import { encodeThinking } from './encode-thinking.ts';
import { encodeTools } from './encode-tools.ts';
import { encodeTurns } from './encode-turns.ts';
import { limitMarks } from './limit-marks.ts';
import { messagesPath } from './request.ts';

type Fields = Record<string, unknown>;

/** The longest answer where neither the client nor the model's name says any. */
const DEFAULT_MAX_TOKENS = 8192;
/** A longer answer may take more than ten minutes, for which Anthropic wants a stream. */
const MAX_UNSTREAMED_TOKENS = 21_333;

/** Encodes a request as a message. */
export function* encodeMessages({ request, target, options, losses }: ProviderRequest): Steps<EncodedForProvider> {
  const traits = traitsOf(target);
  const { system, messages } = yield* encodeTurns(request.turns, {
    reasoning: !options.without.has(HISTORY_REASONING),
    prefill: traits.prefill,
    losses,
  });
  yield;
  const { tools, choice, forced } = encodeTools(request, traits, losses);
  const asked = maxTokensOf(request.maxOutputTokens?.value, traits);
  const { thinking, effort, on, maxTokens } = encodeThinking(request, {
    traits,
    losses,
    forced,
    messages,
    maxTokens: asked,
  });
  const settings = { traits, losses, thinks: on };
  const format = encodeFormat(request, settings);
  const extras = encodeExtras(request.extras, { target, losses });
  const stream = request.stream || maxTokens > MAX_UNSTREAMED_TOKENS;
  limitMarks(
    [...tools, ...system],
    messages.flatMap(({ content }) => content),
    extras['cache_control'] === undefined ? 0 : 1,
  );
  const body = {
    model: target.model,
    max_tokens: maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages,
    ...(tools.length === 0 ? {} : { tools }),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(thinking === undefined ? {} : { thinking }),
    ...(effort === undefined && format === undefined
      ? {}
      : {
          output_config: { ...(effort === undefined ? {} : { effort }), ...(format === undefined ? {} : { format }) },
        }),
    ...encodeSampling(request, settings),
    ...encodeSettings(request, losses),
    ...extras,
    ...(stream ? { stream } : {}),
  };
  const usesFiles = messages.some(({ content }) => content.some(isKeptFile));
  const encoded = { body, stream, betas: usesFiles ? FILES_BETA : undefined };
  return { request: yield* requestOf({ target, options }, encoded) };
}

function maxTokensOf(asked: number | undefined, { maxOutput }: MessageTraits): number {
  if (asked === undefined) return maxOutput ?? DEFAULT_MAX_TOKENS;
  return Math.min(asked, maxOutput ?? asked);
}

function encodeExtras(
  extras: readonly Extra[],
  { target, losses }: { readonly target: Target; readonly losses: Losses },
): Fields {
  const fields: Fields = {};
  const refused = new Set(
    betaFieldsIn(
      extras.map(({ field }) => field),
      target.quirks.betas,
    ),
  );
  for (const { family, field, value, loss } of extras)
    if (family === 'anthropic' && !refused.has(field)) fields[field] = value;
    else losses.add(field, loss);
  return fields;
}

function isKeptFile({ source }: Fields): boolean {
  return typeof source === 'object' && source !== null && 'file_id' in source;
}

interface Encoded {
  readonly body: object;
  readonly stream: boolean;
  readonly betas: string | undefined;
}

function* requestOf(
  { target, options }: Pick<ProviderRequest, 'target' | 'options'>,
  { body, stream, betas }: Encoded,
): Steps<UpstreamRequest> {
  const asked: Record<string, string> = betas === undefined ? {} : { 'anthropic-beta': betas };
  const { rejects } = target.quirks;
  const sent = Object.fromEntries(Object.entries(body).filter(([field]) => !rejects.includes(field)));
  return {
    endpoint: target.endpoint,
    path: messagesPath(target, '/v1/messages'),
    method: 'POST',
    headers: anthropicHeaders(target, { asked, json: jsonHeaders({ stream }), own: options.headers }),
    body: yield* jsonTextSteps(sent),
  };
}
