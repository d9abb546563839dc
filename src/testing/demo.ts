import { openaiError, responder } from './openai.ts';
import { type ScriptedUpstream, startScriptedUpstream } from './upstream.ts';

/** The two upstreams that demonstrate a failover without any configuration. Dispose closes both. */
export interface DemoUpstreams extends AsyncDisposable {
  /** Always answers 429 with `retry-after: 1`. */
  readonly busy: ScriptedUpstream;
  /** Answers every request; a stream arrives word by word. */
  readonly answering: ScriptedUpstream;
}

const ANSWER =
  'The first provider was busy, so your request failed over to the second one before you received anything. That is what Spillway does.';

/** Starts the demo's upstreams on free loopback ports. */
export async function startDemo(): Promise<DemoUpstreams> {
  const refusal = openaiError(429, 'Rate limit reached; this demo provider always replies with this error.', {
    code: 'rate_limit_exceeded',
    type: 'requests',
    headers: { 'retry-after': '1' },
  });
  const busy = await startScriptedUpstream({ script: refusal });
  const answering = await startScriptedUpstream({ script: responder({ content: ANSWER, delay: 30 }) });
  return {
    busy,
    answering,
    async [Symbol.asyncDispose]() {
      await Promise.all([busy.close(), answering.close()]);
    },
  };
}
