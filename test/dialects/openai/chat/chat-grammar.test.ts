import { expect, test } from 'vitest';
import { PLAIN } from '../../../../src/catalog/preset.ts';
import { openai } from '../../../../src/dialects/openai/chat/codec.ts';
import type { SseEvent } from '../../../../src/domain/stream-grammar.ts';
import { chunk } from '../../../../src/testing/index.ts';

const call = { operation: 'chat.completions', input: { n: 2 }, bytes: undefined, stream: true } as const;

function eventOf(text: string): SseEvent {
  const plain = Buffer.from(text);
  return { name: undefined, data: plain.subarray('data: '.length, -2), plain };
}

test('as many choices are waited for as were asked, and one where the vendor is not asked for more', () => {
  for (const rejects of [[], ['n']]) {
    const grammar = openai.grammar(call, { ...PLAIN, rejects });
    grammar.inspect(eventOf(chunk({ delta: { content: 'Hi' }, finish: 'stop' })));
    expect([grammar.complete(), grammar.settled()]).toEqual([true, rejects.length > 0]);
  }
});
