import { serverSettings } from '../config/server-settings.ts';
import type { Doors, Gateway } from '../gateway/gateway.ts';
import type { MountedServer } from '../http/mounted-server.ts';

/** One for each gateway, however often it is mounted: the memory for bodies is shared. */
const servers = new WeakMap<Doors, Promise<MountedServer>>();

/** The HTTP edge of a gateway's mounts. Its code is loaded at the first request: most users of the library need none. */
export function mountedServerOf({ doors, config }: Pick<Gateway, 'doors' | 'config'>): Promise<MountedServer> {
  const known = servers.get(doors);
  if (known !== undefined) return known;
  const made = import('../http/mounted-server.ts').then(({ createMountedServer }) =>
    createMountedServer({ doors, clock: doors.clock, settings: serverSettings(config) }),
  );
  servers.set(doors, made);
  return made;
}
