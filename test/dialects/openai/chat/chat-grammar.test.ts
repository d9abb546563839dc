import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { openaiChat } from '../../../../src/dialects/openai/chat/codec.ts';
import type { SseEvent } from '../../../../src/domain/stream-grammar.ts';
import { chunk } from '../../../../src/testing/index.ts';
import { callOf } from '../../../helpers/call.ts';

const call = callOf({ input: { n: 2 }, stream: true });

function eventOf(text: string): SseEvent {
  const plain = Buffer.from(text);
  return { name: undefined, data: plain.subarray('data: '.length, -2), plain };
}

test('a stream settles after all requested choices, or after one where the provider rejects `n`', () => {
  for (const rejects of [[], ['n']]) {
    const grammar = openaiChat.grammar({ call, quirks: { ...NO_QUIRKS, rejects } });
    grammar.inspect(eventOf(chunk({ delta: { content: 'Hi' }, finish: 'stop' })));
    expect([grammar.complete(), grammar.settled()]).toEqual([true, rejects.length > 0]);
  }
});
