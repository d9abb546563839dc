import { fieldsOf } from '../../../src/lib/record.ts';
import type { FixtureMeaning } from '../../helpers/dialect-fixtures.ts';
import type { Api } from './fixtures.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a whole answer of an API says. */
export function meaningOf(api: Api, answer: object): FixtureMeaning {
  return READERS[api](fieldsOf(answer));
}

const READERS: Readonly<Record<Api, (answer: Fields) => FixtureMeaning>> = {
  chat(answer) {
    const choice = fieldsOf(listOf(answer['choices'])[0]);
    const message = fieldsOf(choice['message']);
    const usage = fieldsOf(answer['usage']);
    return {
      text: textOf(message['content']),
      refusal: textOf(message['refusal']),
      reasoning: textOf(message['reasoning_content']),
      calls: listOf(message['tool_calls']).map((call) => {
        const { id, function: fn, custom } = fieldsOf(call);
        const { name, arguments: input, input: raw } = fieldsOf(fn ?? custom);
        return [textOf(id), textOf(name), raw ?? parsed(input)] as const;
      }),
      finish: textOf(message['refusal'])
        ? 'refusal'
        : (CHAT_FINISHES[textOf(choice['finish_reason'])] ?? textOf(choice['finish_reason'])),
      usage: {
        input: numberOf(usage['prompt_tokens']),
        cacheRead: numberOf(fieldsOf(usage['prompt_tokens_details'])['cached_tokens']),
        cacheWrite: numberOf(fieldsOf(usage['prompt_tokens_details'])['cache_write_tokens']),
        output: numberOf(usage['completion_tokens']),
        reasoning: numberOf(fieldsOf(usage['completion_tokens_details'])['reasoning_tokens']),
      },
    };
  },
  messages(answer) {
    const blocks = listOf(answer['content']).map(fieldsOf);
    const usage = fieldsOf(answer['usage']);
    const [read, written] = [
      numberOf(usage['cache_read_input_tokens']),
      numberOf(usage['cache_creation_input_tokens']),
    ];
    const text = joined(blocks, 'text', 'text');
    const isRefused = answer['stop_reason'] === 'refusal';
    return {
      text: isRefused ? '' : text,
      refusal: isRefused ? text : '',
      reasoning: joined(blocks, 'thinking', 'thinking'),
      calls: blocks
        .filter(({ type }) => type === 'tool_use')
        .map(({ id, name, input }) => [textOf(id), textOf(name), input] as const),
      finish: MESSAGES_FINISHES[textOf(answer['stop_reason'])] ?? textOf(answer['stop_reason']),
      usage: {
        input: numberOf(usage['input_tokens']) + read + written,
        cacheRead: read,
        cacheWrite: written,
        output: numberOf(usage['output_tokens']),
        reasoning: numberOf(fieldsOf(usage['output_tokens_details'])['thinking_tokens']),
      },
    };
  },
  responses(answer) {
    const items = listOf(answer['output']).map(fieldsOf);
    const parts = items.flatMap((item) => (item['type'] === 'message' ? listOf(item['content']).map(fieldsOf) : []));
    const reasoning = items.flatMap((item) =>
      item['type'] === 'reasoning' ? listOf(item['summary']).map(fieldsOf) : [],
    );
    const calls = items
      .filter(({ type }) => type === 'function_call' || type === 'custom_tool_call')
      .map(
        ({ call_id: id, name, arguments: json, input }) => [textOf(id), textOf(name), input ?? parsed(json)] as const,
      );
    const usage = fieldsOf(answer['usage']);
    const reason = textOf(fieldsOf(answer['incomplete_details'])['reason']);
    const refusal = joined(parts, 'refusal', 'refusal');
    return {
      text: joined(parts, 'output_text', 'text'),
      refusal,
      reasoning: joined(reasoning, 'summary_text', 'text'),
      calls,
      finish: finishOf(textOf(answer['status']), { reason, refusal, calls: calls.length }),
      usage: {
        input: numberOf(usage['input_tokens']),
        cacheRead: numberOf(fieldsOf(usage['input_tokens_details'])['cached_tokens']),
        cacheWrite: numberOf(fieldsOf(usage['input_tokens_details'])['cache_write_tokens']),
        output: numberOf(usage['output_tokens']),
        reasoning: numberOf(fieldsOf(usage['output_tokens_details'])['reasoning_tokens']),
      },
    };
  },
};

const CHAT_FINISHES: Readonly<Record<string, string>> = { tool_calls: 'tools', content_filter: 'filter' };
const MESSAGES_FINISHES: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  tool_use: 'tools',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  pause_turn: 'pause',
};

function finishOf(
  status: string,
  { reason, refusal, calls }: { readonly reason: string; readonly refusal: string; readonly calls: number },
): string {
  if (status === 'incomplete') return reason === 'max_output_tokens' ? 'length' : 'filter';
  if (refusal !== '') return 'refusal';
  return calls > 0 ? 'tools' : status === 'completed' ? 'stop' : status;
}

/** What a client of one API gets of a meaning from a provider of another: the weaker of what the two can say. */
export function weakened(meaning: FixtureMeaning, client: Api, provider: Api): FixtureMeaning {
  const { finish, usage, text, refusal } = meaning;
  const isForeign = client !== provider;
  // Without a part of its own for it, a refusal is a filtered text.
  const isRefused = isForeign && (finish === 'refusal' || finish === 'filter');
  const isMessages = client === 'messages' && provider === 'messages';
  return {
    ...meaning,
    calls: meaning.calls.map(([id, name, input]) => [id, name, client === 'messages' ? asObject(input) : input]),
    text: isRefused ? text + refusal : text,
    refusal: isRefused ? '' : refusal,
    finish: isRefused ? 'refusal' : WITHIN_MESSAGES.has(finish) && !isMessages ? 'stop' : finish,
    usage: { ...usage, cacheWrite: client === 'chat' || provider === 'chat' ? 0 : usage.cacheWrite },
  };
}

/** Raw text is a member of an object where an API takes objects only. */
function asObject(input: unknown): unknown {
  return typeof input === 'string' ? { input } : input;
}

/** Finishes that only the Messages API distinguishes. */
const WITHIN_MESSAGES: ReadonlySet<string> = new Set(['stop_sequence', 'pause']);

function joined(parts: readonly Fields[], type: string, member: string): string {
  return parts.map((part) => (part['type'] === type ? textOf(part[member]) : '')).join('');
}

function parsed(json: unknown): unknown {
  try {
    return typeof json === 'string' && json !== '' ? JSON.parse(json) : {};
  } catch {
    return json;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
