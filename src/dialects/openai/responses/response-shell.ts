import type { Call } from '../../../domain/call.ts';
import { secondsNow } from '../../../lib/clock.ts';
import { createRandomHex } from '../../../lib/ids.ts';
import { fieldsOf } from '../../../lib/record.ts';

/** A response as it is written so far. */
export type ResponseShell = Readonly<Record<string, unknown>>;

/** What a provider says of its answer at the beginning. */
export interface AnswerStart {
  readonly id?: string | undefined;
  readonly model: string;
  readonly created?: number | undefined;
  readonly serviceTier?: string | undefined;
}

const PREFIX = 'resp_';
/** An id of the API. It stands in JSON as it is. */
const RESPONSE_ID = /^resp_[\w-]{1,256}$/;
/** As many as OpenAI's ids have. */
const newDigits = createRandomHex(48);

/** A response in progress, with every member that the API documents: what the caller sent, else the API's default; and the gateway's own. */
export function responseShell(
  { body, answerMembers }: Pick<Call, 'body' | 'answerMembers'>,
  { id, model, created, serviceTier }: AnswerStart,
): ResponseShell {
  const sent = (name: string): unknown => {
    const json = body.jsonOf(name);
    return json === undefined ? undefined : JSON.parse(json.toString('utf8'));
  };
  return {
    id: id !== undefined && RESPONSE_ID.test(id) ? id : PREFIX + newDigits(),
    object: 'response',
    created_at: created ?? secondsNow(),
    status: 'in_progress',
    background: sent('background') ?? false,
    error: null,
    incomplete_details: null,
    instructions: sent('instructions') ?? null,
    max_output_tokens: sent('max_output_tokens') ?? null,
    max_tool_calls: sent('max_tool_calls') ?? null,
    model,
    output: [],
    parallel_tool_calls: sent('parallel_tool_calls') ?? true,
    previous_response_id: sent('previous_response_id') ?? null,
    prompt_cache_key: sent('prompt_cache_key') ?? null,
    reasoning: { effort: null, summary: null, ...fieldsOf(sent('reasoning')) },
    safety_identifier: sent('safety_identifier') ?? null,
    service_tier: serviceTier ?? 'default',
    // Only a response with an id of the gateway's can be retrieved.
    store: answerMembers !== undefined && sent('store') !== false,
    temperature: sent('temperature') ?? 1,
    text: { format: { type: 'text' }, verbosity: 'medium', ...fieldsOf(sent('text')) },
    tool_choice: sent('tool_choice') ?? 'auto',
    tools: sent('tools') ?? [],
    top_logprobs: sent('top_logprobs') ?? 0,
    top_p: sent('top_p') ?? 1,
    truncation: sent('truncation') ?? 'disabled',
    presence_penalty: 0,
    frequency_penalty: 0,
    usage: null,
    user: sent('user') ?? null,
    metadata: sent('metadata') ?? {},
    completed_at: null,
    ...answerMembers,
  };
}

/** The part of a response's id that the ids of its items repeat: short enough for an id of 64 characters. */
export function idSuffixOf({ id }: ResponseShell): string {
  return String(id).slice(PREFIX.length, PREFIX.length + 48);
}
