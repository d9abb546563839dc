import { fieldsOf } from '../../../lib/record.ts';

/** The type of a block that offers a tool from its place in the conversation on. */
export const TOOL_ADDITION = 'tool_addition';

/** The tools that the messages define among themselves, the first of each name. `tools`: those of the request. */
export function addedTools(messages: unknown, tools: unknown): readonly unknown[] {
  if (!Array.isArray(messages)) return [];
  const names = new Set((Array.isArray(tools) ? tools : []).map((tool: unknown) => fieldsOf(tool)['name']));
  return messages.flatMap((message: unknown) => {
    const { content } = fieldsOf(message);
    const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
    return blocks.flatMap((block) => {
      const definition = definitionIn(fieldsOf(block));
      const { name } = fieldsOf(definition);
      if (typeof name !== 'string' || names.has(name)) return [];
      names.add(name);
      return [definition];
    });
  });
}

function definitionIn({ type, tool }: Readonly<Record<string, unknown>>): unknown {
  const { type: kind, definition } = fieldsOf(tool);
  return type === TOOL_ADDITION && kind === 'tool_definition' ? definition : undefined;
}
