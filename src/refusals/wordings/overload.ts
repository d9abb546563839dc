import { NO_CAPACITY_CODES } from './codes.ts';

/** A model that is out of order for the moment (NVIDIA). */
export const DEGRADED_FUNCTION = /degraded function/;

/** The server is busy, in the text or the codes of a 429, where no limit of the account is named. */
export const OVERLOADED = new RegExp(
  [
    'overloaded', // TGI
    'high demand', // Azure
    'high traffic', // Cerebras
    'capacity (?:temporarily )?exceeded', // Mistral
    NO_CAPACITY_CODES,
    DEGRADED_FUNCTION.source,
  ].join('|'),
);
