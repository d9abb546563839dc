import { GatewayError } from '../domain/errors.ts';

/** The error that ends the readings of a gateway that shuts down, so that their clients read on from another one. */
export function readOn(): GatewayError {
  return new GatewayError('shutting_down', {
    message: 'The gateway is shutting down; read on from another one.',
    retryAfter: 1,
    resumes: true,
  });
}

/** The error of a request about a run of another process that cannot be reached now: the same request may succeed soon. */
export function comeAgain(): GatewayError {
  return new GatewayError('not_ready', {
    message: 'The run may be another gateway’s, and those cannot be reached now; retry the request.',
    retryAfter: 1,
    resumes: true,
  });
}
