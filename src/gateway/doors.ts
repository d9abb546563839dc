import type { Sessions } from '../accounts/sessions.ts';
import type { Guesses } from '../auth/guesses.ts';
import type { KeyReplica } from '../auth/key-replica.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { serverSettings } from '../config/server-settings.ts';
import type { Door } from '../domain/door.ts';
import type { Emit } from '../domain/events.ts';
import { INTERNAL, type Principal } from '../domain/principal.ts';
import type { Requests } from '../domain/requests.ts';
import type { RequestScope } from '../domain/scope.ts';
import { type DoorTools, occupiesChain } from '../door/admit.ts';
import { createBrowsers } from '../door/browsers.ts';
import type { RecordRefused } from '../door/request.ts';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { NewId } from '../lib/ids.ts';
import type { Places } from '../overload/places.ts';
import type { Traces } from '../observe/traces/traces.ts';
import type { ServedDocument } from '../rest/documents.ts';
import { createHandle } from '../rest/handle.ts';
import { appRouter } from '../router/app-router.ts';
import { type CallTools, createCallContext, singleCall } from '../router/call-context.ts';
import { createCaller } from '../router/caller.ts';
import { createTrpcDoor } from '../trpc/handle.ts';
import { createDashboard } from '../web/dashboard.ts';
import { createFetch, type GatewayFetch } from '../web/fetch.ts';
import { createWebHandler } from '../web/handler.ts';
import type { Gateway } from './gateway.ts';
import type { Revocation } from './revocation.ts';

/** What the doors of a gateway are made of. */
export interface DoorsOptions {
  /** The gateway's own name in `via`. */
  readonly name: string;
  readonly active: ActiveConfig;
  readonly requests: Requests;
  readonly revocation: Pick<Revocation, 'identified'>;
  readonly guesses: Guesses;
  readonly sessions: Pick<Sessions, 'used'>;
  readonly replica: Pick<KeyReplica, 'session'>;
  readonly calls: CallTools;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly emit: Emit;
  readonly traces: Pick<Traces, 'tracing' | 'joinsProcess'> | undefined;
  readonly metrics: ServedDocument;
  readonly places: Places;
}

/** Makes the doors of a gateway. All of them share the router and the table of running requests. */
export function createDoors(options: DoorsOptions): Pick<Gateway, 'caller' | 'fetch' | 'fetchAs' | 'doors'> {
  const { name, active, requests, revocation, guesses, calls, clock, newId, emit, metrics, traces } = options;
  const { sessions, replica, places } = options;
  // As in the section's other parts, only the settings at the start count.
  const settings = serverSettings(active.config);
  const { writeIdle, bodyLimit, maxBodyMemory, jsonLimits, publicUrl } = settings;

  const openScope = (door: Door, abort: AbortScope, clientRequestId?: string): RequestScope =>
    requests.open({ id: newId(), clientRequestId, door, abort, snapshot: active.snapshot });

  const toolsOf = (door: Door): DoorTools => ({
    name,
    openScope: (clientRequestId, abort) => openScope(door, abort, clientRequestId),
    callContext: (scope, body) => createCallContext(calls, scope, body),
    emit,
    identified: (scope) => revocation.identified(scope),
    guesses,
    browsers: createBrowsers({
      publicUrl,
      // A session is for the dashboard, whose calls all go over tRPC.
      session: door === 'trpc' ? (digest) => replica.session(digest) : undefined,
      onUse: (record) => sessions.used(record),
    }),
    places,
    traced: traces !== undefined,
    jsonLimits,
  });
  const rest = createHandle(appRouter, toolsOf('rest'), [metrics]);
  const trpc = createTrpcDoor(appRouter, toolsOf('trpc'));
  const keyless = (): boolean => active.snapshot.auth.keyless;
  const dashboard = settings.dashboard ? createDashboard({ rest, keyless }) : undefined;
  const web = createWebHandler({ doors: { rest, trpc, dashboard }, clock, writeIdle, bodyLimit, maxBodyMemory });
  const fetchAs = (principal: Principal): GatewayFetch => createFetch(web, principal);

  const refused: RecordRefused = ({ door, error, clientRequestId, remoteAddress }) => {
    const scope = openScope(door, openAbortScope(), clientRequestId);
    scope.report.remoteAddress = remoteAddress;
    scope.fail(error);
    return scope;
  };

  return {
    caller: createCaller({
      openScope({ signal, ...own }, meta) {
        const opened = openScope('process', signal === undefined ? openAbortScope() : openAbortScope(signal));
        // Its application bounds these calls itself, so they are counted and not refused.
        if (meta !== undefined && occupiesChain(meta)) opened.report.place = places.count(INTERNAL);
        return opened.as(INTERNAL, own);
      },
      contextOf: (scope) => singleCall(createCallContext(calls, scope, NO_BODY)),
    }),
    fetch: fetchAs(INTERNAL),
    fetchAs,
    doors: { rest, trpc, dashboard, web, refused, clock, keepsContext: traces?.joinsProcess === true },
  };
}

const NO_BODY = Object.freeze({ body: undefined, headers: Object.freeze({}) });
