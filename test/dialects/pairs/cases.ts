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
  /** Headers of the request. */
  readonly requestHeaders?: Readonly<Record<string, string>> | undefined;
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
  return cases.filter((each) => each.kind === kind).map((each) => ({ ...each, in: withSentValues(each.in) }));
}

/** What a case sends: a wrapped value in place of each `@envelope:ISSUER:VALUE`. */
function withSentValues(value: Json): Json {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) => {
    const [, issuer, opaque = ''] = typeof each === 'string' ? (/^@envelope:(\w+):(.*)$/.exec(each) ?? []) : [];
    return issuer === undefined ? each : `sw1.${issuer}.${Buffer.from(opaque).toString('base64url')}`;
  });
}
