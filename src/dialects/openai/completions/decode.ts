import type { Call } from '../../../domain/call.ts';
import type { RequestFields } from '../../neutral/api.ts';
import type { Loss, NeutralRequest, Turn } from '../../neutral/request.ts';
import { numberOf, samplingOf } from '../chat/translate/decode-settings.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What an answer of another API is not: the continuation of the prompt itself. */
const RAW_COMPLETION = 'raw-completion';

/** Reads a request of the older completions: its prompt is what a user says. */
export function decodeCompletions({ body, stream }: Call, fields: RequestFields = body.parse()): NeutralRequest {
  const prompt = promptOf(fields);
  const turns: Turn[] = prompt === undefined ? [] : [{ role: 'user', blocks: [{ kind: 'text', text: prompt }] }];
  return {
    turns,
    tools: [],
    maxOutputTokens: numberOf(fields, 'max_tokens'),
    ...samplingOf(fields),
    extras: [],
    lost: [{ field: RAW_COMPLETION, loss: 'reported' }, ...lostOf(fields)],
    stream,
  };
}

/** The one text of a prompt; undefined for tokens and for several prompts. */
function promptOf({ prompt }: Fields): string | undefined {
  if (typeof prompt === 'string') return prompt;
  if (!Array.isArray(prompt) || prompt.length !== 1) return undefined;
  const [only]: unknown[] = prompt;
  return typeof only === 'string' ? only : undefined;
}

const READ: ReadonlySet<string> = new Set(
  'model prompt stream stream_options max_tokens temperature top_p top_k stop seed presence_penalty frequency_penalty user'.split(
    ' ',
  ),
);

function lostOf(fields: Fields): NeutralRequest['lost'] {
  const lost: { field: string; loss: Loss }[] = [];
  if (promptOf(fields) === undefined) lost.push({ field: 'prompt', loss: 'unsuited' });
  for (const [field, value] of Object.entries(fields)) {
    if (READ.has(field) || value === null || value === undefined || value === false) continue;
    const loss = lossOf(field, value);
    if (loss !== undefined) lost.push({ field, loss });
  }
  return lost;
}

function lossOf(field: string, value: unknown): Loss | undefined {
  switch (field) {
    case 'n':
    case 'best_of':
      return value === 1 ? undefined : 'unsuited';
    case 'suffix':
      return value === '' ? undefined : 'unsuited';
    case 'echo':
    case 'logprobs':
      return 'unsuited';
    default:
      return 'reported';
  }
}
