import type { ReadingClass } from '../../domain/reading.ts';

/**
 * A machine-readable code: a source of a pattern that is searched in the lower-case type, code and detail of an error; the class that the
 * code means, if it means one under every status; and the status that it stands for inside a 2xx, if any.
 */
export type CodeRow = readonly [code: string, meaning: ReadingClass | undefined, statusInAnswer?: number];

/** The code for one field of a request that is too long, which is no matter of the context window (OpenAI). */
export const FIELD_TOO_LONG_CODE = 'string_above_max_length';

/** Codes of a server without free capacity: Groq, Cerebras, and servers that still load a model. */
export const NO_CAPACITY_CODES = 'capacity_exceeded|queue_exceeded|not_ready';

/** Every code with its meaning, except OpenRouter's budget codes and Cloudflare's numbers. */
export const CODE_ROWS: readonly CodeRow[] = [
  ['insufficient_quota', 'no_money', 429], // OpenAI
  ['credit_balance_exhausted', 'no_money'], // OpenAI
  ['(?:spend|usage)_limit_exceeded', 'no_money'], // OpenAI, of an organization or a project
  ['(?:spend|usage)_limit_reached', 'no_money'], // Anthropic: enforced_, contract_
  ['organization_on_hold', 'no_money'], // Anthropic
  ['billing', 'no_money'], // OpenAI
  ['billing_(?:hard_limit|not_active)', 'no_money', 429], // OpenAI, in a stream
  ['billing_error', 'no_money', 402], // Anthropic
  ['payment_required', 'no_money', 402], // Cerebras, OpenRouter
  ['exceeded_current_quota', 'no_money'], // Moonshot
  ['insufficient_balance', 'no_money', 402],
  ['insufficient_credits', 'no_money', 402],
  ['insufficient_(?:credit|fund)', 'no_money'],
  ['creditserror', 'no_money'],
  ['arrearage', 'no_money'], // Alibaba Cloud
  [String.raw`(?<=^|\s)(?:1113|1008|30001)(?=\s|$)`, 'no_money'], // Z.ai, MiniMax, SiliconFlow

  ['invalid_api_key', 'auth', 401], // OpenAI
  ['api_key_invalid', 'auth'], // Google
  ['wrong_api_key', 'auth'], // Cerebras
  ['unsupported_country|service_disabled|consumer_suspended|api_key_service_blocked', 'auth'], // OpenAI, of the gateway's own location
  ['authentication_error', undefined, 401], // Anthropic
  ['permission_error', undefined, 403],
  ['invalid_request_error', undefined, 400], // OpenAI
  ['unauthenticated', undefined, 401], // Google

  // `model_not_found` of OpenAI, `model_not_supported` of Hugging Face, `model_not_available` of Together.
  ['model_?not_?', 'model_gone'],
  ['model_not_found|not_found_error', undefined, 404], // OpenAI, Anthropic
  ['model_(?:decommissioned|terms_required|permission)', 'model_gone'], // Groq
  ['model_deprecated', 'model_gone'],
  ['invalid_model', 'model_gone'], // Mistral
  ['unknown_model', 'model_gone'],
  ['deploymentnotfound', 'model_gone'], // Azure
  [String.raw`(?<=^|\s)(?:1211|20012)(?=\s|$)`, 'model_gone'], // Z.ai, SiliconFlow

  ['content_policy', 'content_filter', 400], // OpenAI
  ['content_filter', 'content_filter', 400], // Azure
  ['responsibleaipolicyviolation', 'content_filter'], // Azure
  ['data_inspection_failed', 'content_filter'], // Alibaba Cloud
  ['moderation', 'content_filter'],
  ['(?<!data_|privacy_|rate_limit_|access_)policy_?violation', 'content_filter'],
  [String.raw`\bsafety(?!_(?:identifier|settings))`, 'content_filter'],
  ['guideline', 'content_filter'],
  ['(?:bio|cyber)_policy', 'content_filter', 400], // OpenAI
  [String.raw`(?<=^|\s)102[67](?=\s|$)`, 'content_filter'], // MiniMax, of input and output
  ['prohibited_content', 'content_filter'], // Google

  // What status 429 says, under any status: OpenAI, Groq, Anthropic, and Google's `rateLimitExceeded`.
  ['rate_?limit_?(?:exceeded|error)', 'rate_limited'],
  ['ramp_limit_exceeded', 'rate_limited'], // Anthropic
  ['resource_exhausted', 'rate_limited', 429], // Google
  ['throttlingexception', 'rate_limited'], // Bedrock
  ['too_many_requests', 'rate_limited', 429], // Cerebras
  ['rate_limit|throttling', undefined, 429],
  ['slow_down', undefined, 529], // OpenAI: the server sheds load, whatever the account may use

  ['overloaded_error', 'overloaded'], // Anthropic
  ['server_is_overloaded', 'overloaded'], // OpenAI
  ['overloaded', undefined, 529],

  ['timeout_error', 'timeout', 504], // Anthropic

  ['thread_not_found', 'bad_request', 404], // Anthropic: the conversation that the request continues, which another account may hold

  ['context_length_exceeded', 'context_length'], // OpenAI, Azure, Groq, Cerebras, OpenRouter
  ['exceed_context_size', 'context_length'], // llama.cpp
  ['request_too_large', 'context_length'], // Anthropic

  ['tool_use_failed|json_validate_failed', 'model_error'], // Groq

  // A complaint about one value of the request: whatever its text says, it says about that value.
  [String.raw`\binvalid_(?:value|type|enum|schema|json|image|url|function|tool)`, 'bad_request'], // OpenAI
  [String.raw`\bunsupported_(?!country)`, 'bad_request'], // OpenAI; an unsupported country is no matter of the request
  [String.raw`\bunknown_(?!error|model)|\bunrecognized_`, 'bad_request'], // OpenAI
  // Of a response that fails in its stream (OpenAI).
  ['invalid_prompt|invalid_encrypted_content|data_residency_mismatch', 'bad_request', 400],
  [
    String.raw`\b(?:invalid|empty|unsupported)_(?:\w+_)?image|\bimage_(?:too|parse|file)_|failed_to_download_image`,
    'bad_request',
    400,
  ],
  ['extra_forbidden|literal_error|union_tag', 'bad_request'], // pydantic, in Mistral and vLLM
  [FIELD_TOO_LONG_CODE, 'bad_request'],
];

/** In the codes of a 5xx: the error is about the request (vLLM, Google). OpenAI's `invalid_request_error` is sent with any status. */
export const REQUEST_ERROR_CODE = /\bbad_?request|\binvalid_argument\b|\bvalidation_?error/;

/** OpenRouter's codes for its in-flight budget, which it sends under several statuses. */
export const BUDGET_CODES: Readonly<Record<string, ReadingClass>> = {
  in_flight_budget_exhausted: 'rate_limited',
  weight_exceeds_budget: 'too_large_for_limit',
};

/** Cloudflare's code for a used-up daily allowance of neurons; the day ends at midnight UTC. */
export const CLOUDFLARE_DAY_SPENT = '3036';

/** Cloudflare's codes, which are more exact than the statuses that they come with. */
export const CLOUDFLARE_CODES: Readonly<Record<string, ReadingClass>> = {
  3006: 'too_large_for_limit',
  3007: 'timeout',
  3008: 'timeout',
  3023: 'model_gone',
  [CLOUDFLARE_DAY_SPENT]: 'quota_day',
  3040: 'overloaded',
  3041: 'model_gone',
  3042: 'model_gone',
  5004: 'bad_request',
  5007: 'model_gone',
  5016: 'model_gone',
  5018: 'model_gone',
};

/** The detail that `cloudflareDetail` makes of a code; the group is the code. */
export const CLOUDFLARE_DETAIL = /\bcloudflare_(\d{4})\b/;

/** In a code or type as sent: the error's `param` names a parameter that the model does not take. */
export const PARAMETER_CODE = /unsupported|unknown|extra_forbidden|unrecognized/;

/** In a code as sent: the value is wrong for every model, not only for this one. */
export const WRONG_FOR_EVERY_MODEL_CODE = new RegExp(`${FIELD_TOO_LONG_CODE}|invalid_type`);

/** A text beside an answer that says that there is no error, without blanks around it. */
export const NO_ERROR = /^(?:0|200|ok|success|none|null|no error)?$/i;

/** The `type` of an object that is an error. */
export const ERROR_TYPE = /error/i;
