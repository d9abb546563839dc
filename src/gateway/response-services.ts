import { GatewayError } from '../domain/errors.ts';
import type { Response } from '../domain/responses.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { ResponseServices } from '../router/services.ts';
import { numberAt } from '../runs/event-position.ts';
import type { KeptResponse, KeptResponses } from '../runs/kept-responses.ts';
import type { KeptRun } from '../runs/kept-run.ts';
import { readChunks } from '../runs/run-readings.ts';
import type { Runs } from '../runs/runs.ts';
import { numberBehind, toResponse } from '../runs/to-response.ts';
import { pageOfItems } from './page-of-items.ts';

/** What the services of responses are made of. */
export interface ResponseServicesOptions {
  readonly runs: Runs;
  readonly responses: KeptResponses;
}

/** Makes what the procedures of responses use: responses that run in the background, and those that are kept. */
export function createResponseServices({ runs, responses }: ResponseServicesOptions): ResponseServices {
  function runOf({ principal, report }: RequestScope, id: string): KeptRun | undefined {
    try {
      const run = runs.find(id, principal);
      report.run = { id, report: run.scope.report };
      return run;
    } catch {
      return undefined;
    }
  }

  function inBackground(scope: RequestScope, id: string): KeptRun {
    const run = runOf(scope, id);
    if (run !== undefined) return run;
    throw responses.find(id, scope.principal) === undefined ? notFound(id) : notInBackground();
  }

  function keptOf({ principal }: RequestScope, id: string): KeptResponse {
    const kept = responses.find(id, principal);
    if (kept === undefined) throw notFound(id);
    return kept;
  }

  return {
    retrieve(scope, id) {
      const run = runOf(scope, id);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kept as the codec has judged it; the type is what the API documents
      return run === undefined ? (keptOf(scope, id).response as unknown as Response) : toResponse(run);
    },
    cancel(scope, id) {
      const run = inBackground(scope, id);
      run.cancel();
      return toResponse(run);
    },
    remove(scope, id) {
      const run = runOf(scope, id);
      if (run !== undefined) runs.remove(id, scope.principal);
      if (!responses.remove(id, scope.principal) && run === undefined) throw notFound(id);
    },
    inputItems: (scope, { response_id: id, ...part }) => pageOfItems(keptOf(scope, id).input, part),
    events(scope, id, { startingAfter, lastEventId }) {
      const run = inBackground(scope, id);
      const after =
        startingAfter === undefined || lastEventId !== undefined
          ? numberAt(run, { lastEventId })
          : numberBehind(run, startingAfter);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the chunks are those of the operation
      return readChunks(run, scope, after) as ReturnType<ResponseServices['events']>;
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
