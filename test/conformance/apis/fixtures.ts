import { readdirSync, readFileSync } from 'node:fs';
import { fieldsOf } from '../../../src/lib/record.ts';

/** The APIs that clients and providers speak, as the fixtures name them. */
export const APIS = ['chat', 'responses', 'messages'] as const;
export type Api = (typeof APIS)[number];

/** What an answer says, in no API's form. */
export interface Meaning {
  readonly text: string;
  readonly refusal: string;
  readonly reasoning: string;
  readonly calls: readonly (readonly [id: string, name: string, input: unknown])[];
  readonly finish: string;
  readonly usage: Readonly<Record<'input' | 'cacheRead' | 'cacheWrite' | 'output' | 'reasoning', number>>;
}

/** A recorded exchange of one API. */
export interface Fixture {
  readonly name: string;
  readonly request: {
    readonly body: Readonly<Record<string, unknown>>;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly reply: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
  readonly stream: Buffer;
  readonly response: object | undefined;
  readonly neutral: Meaning | undefined;
  readonly error: { readonly type: string; readonly afterToken?: boolean } | undefined;
  readonly truncated: boolean;
  readonly gate: readonly string[];
}

const ROOT = new URL('../../fixtures/dialects/', import.meta.url);

/** The fixtures of an API by their names without numbers. */
export function fixturesOf(api: Api): ReadonlyMap<string, Fixture> {
  const folder = new URL(`${api}/`, ROOT);
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return new Map(
    files.map((file) => {
      const value = fieldsOf(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
      const name = file.replace(/^\d+-|\.json$/g, '');
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the files are ours
      const fixture = {
        truncated: false,
        ...value,
        name,
        stream: readFileSync(new URL(String(value['stream']), folder)),
      } as unknown;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      return [name, fixture as Fixture];
    }),
  );
}

/** The scenarios that several APIs have under one name. */
export function sharedNames(client: Api, provider: Api): readonly string[] {
  const other = fixturesOf(provider);
  return [...fixturesOf(client).keys()].filter((name) => other.has(name));
}
