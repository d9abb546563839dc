import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codecOf } from '../../../../src/dialects/codec-of.ts';
import type { Dialect } from '../../../../src/domain/chain.ts';
import { OPERATIONS } from '../../../../src/operations/operations.ts';
import { callOf } from '../../../helpers/call.ts';
import type { Json } from '../../../helpers/json.ts';
import { targetOf } from '../../../helpers/target.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'dialects', 'clients');
const RECORDED = globSync('*codex*.json', { cwd: FOLDER }).toSorted();

/** What a provider is sent for a recorded request of Codex, and the settings that it does not get. */
function sent(
  file: string | undefined,
  dialect: Dialect,
): { readonly body: Json; readonly dropped: readonly string[] } {
  const { request } = JSON.parse(readFileSync(join(FOLDER, file ?? ''), 'utf8')) as {
    readonly request: { readonly body: object; readonly headers: Readonly<Record<string, string>> };
  };
  const call = callOf({ operation: 'responses', input: request.body, stream: true, headers: request.headers });
  const target = targetOf({ dialect });
  const encoded = codecOf(OPERATIONS.responses, dialect).encode(call, target, { without: new Set(), headers: {} });
  if ('unsuited' in encoded) throw new Error(encoded.unsuited);
  return { body: JSON.parse(String(encoded.request.body)), dropped: encoded.dropped ?? [] };
}

const namesOf = (body: Json): string[] => body.tools.map((tool: Json) => tool.function?.name ?? tool.name);

const [PATCHES, SCRIPTS] = RECORDED;

test.each(['openai', 'anthropic'] as const)('(%s) keeps every tool that Codex runs itself', (dialect) => {
  const { body, dropped } = sent(PATCHES, dialect);
  expect(namesOf(body)).toEqual([
    'exec_command',
    'write_stdin',
    'request_user_input',
    'apply_patch',
    'view_image',
    'get_goal',
    'create_goal',
    'update_goal',
  ]);
  expect(dropped).toEqual(expect.arrayContaining(['tools.tool_search', 'tools.web_search']));
});

test.each(['openai', 'anthropic'] as const)('(%s) finds the tools that Codex sends among the input', (dialect) => {
  expect(namesOf(sent(SCRIPTS, dialect).body)).toEqual([
    'functions__exec',
    'functions__wait',
    'functions__request_user_input',
    'functions__request_user_input_async',
    'clock__sleep',
    'collaboration__followup_task',
    'collaboration__interrupt_agent',
    'collaboration__list_agents',
    'collaboration__send_message',
    'collaboration__spawn_agent',
    'collaboration__wait_agent',
  ]);
});

test.each(['openai', 'anthropic'] as const)('(%s) sends nothing that only identifies the client', (dialect) => {
  for (const file of RECORDED) expect(JSON.stringify(sent(file, dialect).body)).not.toContain('installation_id');
});

test('a provider of the same API gets the body as it is, but for the model', () => {
  for (const file of RECORDED) {
    const { body, dropped } = sent(file, 'openai-responses');
    const recorded = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
    expect(body).toEqual({ ...recorded.request.body, model: 'm' });
    expect(dropped).toEqual([]);
  }
});
