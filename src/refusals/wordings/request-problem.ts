/** A part of the request that only a client sends, as servers name it in an error. */
const PART = String.raw`(?:messages|roles?|assistant|conversation|tool_choice|tools?|tool[ _]calls?|function call(?:s|ing)?|response_format|json_schema|system (?:role|messages?|prompts?)|(?:message )?content|image_url|images?|audio(?: input| format)?|stop sequences?|(?:chat )?template)`;
/** Fields of the API that hold a value. */
const FIELD = String.raw`(?:temperature|top_p|top_k|min_p|logprobs|top_logprobs|logit_bias|n_probs|seed|n|max_tokens|max_completion_tokens|frequency_penalty|presence_penalty|repetition_penalty|reasoning_effort|parallel_tool_calls|stream_options|param(?:eter)?s?:? ?\w*)`;
const COMPLAINT = String.raw`(?:must|not (?:be )?(?:supported|allowed|valid|permitted|recognized)|unsupported|only (?:support|take|accept)s?|required?|requires|needs? to|has to|invalid|alternate|cannot|can't|empty|should|missing|incompatible|is not (?:a|an|one)\b|out of range|too (?:long|large|many|big))`;

/**
 * A server's own failure (5xx) whose text is about the request: an image without a projector, a role, a call id, a grammar, a chat template, a
 * value (llama.cpp, vLLM, LM Studio, LocalAI, Ollama).
 */
export const REQUEST_PROBLEM = new RegExp(
  [
    String.raw`\b${PART}\b[^.\n]{0,60}?\b${COMPLAINT}`,
    String.raw`\b(?:unsupported|invalid|unknown|missing|unrecognized|unexpected|only|expected|no|cannot have) (?:\w+ ){0,4}?(?:roles?|messages|tools?|tool[ _]calls?|tool_choice|response_format|json_schema|images?|audio|content)\b`,
    String.raw`\b${FIELD}(?: > \d+)?['"]? (?:\w+ ){0,2}?${COMPLAINT}`,
    String.raw`\b(?:unsupported|invalid|unknown|unrecognized) ${FIELD}\b`,
    String.raw`\bfailed to (?:parse|compile|initialize|apply|render|load|decode|process|open|download) (?:the )?(?:images?|audio|grammar|(?:chat )?template|messages|tools|json schema|samplers?)`,
    String.raw`\b(?:jinja|mmproj|grammar|tool_call_id|tool call id)\b|raise_exception|\bat row \d+, column \d+|\bchat template\b|\btemplate (?:error|syntax)|\bfor this template\b|\bprefill`,
    String.raw`\bjson schema (?:conversion|is|has|could)|cannot unmarshal|validation errors? for \w*request|^\W*bad request\b|field required`,
    String.raw`(?:does not|doesn't|do not) support (?:\w+ ){0,2}(?:images?|vision|audio|multimodal|tools?|functions?|json|system|streaming|logprobs)`,
    String.raw`\btokens?\b[^.\n]{0,30}? is (?:greater|larger|more) than\b`,
  ].join('|'),
);

/** Words of a failure that is the server's, whatever part of the request it names beside it. */
export const SERVER_PROBLEM = new RegExp(
  [
    String.raw`\b(?:out of memory|oom|cuda|gpu|timed? ?out|timeout|connections?|connect|socket|upstream|unavailable|overloaded|temporar\w+|try again|retry|crash\w*|panic|segfault|killed|disk|database|redis|worker|backend|engine|unexpected error|internal (?:server )?error|nil pointer|nullpointer|traceback|exception in)\b`,
    String.raw`\bend of (?:json|file|input|stream)\b|\b(?:decode|parse|validate|read)\w* (?:\w+ ){0,2}?response\b|\bresponse validation\b|\bfrom (?:the )?(?:model )?server\b`,
    String.raw`\b(?:docker|registry|pull|kubernetes|handler|logits|nodes?|schedul\w+|migration|table|deploy\w*|configuration|file not found)\b`,
  ].join('|'),
);

/** A short name in quotation marks, which is no echo of a prompt: its marks are removed before the text is matched. */
export const QUOTED_NAME = /['"`]([\w.[\]]{1,40})['"`]/g;
