import { expect, test } from 'vitest';
import { decodeMessages } from '../../../../src/dialects/anthropic/messages/decode.ts';
import { callOf } from '../../../helpers/call.ts';

const toolOf = (name: string, description = name) => ({ name, description, input_schema: { type: 'object' } });
const adding = (tool: object) => ({ role: 'system', content: [{ type: 'tool_addition', tool }] });
const defining = (definition: unknown) => adding({ type: 'tool_definition', definition });
const HI = { role: 'user', content: 'Hi' };

const decoded = (messages: readonly object[], tools: readonly object[] = []) =>
  decodeMessages(callOf({ operation: 'messages', input: { model: 'm', max_tokens: 9, messages, tools } }));

test('tools that are defined among the messages follow those of the request', () => {
  const { tools } = decoded([HI, defining(toolOf('b')), HI, defining(toolOf('c'))], [toolOf('a')]);
  expect(tools.map((tool) => tool.name)).toEqual(['a', 'b', 'c']);
  expect(tools[1]).toMatchObject({ kind: 'function', schema: { type: 'object' } });
});

test('each name is offered once, as it was defined first', () => {
  const { tools } = decoded(
    [HI, defining(toolOf('a', 'later')), defining(toolOf('b')), defining(toolOf('b', 'later'))],
    [toolOf('a')],
  );
  expect(tools).toMatchObject([
    { name: 'a', description: 'a' },
    { name: 'b', description: 'b' },
  ]);
});

test('the addition of a tool loses nothing, but its removal does', () => {
  const removing = { role: 'system', content: [{ type: 'tool_removal', tool: { type: 'tool_reference', name: 'a' } }] };
  const { tools, turns } = decoded([HI, adding({ type: 'tool_reference', name: 'a' }), removing], [toolOf('a')]);
  expect(tools).toHaveLength(1);
  expect(turns.flatMap(({ blocks }) => blocks)).toMatchObject([
    { kind: 'text' },
    { kind: 'foreign', field: 'tool_addition', loss: 'silent' },
    { kind: 'foreign', field: 'tool_removal', loss: 'reported' },
  ]);
});

test.each([null, 1, [], {}, { name: 1 }, { type: 'mcp_toolset' }])(
  'a definition that is %j adds no tool',
  (definition) => {
    expect(decoded([HI, defining(definition)]).tools).toEqual([]);
  },
);
