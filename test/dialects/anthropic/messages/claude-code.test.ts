import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codecOf } from '../../../../src/dialects/codec-of.ts';
import type { Dialect } from '../../../../src/domain/chain.ts';
import { OPERATIONS } from '../../../../src/operations/operations.ts';
import { callOf } from '../../../helpers/call.ts';
import type { Json } from '../../../helpers/json.ts';
import { targetOf } from '../../../helpers/target.ts';

const FILE = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'dialects', 'clients', '03-claude-code.json');
const { request }: Json = JSON.parse(readFileSync(FILE, 'utf8'));

/** What a provider is sent for the recorded second turn of Claude Code, and the settings that it does not get. */
function sent(dialect: Dialect): { readonly body: Json; readonly dropped: readonly string[] } {
  const call = callOf({ operation: 'messages', input: request.body, stream: true, headers: request.headers });
  const encoded = codecOf(OPERATIONS.messages, dialect).encode(call, targetOf({ dialect }), {
    without: new Set(),
    headers: {},
  });
  if ('unsuited' in encoded) throw new Error(encoded.unsuited);
  return { body: JSON.parse(String(encoded.request.body)), dropped: encoded.dropped ?? [] };
}

const names = request.body.tools.map(({ name }: Json) => name);

test.each(['openai', 'openai-responses'] as const)('(%s) keeps every tool, and those that it has found', (dialect) => {
  const { body, dropped } = sent(dialect);
  expect(body.tools.map((tool: Json) => tool.function?.name ?? tool.name)).toEqual(names);
  expect(names).toContain('WebFetch');
  expect(JSON.stringify(body)).toContain('tool_reference');
  expect(dropped).toEqual(['context_management']);
});

test.each(['openai', 'openai-responses', 'anthropic'] as const)(
  '(%s) is not sent the line that differs in every request',
  (dialect) => {
    const { body } = sent(dialect);
    expect(JSON.stringify(request.body)).toContain('x-anthropic-billing-header');
    expect(JSON.stringify(body)).not.toContain('x-anthropic-billing-header');
  },
);

test('a system message stays where it is among the others', () => {
  const { messages } = sent('openai').body;
  expect(messages.map(({ role }: Json) => role)).toEqual(['system', 'system', 'user', 'system', 'assistant', 'tool']);
});

test('the effort is sent, and reasoning that another vendor has signed is not', () => {
  const { body } = sent('openai');
  expect(body.reasoning_effort).toBe('high');
  expect(JSON.stringify(body)).not.toContain('I think.');
});
