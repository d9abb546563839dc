/** A part of the request, as servers name it in an error. */
const PART = String.raw`(?:messages?|prompts?|conversation|roles?|tool[ _]?(?:calls?|choice)?(?:[ _]ids?)?|call[ _]ids?|functions?|(?:json[ _])?schemas?|response_format|grammar|chat template|jinja|images?|image_url|audio|videos?|multimodal|mmproj|param(?:eter)?s?|arguments?|stop sequences?|logit_bias|n_probs|max_tokens|input)`;
const COMPLAINT = String.raw`(?:invalid|not (?:be )?(?:supported|valid|allowed|recognized)|unsupported|unexpected|unknown|must|missing|required|requires?|malformed|mismatch|alternate|cannot be|can't be|exceed\w*|too (?:long|large|many|big)|should be|expected|failed to (?:parse|compile|initialize)|no (?:user|matching)|not found)`;

/**
 * A server's own failure (5xx) whose text is about the request: an image without a projector, a call id, a grammar, a chat template
 * (llama.cpp, vLLM, LM Studio, LocalAI).
 */
export const REQUEST_PROBLEM = new RegExp(
  [
    String.raw`\b${PART}\b(?:[^.\n]|\.(?! )){0,100}?\b${COMPLAINT}\b`,
    String.raw`\b${COMPLAINT}\b(?:[^.\n]|\.(?! )){0,60}?\b${PART}\b`,
    String.raw`\bfailed to (?:parse|compile|initialize|apply|render|load|decode|process|open|download) (?:the )?(?:images?|audio|grammar|(?:chat )?template|json|messages|tools|schema|samplers?)`,
    String.raw`\bjinja\b|\bchat template\b|\bmmproj\b|raise_exception|\bat row \d+, column \d+`,
    String.raw`(?:does not|doesn't|do not) support (?:\w+ ){0,2}(?:images?|vision|audio|multimodal|tools?|functions?|json|system|streaming|logprobs)`,
  ].join('|'),
);

/** Words of a failure that is the server's, whatever part of the request it names beside it. */
export const SERVER_PROBLEM =
  /\b(?:out of memory|oom|cuda|gpu|timed? ?out|timeout|connection|connect|socket|upstream|unavailable|overloaded|temporar\w+|try again|retry|crash\w*|panic|segfault|killed|disk|database|redis|worker|backend|engine|unexpected error|internal (?:server )?error|nil pointer|nullpointer|traceback|exception in)\b/;
