import { randomUUID } from 'node:crypto';

/** Makes identifiers; injected so that tests can foresee them. */
export type NewId = () => string;

/** A random name of one gateway among others, `spillway-` and 12 hexadecimal digits. */
export function newGatewayName(): string {
  return `spillway-${randomUUID().slice(-12)}`;
}

/** A random id for a request, `req_` and 32 hexadecimal digits. */
export const newRequestId: NewId = () => {
  const id = randomUUID();
  return `req_${id.slice(0, 8)}${id.slice(9, 13)}${id.slice(14, 18)}${id.slice(19, 23)}${id.slice(24)}`;
};
