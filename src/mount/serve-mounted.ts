import type { IncomingMessage, ServerResponse } from 'node:http';
import { serverSettings } from '../config/server-settings.ts';
import type { Doors, Gateway } from '../gateway/gateway.ts';
import type { MountedServer } from '../http/mounted-server.ts';
import type { MountedRequest } from '../http/server.ts';

/** One for each gateway, however often it is mounted: the memory for bodies is shared. */
const servers = new WeakMap<Doors, Promise<MountedServer>>();

/** A request in an application's server. */
export interface ServedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly mounted: MountedRequest;
}

/** Serves a request by the HTTP edge of the gateway's mounts. Never throws. */
export function serveMounted(gateway: ServedGateway, { request, response, mounted }: ServedRequest): void {
  mountedServerOf(gateway).then(
    (serve) => serve(request, response, mounted),
    // Only a broken installation has no server.
    () => response.writeHead(500).end(),
  );
}

type ServedGateway = Pick<Gateway, 'doors' | 'config'>;

/** Its code is loaded at the first request: most users of the library need none. */
function mountedServerOf({ doors, config }: ServedGateway): Promise<MountedServer> {
  const known = servers.get(doors);
  if (known !== undefined) return known;
  const made = import('../http/mounted-server.ts').then(({ createMountedServer }) =>
    createMountedServer({ doors, clock: doors.clock, settings: serverSettings(config) }),
  );
  servers.set(doors, made);
  return made;
}
