import { randomUUID } from 'node:crypto';
import type { ActiveConfig } from '../config/active-config.ts';
import { type LogSettings, logSettings } from '../config/log-settings.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import { createOtlpExport } from '../observe/requests/otlp-export.ts';
import { createRequestLog, type RequestLog } from '../observe/requests/request-log.ts';
import { type BodyLog, createBodyLog } from '../observe/bodies/body-log.ts';
import { keepLog } from '../store/request-log/keep-log.ts';
import type { Store } from '../store/store.ts';
import { background } from '../lib/background.ts';

/** The request log of a gateway. Dispose it before the store. */
export interface OpenedRequestLog extends AsyncDisposable {
  readonly log: RequestLog;
  readonly bodies: BodyLog;
  /** Takes the settings from the configuration that is served, from now on. */
  follow(active: Pick<ActiveConfig, 'config'>): void;
}

/** What the request log is opened with. */
export interface OpenRequestLogOptions {
  readonly store: Store;
  readonly config: Config;
  readonly clock: Clock;
  readonly onProblem: (message: string) => void;
}

/** Opens the request log. Nothing is read from the store before the first row is written. */
export function openRequestLog({ store, config, clock, onProblem }: OpenRequestLogOptions): OpenedRequestLog {
  let active: Pick<ActiveConfig, 'config'> = { config };
  let known: { readonly config: Config; readonly settings: LogSettings } | undefined;
  // Read for each request, so that it must cost nothing.
  const settings = (): LogSettings => {
    if (known?.config !== active.config) known = { config: active.config, settings: logSettings(active.config) };
    return known.settings;
  };
  // What a store in memory has is gone with the process.
  const writing = store.persistent ? clock : background(clock);
  const exporter = createOtlpExport({ url: () => settings().otlp, clock: background(clock), onProblem });
  const bodies = createBodyLog({
    store,
    clock: writing,
    random: Math.random,
    buffer: () => settings().bodyBuffer,
    flushRows: (withinMs) => log.flush(withinMs),
    onProblem,
  });
  const log = createRequestLog({
    store,
    exporter,
    clock: writing,
    process: randomUUID(),
    random: Math.random,
    settings,
    onRow: bodies.rowMade,
    onProblem,
  });
  const keeping = keepLog({ store, clock: background(clock), bounds: settings, onProblem });
  return {
    log,
    bodies,
    follow: (next) => void (active = next),
    async [Symbol.asyncDispose]() {
      keeping[Symbol.dispose]();
      await bodies[Symbol.asyncDispose]();
      await Promise.all([log[Symbol.asyncDispose](), exporter[Symbol.asyncDispose]()]);
    },
  };
}
