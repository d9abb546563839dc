import { GatewayError } from '../domain/errors.ts';
import type { Route } from './routes.ts';

/** A route and what the path says for it. */
export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a request. Throws `not_found`, or `method_not_allowed` naming the methods that the path has. */
export type MatchRoute = (method: string, url: string) => Match;

/** Makes the matcher of a set of routes. HEAD counts as GET. A parameter at a path's end takes slashes too: model names have them. */
export function createMatch(routes: readonly Route[]): MatchRoute {
  const patterns = routes.map((route) => ({ route, pattern: patternOf(route) }));
  const exact = new Map<string, Match[]>();
  for (const route of routes) {
    if (route.path.includes('{')) continue;
    for (const place of placesOf(route)) exact.set(place, [...(exact.get(place) ?? []), { route, params: {} }]);
  }
  return (method, url) => {
    const verb = method === 'HEAD' ? 'GET' : method;
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    const known = exact.get(path)?.find(({ route }) => route.method === verb);
    if (known !== undefined) return known;
    const found = patterns.flatMap(({ route, pattern }) => {
      const groups = pattern.exec(path);
      return groups === null ? [] : [{ route, params: decoded(groups.groups ?? {}) }];
    });
    const match = found.find(({ route }) => route.method === verb);
    if (match !== undefined) return match;
    if (found.length === 0)
      throw new GatewayError('not_found', { message: `There is nothing at ${path.slice(0, 200)}.` });
    const allow = [
      ...new Set(found.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]))),
    ];
    throw new GatewayError('method_not_allowed', {
      message: `${method} is not allowed here; use ${allow.join(' or ')}.`,
      allow,
    });
  };
}

function placesOf({ prefix, path }: Route): string[] {
  return prefix === 'v1' ? [path, `/v1${path}`] : [path];
}

function patternOf({ prefix, path }: Route): RegExp {
  const body = path.replaceAll(/\{(\w+)\}/g, '(?<$1>.+)');
  return new RegExp(`^${prefix === 'v1' ? '(?:/v1)?' : ''}${body}/?$`);
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([key, value]) => [key, decodeURIComponent(value)]));
  } catch {
    throw new GatewayError('invalid_request', { message: 'The path is not well encoded.' });
  }
}
