import { GatewayError } from '../domain/errors.ts';
import type { Response, ResponseStreamEvent } from '../domain/responses.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { ResponseServices } from '../router/services.ts';
import type { FoundRun } from '../runs/found-run.ts';
import type { KeptResponse, KeptResponses } from '../runs/kept-responses.ts';
import { readChunks } from '../runs/run-readings.ts';
import type { Runs } from '../runs/runs.ts';
import { pageOfItems } from './page-of-items.ts';

/** What the services of responses are made of. */
export interface ResponseServicesOptions {
  readonly runs: Runs;
  readonly responses: KeptResponses;
}

/** Makes what the procedures of responses use: responses that run in the background, and those that are kept. */
export function createResponseServices({ runs, responses }: ResponseServicesOptions): ResponseServices {
  async function runOf({ principal, report }: RequestScope, id: string): Promise<FoundRun | undefined> {
    try {
      const run = await runs.find(id, principal);
      report.run = run.reported;
      return run;
    } catch (error) {
      const { code } = GatewayError.from(error);
      // Those that are kept are this process's own, so they are found while others cannot be reached.
      if (code === 'run_not_found' || responses.find(id, principal) !== undefined) return undefined;
      throw error;
    }
  }

  async function inBackground(scope: RequestScope, id: string): Promise<FoundRun> {
    const run = await runOf(scope, id);
    if (run !== undefined) return run;
    throw responses.find(id, scope.principal) === undefined ? notFound(id) : notInBackground();
  }

  function keptOf({ principal }: RequestScope, id: string): KeptResponse {
    const kept = responses.find(id, principal);
    if (kept === undefined) throw notFound(id);
    return kept;
  }

  return {
    async retrieve(scope, id) {
      const run = await runOf(scope, id);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kept as the codec has judged it; the type is what the API documents
      return run === undefined ? (keptOf(scope, id).response as unknown as Response) : run.showResponse();
    },
    async cancel(scope, id) {
      return (await (await inBackground(scope, id)).cancel()).showResponse();
    },
    async remove(scope, id) {
      const run = await runOf(scope, id);
      if (run !== undefined) await runs.remove(id, scope.principal);
      if (!responses.remove(id, scope.principal) && run === undefined) throw notFound(id);
    },
    inputItems: (scope, { response_id: id, ...part }) => pageOfItems(keptOf(scope, id).input, part),
    async events(scope, id, { startingAfter, lastEventId }) {
      const run = await inBackground(scope, id);
      const place =
        startingAfter === undefined || lastEventId !== undefined
          ? await run.at({ lastEventId })
          : await run.behind(startingAfter);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the chunks are those of the operation
      return readChunks(place, scope) as AsyncIterable<ResponseStreamEvent>;
    },
  };
}

function notFound(id: string): GatewayError {
  const message = `There is no response '${id.slice(0, 100)}': its id is unknown, it has expired, or it was not kept.`;
  return new GatewayError('response_not_found', { message, param: 'response_id' });
}

function notInBackground(): GatewayError {
  return new GatewayError('invalid_request', {
    message: 'The response did not run in the background; only one that does can be cancelled or streamed again.',
    param: 'response_id',
  });
}
