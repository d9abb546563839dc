import type { RequestRecord, RequestStep } from 'spillway/client';

/** A step of a trail: an attempt that has answered unless the members say otherwise. */
export function makeStep(members: Partial<RequestStep> = {}): RequestStep {
  return {
    provider: 'openai',
    model: 'gpt-4.1-mini',
    key: null,
    outcome: 'answered',
    reason: null,
    hedge: false,
    status: null,
    started_ms: 0,
    connected_ms: null,
    first_token_ms: null,
    duration_ms: 100,
    input_tokens: null,
    output_tokens: null,
    cost_usd: null,
    ...members,
  };
}

/** A skipped entry. */
export function makeSkipped(members: Partial<RequestStep> = {}): RequestStep {
  return makeStep({ outcome: 'skipped', reason: 'breaker_open', started_ms: null, duration_ms: null, ...members });
}

/** A row of the request log: a stream that one entry has answered unless the members say otherwise. */
export function makeRecord(members: Partial<RequestRecord> = {}): RequestRecord {
  return {
    object: 'request',
    id: 'r_6h2pi12eg0000',
    request_id: 'req_01a22cc81fb68dc251e1957e9adb2273',
    client_request_id: null,
    accepted_at: 1_796_047_642_550,
    ended_at: 1_796_047_643_252,
    key: 'k_1',
    tenant: null,
    user: null,
    tags: [],
    door: 'rest',
    operation: 'chat.completions.stream',
    stream: true,
    requested_model: 'default',
    chain: 'default',
    provider: 'openai',
    model: 'gpt-4.1-mini',
    status: 200,
    code: 'ok',
    attempts: 1,
    queued_ms: 0,
    committed_ms: 100,
    overhead_ms: 0.5,
    total_ms: 400,
    usage: null,
    cost_usd: null,
    cost_source: 'none',
    cost_approximate: false,
    input_bytes: null,
    output_bytes: null,
    remote: null,
    trace_id: null,
    trail: [makeStep()],
    trail_omitted: 0,
    ...members,
  };
}

/** The request of the static page: a 429 after 219 ms, a skipped entry, and an answer that commits at 642 ms. */
export function makeFailover(members: Partial<RequestRecord> = {}): RequestRecord {
  return makeRecord({
    committed_ms: 642,
    total_ms: 3021,
    attempts: 2,
    usage: {
      input_tokens: 1204,
      output_tokens: 486,
      cached_input_tokens: null,
      cache_write_tokens: null,
      audio_input_tokens: null,
      reasoning_tokens: null,
      audio_output_tokens: null,
      source: 'provider',
    },
    cost_usd: 0.0012592,
    cost_source: 'configured',
    trail: [
      makeStep({
        provider: 'groq',
        model: 'llama-3.3-70b',
        outcome: 'throttled',
        status: 429,
        started_ms: 1,
        connected_ms: 38,
        duration_ms: 218,
      }),
      makeSkipped({ provider: 'local', model: 'qwen3' }),
      makeStep({
        started_ms: 220,
        connected_ms: 41,
        first_token_ms: 422,
        duration_ms: 422,
        input_tokens: 1204,
        output_tokens: 486,
        cost_usd: 0.0012592,
      }),
    ],
    ...members,
  });
}
