import { type ErrorCode, ERRORS, GatewayError } from '../../domain/errors.ts';
import type { Operation } from '../../domain/operation.ts';
import type { Run, RunError } from '../../domain/run.ts';
import type { Served } from '../../domain/scope.ts';
import type { ResponseShell } from '../../dialects/openai/responses/response-shell.ts';
import { parseJson } from '../../lib/parse-json.ts';
import { isRecord } from '../../lib/record.ts';
import { OPERATIONS } from '../../operations/operations.ts';
import type { FrameForm } from '../frames.ts';
import type { KeptRun } from '../kept-run.ts';
import { shellOf } from '../to-response.ts';
import { toRun } from '../to-run.ts';

/** What Redis knows of a run beside its events. */
export interface RunRecord {
  readonly id: string;
  /** The process that has it; empty where that was lost. */
  readonly owner: string;
  readonly principal: string;
  readonly operation: Operation;
  readonly form: FrameForm;
  readonly over: boolean;
  /** The run without its answer and its last event's id. */
  readonly run: Run;
  readonly facts: RunRecordFacts;
  /** Number of the event from which on the chunks are the answer. */
  readonly answerFrom: number;
  /** The response in progress; undefined for a run of another operation. */
  readonly shell: ResponseShell | undefined;
  /** Numbers of the oldest event that is kept, and of the newest one. */
  readonly first: number;
  readonly last: number;
  /** Milliseconds for which the owner still counts as alive; not positive where it does not. */
  readonly ownerMs: number;
}

/** What answers about a run say of its request. */
interface RunRecordFacts {
  readonly served: Served | undefined;
  readonly estimated: readonly string[];
}

/** The members of a run's record that never change. */
export function firstMembers(run: KeptRun): string[] {
  const shell = run.operation.name === 'responses' ? ['shell', JSON.stringify(shellOf(run))] : [];
  return ['principal', run.scope.principal.id, 'operation', run.operation.name, 'form', run.form, ...shell];
}

/** The others. `keep`: milliseconds for which an ended run is kept. */
export function presentMembers(run: KeptRun, keep: number): string[] {
  const { served, estimated } = run.scope.report;
  const shown = toRun(run, run.endedAt === undefined ? undefined : run.endedAt + keep);
  const facts: RunRecordFacts = { served, estimated };
  return [
    'run',
    JSON.stringify(shown),
    'facts',
    JSON.stringify(facts),
    'from',
    String(run.answerFrom),
    'over',
    run.over ? '1' : '0',
  ];
}

/** The record in the reply of `look`; undefined for a run that is unknown, or whose record this version cannot read. */
export function readRecord(id: string, reply: unknown): RunRecord | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [members, first, last, alive]: unknown[] = reply;
  if (!Array.isArray(members) || typeof first !== 'number' || typeof last !== 'number') return undefined;
  const texts = new Map<string, string>();
  for (let at = 0; at < members.length; at += 2) texts.set(String(members[at]), String(members[at + 1]));
  const name = texts.get('operation') ?? '';
  const form = texts.get('form');
  if (!isOperationName(name) || (form !== 'events' && form !== 'chunks')) return undefined;
  const json = (member: string): Record<string, unknown> | undefined => recordIn(texts.get(member));
  const shell = json('shell');
  const shown = json('run');
  if (shown === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by a gateway
  const run = { ...shown, ...json('cut') } as unknown as Run;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
  const facts = json('facts') as RunRecordFacts | undefined;
  return {
    id,
    owner: texts.get('owner') ?? '',
    principal: texts.get('principal') ?? '',
    operation: OPERATIONS[name],
    form,
    over: texts.get('over') === '1',
    run,
    facts: { served: facts?.served, estimated: facts?.estimated ?? [] },
    answerFrom: Number(texts.get('from') ?? 1),
    shell: shell === undefined ? undefined : { ...shell, model: facts?.served?.model ?? shell['model'] },
    first,
    last,
    ownerMs: typeof alive === 'number' ? alive : 0,
  };
}

/** The error that a run's last event holds. `code`: the gateway's own, where the event has a provider's. */
export function errorOfRun(event: unknown, code: string): GatewayError {
  const error = isRecord(event) ? event['error'] : undefined;
  if (!isRecord(error)) return new GatewayError('internal_error', { message: 'The run has failed.' });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by a gateway
  const { status, message, type, param, code: shown, ...details } = error as unknown as RunError;
  const own = isErrorCode(code) ? code : 'internal_error';
  const isOwn = shown === own && ERRORS[own].status === status;
  const rest = { ...details, message, param: param ?? undefined };
  if (isOwn) return new GatewayError(own, { ...rest, type });
  return new GatewayError(own, { ...rest, upstream: { status, error: { message, type, param, code: shown } } });
}

function recordIn(text: string | undefined): Record<string, unknown> | undefined {
  const value = text === undefined ? undefined : parseJson(text);
  return isRecord(value) ? value : undefined;
}

function isOperationName(name: string): name is keyof typeof OPERATIONS {
  return Object.hasOwn(OPERATIONS, name);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
