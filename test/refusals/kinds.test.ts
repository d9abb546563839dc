import { describe, expect, test } from 'vitest';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { readReply } from '../../src/refusals/read.ts';

function read(message: string, status = 400): Reading {
  const error = { message, type: 'invalid_request_error', param: null, code: null };
  return readReply({ status, headers: {} }, Buffer.from(JSON.stringify({ error })), { rules: PLAIN_RULES, now: 0 });
}

describe('a context window that is too small, in many wordings', () => {
  test.each([
    'Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)',
    'context window exceeds limit (2013)',
    'invalid params, context window exceeds limit (2013)',
    'Prompt exceeds max length',
    'Prompt tokens (5000) exceed max_context_len 4096',
    'The decoder prompt (length 5000) is longer than the maximum model length of 4096.',
    'The prompt (total length 5000) is too long to fit into the model (context length 4096).',
    'Input length (5000) exceeds maximum allowed length (4096)',
    'Input length 40000 exceeds the maximum length 32768',
    'input token exceeds limit',
    'Total tokens of image and text exceed max message tokens',
    'prompt too long; exceeded max context length by 5 tokens',
    'Prompt has 5000 tokens, too long (max 4096)',
    'number of input tokens must be no more than 32768, got 40000',
    'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
    'Context overflow',
    'The context window is full',
    'Prompt is too large for context',
    'the request exceeds the available context size, try increasing it',
    "Requested token count exceeds the model's maximum context length of 4096 tokens",
    "This endpoint's maximum context length is 163840 tokens. However, you requested about 200000 tokens",
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
    'Input is too long for requested model.',
    'messages too long: 220000 tokens',
    "Conversation is too long for the model's context window.",
    'too many tokens in prompt: 9000 > 8192',
    'The total number of tokens exceeds the context limit',
    'Tokens in prompt exceed the model limit (8192)',
    "total tokens 9000 exceed model's 8192 window",
    '上下文长度超出限制',
    '输入长度超过模型最大长度',
    'The sequence length 9000 is larger than max_position_embeddings 8192',
    'requested tokens (9000) exceed context window of 8192',
    'the prompt is longer than n_ctx',
  ])('%s', (message) => {
    expect(read(message).class).toBe('context_length');
  });

  test.each([
    'max_tokens is too large: 5000. This model supports at most 4096 completion tokens',
    'stop sequence too long',
    'tools.0.description: exceeds 1024 characters',
    'string too long',
    'image exceeds 5 MB maximum: 7000000 bytes',
    'Too many messages',
    'request exceeds size limit',
    'Number of tools exceeds limit of 128',
    'max_tokens must be at least 1',
    'max_completion_tokens exceeds the limit of 8192',
    'You have too many requests in flight',
    'messages: at least one message is required',
    'The number of prompts exceeds the batch limit',
    'Request body too large',
  ])('is not what this says: %s', (message) => {
    expect(read(message).class).toBe('bad_request');
  });
});

describe('images that a model does not take, in many wordings', () => {
  test.each([
    'Image inputs are not supported by this model.',
    'This model does not support image input',
    'image_url is not supported',
    'The model cannot process images',
    'model is text-only',
    'No endpoints found that support image input',
    'Invalid content type. image_url is only supported by certain models.',
    'multimodal content is not enabled for this model',
    'This model only supports text input',
    'unexpected content type image_url: not allowed',
    'vision is not available',
    'Model does not have vision capability',
    'unknown variant `image_url`, expected `text`',
    'This model is not capable of processing visual inputs',
    'Only text is supported in messages',
    "content type 'image_url' is not supported",
  ])('%s', (message) => {
    expect(read(message)).toMatchObject({ class: 'bad_request', missingCapability: 'images' });
  });
});

describe('a content filter, in many wordings', () => {
  test.each([
    'request was rejected by content filter',
    'Harmful content detected',
    'disallowed content',
    'unsafe content',
    'NSFW content',
    'Hate speech detected',
    '内容安全审核未通过',
    'DataInspectionFailed',
    'rejected because it may violate our usage guidelines',
    'Your request was rejected as a result of our safety system.',
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    'This request was flagged by moderation',
    'Output data may contain inappropriate content.',
    'blocked for safety reasons',
    'Content violates usage guidelines. Failed check: SAFETY_CHECK',
    'prohibited by our acceptable use policy',
    'The prompt was blocked due to PROHIBITED_CONTENT',
    'Invalid prompt: your prompt was flagged as potentially violating our usage policy',
    'Content Exists Risk',
  ])('%s', (message) => {
    expect(read(message).class).toBe('content_filter');
    expect(read(message, 403).class).toBe('content_filter');
  });

  test.each([
    "additionalProperties policy must be 'false'",
    'tool_choice policy unsupported',
    'moderation model is not a chat model',
    'See our guidelines on tool use',
    'schema violation at $.a',
    'value violates constraint minItems',
    'No endpoints found matching your data policy',
    'rate limit policy exceeded',
    'unknown parameter safety_settings',
    "'safety_identifier' is not supported",
    'the retry policy is invalid',
    'request blocked by organization policy',
    'violates the JSON schema of response_format',
    'thread safety check failed',
  ])('is not what this says: %s', (message) => {
    expect(read(message).class).toBe('bad_request');
  });
});

describe('a 500 about the request, in many wordings', () => {
  test.each([
    'Only user and assistant roles are supported!',
    'Cannot have 2 or more assistant messages at the end of the list.',
    'Assistant response prefill is incompatible with enable_thinking.',
    'Template error: undefined variable',
    'Unable to generate parser for this template.',
    'Tool call id has to be defined',
    'tool_call_id is not known',
    "Missing 'content'",
    "Expected 'content' to be a string or an array",
    'unsupported content[].type',
    'grammar could not be compiled',
    'Cannot use custom grammar constraints with tools.',
    'JSON schema conversion failed: x',
    'json: cannot unmarshal object into Go struct field ChatRequest.tools of type []api.Tool',
    '1 validation error for ChatCompletionRequest\nmessages\n  Field required',
    'bad request',
    'This model cannot process images',
    'content must be a string',
    'model is text only',
    'At most 0 image(s) may be provided in one request.',
    'image_url is only supported by certain models',
    'vision is not enabled',
    'vision models only support a single image per message',
    'only base64 images are supported',
    'temperature must be positive',
    'logprobs not supported',
    'n > 1 is not supported',
    'Context size has been exceeded.',
    'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj',
    'failed to parse grammar',
    'Failed to initialize samplers: failed to parse grammar',
    'Conversation roles must alternate user/assistant/user/assistant/...',
    'System role not supported',
    'Tool call id was x but must be a-z',
    'Unsupported param: tools',
    'this custom template is not supported, try using --jinja',
    'error in chat template: unexpected end',
    'After the optional system message, conversation roles must alternate',
    'tools param requires --jinja flag',
    'invalid image: unknown format',
    'Value is not callable: null at row 1, column 72: {% if messages %}',
    'Unable to process the audio: unsupported format',
    'Failed to load image',
    'messages: field required',
    'json schema conversion failed: unsupported type',
  ])('%s', (message) => {
    expect(read(message, 500).scope).toBe('request');
    expect(['bad_request', 'context_length']).toContain(read(message, 500).class);
  });

  test.each([
    'Unexpected end of JSON input',
    'failed to parse JSON from model server',
    'Failed to decode JSON response',
    'Response validation failed: message field required',
    'docker image not found',
    'failed to pull image: not found',
    'Function not found: handler',
    'Invalid argument: NaN in logits',
    'no available nodes: prompt cannot be scheduled',
    'Invalid input batch.',
    'Error 1040: Too many connections for messages table',
    'Invalid server configuration: missing parameter',
    'Unexpected message type from server',
    'schema migration required',
    'prompt template file not found',
    'oops',
    'Internal server error',
    'The server had an error while processing your request. Sorry about that!',
    'CUDA out of memory while processing the prompt',
    'no healthy upstream',
    'context deadline exceeded',
    'upstream connect error or disconnect/reset before headers. reset reason: connection failure',
    'model runner has unexpectedly stopped, this may be due to resource limitations',
    'llama runner process has terminated: exit status 2',
    'An internal error has occurred. Please retry',
    'The model is overloaded. Please try again later.',
    'expected value at line 1',
    'unexpected EOF',
    'Request timed out.',
    'function invocation failed',
    'Service Unavailable',
    'Engine process (pid 1) died',
    'request failed: tool server connection refused',
    'no available server',
    'An unexpected error occurred: input stream closed',
    'EOF',
    'Bad gateway',
    'database is locked',
    "error loading model: missing tensor 'output.weight'",
    'Could not find image in registry',
    'context canceled',
    'failed to allocate buffer for kv cache',
    'Something went wrong',
    'Unhandled exception',
    'a',
  ])('is not what this says: %s', (message) => {
    expect(read(message, 500)).toMatchObject({ class: 'server', scope: 'model' });
  });
});
