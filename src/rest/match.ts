import { GatewayError } from '../domain/errors.ts';
import type { Route } from './routes.ts';

/** A route and its path parameters. */
export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  /** The pattern of the path, such as `/v1/responses/{id}`. */
  readonly template: string;
}

/** Finds the route of a request. Throws `not_found`, `invalid_request` for a wrong encoding, or `method_not_allowed` with the path's methods. */
export type MatchRoute = (method: string, url: string) => Match;

/**
 * Makes the matcher of a set of routes. HEAD counts as GET. A parameter `{+name}` takes slashes, because names of models have them; `{name}`
 * takes none. Of several routes that match, the one with the most literal segments wins: `/keys/{id}/rotate` before `/keys/{id}`.
 */
export function createMatch(routes: readonly Route[]): MatchRoute {
  const patterns = routes
    .toSorted((a, b) => literalSegments(b) - literalSegments(a))
    .flatMap((route) =>
      pathsOf(route).map((path) => ({ route, pattern: patternOf(route, path), template: templateOf(route, path) })),
    );
  const exact = new Map<string, Match[]>();
  for (const route of routes) {
    for (const path of pathsOf(route).filter((each) => !each.includes('{'))) {
      const all = route.prefix === 'v1' ? [path, `/v1${path}`] : [path];
      for (const each of all) exact.set(each, [...(exact.get(each) ?? []), { route, params: {}, template: each }]);
    }
  }
  return (method, url) => {
    const wireMethod = method === 'HEAD' ? 'GET' : method;
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    const literal = exact.get(path);
    const known = literal?.find(({ route }) => route.method === wireMethod);
    if (known !== undefined) return known;
    // A path of its own is no value of another path's parameter.
    if (literal !== undefined) throw notAllowed(method, literal);
    const found = patterns.flatMap(({ route, pattern, template }) => {
      const groups = pattern.exec(path);
      return groups === null ? [] : [{ route, params: decoded(groups.groups ?? {}), template }];
    });
    const match = found.find(({ route }) => route.method === wireMethod);
    if (match !== undefined) return match;
    if (found.length === 0) {
      throw new GatewayError('not_found', { message: nothingAt(path) });
    }
    throw notAllowed(method, found);
  };
}

/** The message for a path without a route. SDKs whose base URL has one version too many call `/v1/v1/...`. */
function nothingAt(path: string): string {
  if (path === '') return OUTSIDE;
  const fix = path.startsWith('/v1/v1/') ? ' Remove /v1 from the base URL of the client.' : '';
  return `There is nothing at ${path.slice(0, 200)}.${fix}`;
}

const OUTSIDE = 'The URL is not below the prefix of this mount of the gateway.';

function notAllowed(method: string, found: readonly Match[]): GatewayError {
  const methods = found.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
  const allow = [...new Set(methods)];
  const message = `${method} is not allowed here; use ${allow.join(' or ')}.`;
  return new GatewayError('method_not_allowed', { message, allow });
}

/** The paths of a route below its prefix. */
function pathsOf(route: Route): readonly string[] {
  return [route.path, ...(route.type === 'document' ? [] : (route.aliases ?? []))];
}

function literalSegments({ path }: Route): number {
  return path.split('/').filter((segment) => !segment.startsWith('{')).length;
}

function patternOf({ prefix }: Route, path: string): RegExp {
  const body = path.replaceAll(/\{\+(\w+)\}/g, '(?<$1>.+)').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${prefix === 'v1' ? '(?:/v1)?' : ''}${body}/?$`);
}

function templateOf({ prefix }: Route, path: string): string {
  return `${prefix === 'v1' ? '/v1' : ''}${path.replaceAll('{+', '{')}`;
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([key, value]) => [key, decodeURIComponent(value)]));
  } catch {
    throw new GatewayError('invalid_request', { message: 'The path is not well encoded.' });
  }
}
