import { randomFillSync, randomUUID } from 'node:crypto';

/** Makes identifiers; injected so that tests can foresee them. */
export type NewId = () => string;

/** A random name of one gateway among others, `spillway-` and 12 hexadecimal digits. */
export function newGatewayName(): string {
  return `spillway-${randomUUID().slice(-12)}`;
}

/** A random id for a request, `req_` and 32 hexadecimal digits. */
export const newRequestId: NewId = () => {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  return `req_${random.toString('hex', used, (used += ID_BYTES))}`;
};

const ID_BYTES = 16;
/** Drawn for many ids at once. */
const random = Buffer.alloc(256 * ID_BYTES);
let used = random.length;
