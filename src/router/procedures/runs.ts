import type { Run } from '../../domain/run.ts';
import { runId, runInput, runReading } from '../inputs/run-input.ts';
import { procedure } from '../procedure.ts';

/** `runs.*`: generations that outlive the connection of their client. */
export const runs = {
  create: procedure
    .meta({
      access: 'caller',
      summary: 'Starts a run: a streamed chat completion that continues, and is kept, without its client’s connection.',
      operation: 'chat.completions',
      rest: { method: 'POST', path: '/runs', prefix: 'v1', answers: 'Run', status: 202 },
    })
    .input(runInput)
    .mutation(({ ctx, input: { run, ...input } }): Promise<Run> =>
      ctx.call.createRun({ operation: 'chat.completions', input }, run ?? {}),
    ),
  stream: procedure
    .meta({
      access: 'caller',
      summary: 'The events of a run, from the first one or behind one that the reader has.',
      resumable: 'by event id',
      rest: { method: 'GET', path: '/runs/{runId}/events', prefix: 'v1', answers: 'ChatCompletionChunk' },
    })
    .input(runReading)
    .subscription(({ ctx: { call }, input: { starting_after: startingAfter, ...input } }) =>
      call.services.readRun(call.scope, { ...input, startingAfter }),
    ),
  get: procedure
    .meta({
      access: 'caller',
      summary: 'A run, with its answer once it is completed.',
      rest: { method: 'GET', path: '/runs/{runId}', prefix: 'v1', answers: 'Run' },
    })
    .input(runId)
    .query(({ ctx: { call }, input }): Promise<Run> => call.services.run(call.scope, input.runId)),
  cancel: procedure
    .meta({
      access: 'caller',
      summary: 'Ends a run and its request to the provider. After its end it changes nothing.',
      rest: { method: 'POST', path: '/runs/{runId}/cancel', prefix: 'v1', answers: 'Run', body: 'none' },
    })
    .input(runId)
    .mutation(({ ctx: { call }, input }): Promise<Run> => call.services.cancelRun(call.scope, input.runId)),
};
