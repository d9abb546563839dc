import type { Operation } from '../domain/operation.ts';
import { OPERATIONS } from '../operations/operations.ts';
import { appRouter } from '../router/app-router.ts';
import { routesOf } from './routes.ts';

/** The operations by the paths that they are requested at. */
const AT: ReadonlyMap<string, Operation> = new Map(
  routesOf(appRouter).flatMap(({ path, prefix, operation }): [string, Operation][] => {
    if (operation === undefined) return [];
    const own = OPERATIONS[operation];
    return prefix === 'v1'
      ? [
          [path, own],
          [`/v1${path}`, own],
        ]
      : [[path, own]];
  }),
);

/**
 * The operation of the path of a URL, whatever the method; undefined where there is none. An error has the shape of its API, also where the
 * request is refused before it is matched.
 */
export function operationAt(url: string): Operation | undefined {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  return AT.get(path.endsWith('/') ? path.slice(0, -1) : path);
}
