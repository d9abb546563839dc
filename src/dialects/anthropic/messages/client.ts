import type { ClientApi } from '../../neutral/api.ts';
import { decodeMessages } from './decode.ts';
import { createMessageWriter } from './write.ts';

/** The Messages API as clients speak it. */
export const messagesClient: ClientApi = Object.freeze({ decode: decodeMessages, writer: createMessageWriter });
