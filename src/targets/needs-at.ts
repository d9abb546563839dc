import type { Call } from '../domain/call.ts';
import type { Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import type { RequestBody } from '../domain/request-body.ts';
import { parameterEdits } from './parameter-edits.ts';
import { sentAs } from './profiles.ts';

/**
 * What a request needs of a target once the target's parameters are applied. `needs`: what it needs without them. Fields whose value is the
 * operator's are not among the parameters that the target may lack: a default can be left out, and a value that is set is no wish of the client.
 */
export function needsAt(
  target: Target,
  { operation, body, content }: Pick<Call, 'operation' | 'body' | 'content'>,
  needs: Needs,
): Needs {
  if (target.parameters === undefined) return needs;
  const edits = parameterEdits({ operation, body }, target, NONE);
  if (edits.values.size === 0) return needs;
  const own = operation.needsOf(body.with(edits.values), content);
  return { ...own, parameters: own.parameters.filter((field) => !edits.given.has(sentAs(target, field) ?? field)) };
}

/** The body of a request once the target's parameters are applied; the same body where they change nothing. */
export function bodyAt(target: Target, call: Pick<Call, 'operation' | 'body'>): RequestBody {
  const { body } = call;
  return target.parameters === undefined ? body : body.with(parameterEdits(call, target, NONE).values);
}

const NONE: ReadonlySet<string> = new Set();
