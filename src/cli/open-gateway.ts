import { keylessProblem } from '../config/exposure.ts';
import { ConfigError, formatProblems } from '../config/problems.ts';
import type { Gateway, SharedGatewayOptions } from '../gateway/gateway.ts';
import { openGateway } from '../gateway/open.ts';
import { logEvents } from '../observe/log.ts';
import { StoreError } from '../store/store-error.ts';
import type { Configuration } from './configuration.ts';
import type { CommandLog } from './log.ts';
import { UsageError } from './usage-error.ts';

/** What a gateway of the command line is opened with. */
export interface OpenGatewayOptions {
  readonly log: CommandLog;
  /** The host that it listens on. */
  readonly host: string;
  /** What it shares with other processes. */
  readonly shared?: SharedGatewayOptions | undefined;
}

/**
 * Opens the gateway of a configuration, which logs its events and problems. A problem with the store or with the configuration becomes a UsageError, because the
 * user can fix it; so does a host that other machines can reach where no client has a key.
 */
export async function openLoggedGateway(
  { config, source }: Pick<Configuration, 'config' | 'source'>,
  { log, host, shared }: OpenGatewayOptions,
): Promise<Gateway> {
  const gateway: Gateway = await inTermsOf(source, () =>
    openGateway(config, {
      ...shared,
      onProblem: (problem) => log.warn({ problem }, 'problem'),
      onEvent: logEvents(log, { vendorMessages: () => gateway.config.log?.vendorMessages === true }),
      source,
    }),
  );
  // Whether the store holds keys is known only now.
  const keyless = gateway.keyless ? keylessProblem(host) : undefined;
  if (keyless === undefined) return gateway;
  await gateway.close();
  throw new UsageError(formatProblems(source, [{ path: 'auth.keys', message: keyless }]));
}

/** Runs what opens a store or a gateway. */
export async function inTermsOf<Opened>(source: string, open: () => Promise<Opened>): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(formatProblems(source, error.problems));
    throw error instanceof StoreError ? new UsageError(error.message) : error;
  }
}
