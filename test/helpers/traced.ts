import type { ConfigInput } from '../../src/config/schema.ts';
import type { Script } from '../../src/testing/index.ts';
import { type Collector, startCollector } from './collector.ts';
import { type Rig, type RigOptions, startRig } from './gateway.ts';
import type { ReceivedSpan } from './read-spans.ts';

/** A rig whose traces go to a collector. */
export interface TracedRig extends AsyncDisposable {
  readonly rig: Rig;
  readonly collector: Collector;
  /** Closes the gateway, which sends all that waits, and returns the spans. */
  readonly spans: () => Promise<readonly ReceivedSpan[]>;
}

/** Starts one. */
export async function startTraced(
  scripts: readonly Script[],
  { config, ...options }: RigOptions = {},
  traces: ConfigInput['traces'] = {},
): Promise<TracedRig> {
  const collector = await startCollector();
  const rig = await startRig(scripts, { ...options, config: { traces: { url: collector.url, ...traces }, ...config } });
  return {
    rig,
    collector,
    async spans() {
      await rig.gateway.close();
      return collector.spans;
    },
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await collector[Symbol.asyncDispose]();
    },
  };
}

/** The spans as a tree, a line each in the order of their starts: kind, name, and status unless that is unset. */
export function treeOf(spans: readonly ReceivedSpan[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const linesOf = (parents: readonly ReceivedSpan[], indent: string): string[] =>
    parents
      .toSorted((a, b) => a.startedAt - b.startedAt || attemptOf(a) - attemptOf(b))
      .flatMap((span) => [
        `${indent}${span.kind} ${span.name}${span.status === 'UNSET' ? '' : ` ${span.status}`}`,
        ...linesOf(
          spans.filter(({ parentSpanId }) => parentSpanId === span.spanId),
          `${indent}  `,
        ),
      ]);
  return linesOf(
    spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId)),
    '',
  );
}

function attemptOf({ attributes }: ReceivedSpan): number {
  return Number(attributes['spillway.attempt'] ?? 0);
}

/** The span of a name; the first of several in the order of their starts. Throws where there is none. */
export function spanOf(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const [found] = spans.filter((span) => span.name === name).toSorted((a, b) => attemptOf(a) - attemptOf(b));
  if (found === undefined) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join(', ')}`);
  return found;
}
