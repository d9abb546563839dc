import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../helpers/json.ts';
import type { Binding } from './case-match.ts';

/** An API by its name in the cases. */
export type ApiName = 'chat' | 'messages' | 'responses' | 'gemini' | 'bedrock';

/** One case of `cases.json`. */
export interface PairCase extends Binding {
  readonly id: string;
  readonly kind: 'request' | 'reply' | 'stream' | 'error';
  readonly from: ApiName;
  readonly to: ApiName;
  readonly title: string;
  readonly in: Json;
  readonly want?: Json;
  /** The client's body, where `in` is an answer. */
  readonly request?: object | undefined;
  /** Facts of the model. */
  readonly target?: Readonly<Record<string, unknown>> | undefined;
  /** JSON pointers to what must not exist. */
  readonly absent?: readonly string[] | undefined;
  readonly dropped?: readonly string[] | undefined;
  readonly outcome?: 'unsuited' | 'rejected' | undefined;
  readonly wantError?: Readonly<Record<string, unknown>> | undefined;
}

const FILE = join(import.meta.dirname, '..', '..', 'fixtures', 'dialects', 'cases.json');

/** The cases of one kind. */
export function pairCases(kind: PairCase['kind']): readonly PairCase[] {
  const { cases } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly cases: readonly PairCase[] };
  return cases.filter((each) => each.kind === kind);
}
