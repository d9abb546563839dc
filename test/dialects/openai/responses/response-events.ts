import { expect } from 'vitest';
import type { SseEvent } from '../../../../src/domain/stream-grammar.ts';
import { eventsIn } from '../../../helpers/dialect-fixtures.ts';
import { eventBytes } from '../../../../src/sse/framing.ts';

type Fields = Record<string, unknown>;

/** One event of a written stream. */
export interface WrittenEvent extends Fields {
  readonly type: string;
}

/** The events of a stream as a client reads its bytes; each must be named by its type. */
export function writtenEvents(events: readonly SseEvent[]): readonly WrittenEvent[] {
  return eventsIn(Buffer.concat(events.map(eventBytes))).map(({ name, data }) => {
    const value = JSON.parse(data.toString('utf8')) as WrittenEvent;
    expect(value.type).toBe(name);
    return value;
  });
}

/**
 * Holds a stream against the grammar of the API, and returns its response: numbers without gaps, items added and done in the order of their indexes, parts in
 * order, deltas that add up to what is done, and nothing after the last event.
 */
export function checkedResponse(events: readonly WrittenEvent[]): Fields {
  expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()]);
  const [created, inProgress, ...rest] = events;
  expect([created?.type, inProgress?.type]).toEqual(['response.created', 'response.in_progress']);
  const last = rest.pop();
  const response = last?.['response'] as Fields;
  expect(last?.type).toBe(`response.${String(response['status'])}`);
  const output: unknown[] = [];
  let at = 0;
  while (at < rest.length) at = checkItem(rest, at, output);
  expect(response['output']).toEqual(output);
  const ids = output.map((item) => (item as Fields)['id']);
  expect(new Set(ids).size).toBe(ids.length);
  return response;
}

/** Checks the item that begins at `from`, adds it to `output`, and returns where the next one begins. */
function checkItem(events: readonly WrittenEvent[], from: number, output: unknown[]): number {
  const added = events[from];
  const index = output.length;
  expect(added).toMatchObject({ type: 'response.output_item.added', output_index: index });
  const id = (added?.['item'] as Fields | undefined)?.['id'];
  const end = events.findIndex(({ type }, at) => at > from && type === 'response.output_item.done');
  const done = events[end];
  expect(done).toMatchObject({ output_index: index, item: { id } });
  const body = events.slice(from + 1, end);
  for (const event of body) expect(event).toMatchObject({ item_id: id, output_index: index });
  output.push(done?.['item']);
  checkBody(body, done?.['item'] as Fields);
  return end + 1;
}

function checkBody(body: readonly WrittenEvent[], item: Fields): void {
  const deltas = body.filter(({ type }) => type.endsWith('.delta'));
  for (const { delta } of deltas) expect(delta).not.toBe('');
  const textOf = (name: string, index: number): string =>
    deltas
      .filter((event) => (event[name] ?? 0) === index)
      .map(({ delta }) => delta)
      .join('');
  const types = body.map(({ type }) => type.slice('response.'.length));
  switch (item['type']) {
    case 'message': {
      const parts = item['content'] as Fields[];
      expect(parts.length).toBeGreaterThan(0);
      expect(parts.map((part) => part['text'] ?? part['refusal'])).toEqual(
        parts.map((_, index) => textOf('content_index', index)),
      );
      expect(types.join(' ')).toMatch(
        /^(?:content_part\.added (?:(?:output_text\.(?:delta|annotation\.added) )*output_text\.done|(?:refusal\.delta )*refusal\.done) content_part\.done ?)+$/,
      );
      break;
    }
    case 'reasoning': {
      const parts = item['summary'] as Fields[];
      expect(parts.map(({ text }) => text)).toEqual(parts.map((_, index) => textOf('summary_index', index)));
      expect(types.join(' ')).toMatch(
        /^(?:reasoning_summary_part\.added (?:reasoning_summary_text\.delta )*reasoning_summary_text\.done reasoning_summary_part\.done ?)*$/,
      );
      break;
    }
    case 'function_call':
      expect(item['arguments']).toBe(textOf('none', 0));
      expect(types.join(' ')).toMatch(/^(?:function_call_arguments\.delta )*function_call_arguments\.done$/);
      break;
    case 'custom_tool_call':
      expect(item['input']).toBe(textOf('none', 0));
      expect(types.join(' ')).toMatch(/^(?:custom_tool_call_input\.delta )*custom_tool_call_input\.done$/);
      break;
    default:
      expect.unreachable(`an item of type ${String(item['type'])}`);
  }
}
