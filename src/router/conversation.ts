import type { RequestBody } from '../domain/request-body.ts';
import { memberOf } from '../lib/record.ts';

/** Longest part of a client's name for a conversation that counts, in characters. */
const LONGEST_NAME = 500;

/**
 * The conversation of a request as its client names it: by `prompt_cache_key`, by the session header of Claude Code or Codex, or by `metadata.user_id`, in
 * which Claude Code names its session. Undefined where it is not named. Two principals never share one.
 */
export function conversationOf(
  principal: string,
  body: RequestBody,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  const named =
    textOf(body.get('prompt_cache_key')) ??
    textOf(headers['x-claude-code-session-id']) ??
    textOf(memberOf(body.get('metadata'), 'user_id')) ??
    textOf(headers['session_id'] ?? headers['session-id']);
  return named === undefined ? undefined : `${principal}\n${named.slice(0, LONGEST_NAME)}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
