import type { ClientApi, ProviderApi } from '../../../src/dialects/neutral/api.ts';
import { messagesClient, messagesProvider } from '../../../src/dialects/anthropic/messages/api.ts';
import { responsesClient, responsesProvider } from '../../../src/dialects/openai/responses/api.ts';
import { chatClient, chatProvider } from '../../../src/dialects/openai/chat/translate/api.ts';
import type { OperationName } from '../../../src/domain/operation-names.ts';
import type { ApiName } from './cases.ts';

/** The APIs that clients speak, with the operation of each. A line here enables the cases of an API. */
export const CLIENTS: Readonly<
  Partial<Record<ApiName, { readonly api: ClientApi; readonly operation: OperationName }>>
> = {
  chat: { api: chatClient, operation: 'chat.completions' },
  responses: { api: responsesClient, operation: 'responses' },
  messages: { api: messagesClient, operation: 'messages' },
};

/** The APIs that providers speak. */
export const PROVIDERS: Readonly<Partial<Record<ApiName, ProviderApi>>> = {
  chat: chatProvider,
  responses: responsesProvider,
  messages: messagesProvider,
};
