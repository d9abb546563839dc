import type { ChatInput } from '../../src/domain/chat.ts';

/** The smallest chat request. */
export const HELLO: ChatInput = { model: 'default', messages: [{ role: 'user', content: 'Hello' }] };
