/**
 * Members of an answer that some providers refuse when the client sends the message back: "property 'reasoning_details' is unsupported",
 * "Extra inputs are not permitted".
 */
export const ANSWER_MEMBERS = [
  'refusal',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'annotations',
  'provider_specific_fields',
  'extra_content',
  'thinking_blocks',
] as const;

/**
 * Members that one provider puts into tool calls, and that others refuse in a conversation: Gemini's signatures, under all their names
 * (NousResearch/hermes-agent#38543), LiteLLM's extra fields, and the second ids of the Responses API.
 */
export const FOREIGN_CALL_MEMBERS = [
  'extra_content',
  'thought_signature',
  'thoughtSignature',
  'provider_specific_fields',
  'cache_control',
  'call_id',
  'response_item_id',
] as const;
