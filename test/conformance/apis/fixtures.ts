import { type DialectFixture, fixturesOf } from '../../helpers/dialect-fixtures.ts';

/** The APIs that clients and providers speak, as the fixtures name them. */
export const APIS = ['chat', 'responses', 'messages'] as const;
export type Api = (typeof APIS)[number];

/** The fixtures of an API by their scenarios. */
export function scenariosOf(api: Api): ReadonlyMap<string, DialectFixture> {
  return new Map(fixturesOf(api).map((fixture) => [fixture.name.replace(/^\d+-/, ''), fixture]));
}

/** The scenarios that several APIs have under one name. */
export function sharedNames(client: Api, provider: Api): readonly string[] {
  const other = scenariosOf(provider);
  return [...scenariosOf(client).keys()].filter((name) => other.has(name));
}
