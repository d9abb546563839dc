/** A parameter's name as providers quote it, with the path to it: `tools[0].function.strict`. */
const NAME = String.raw`([\w.[\]-]{1,80})`;
const QUOTED = `['"\`]${NAME}['"\`]`;
/** A name without quotes, where it ends cleanly. */
const BARE = String.raw`([\w.]{0,79}\w)(?![\w[\]-]|\.\w)`;

/**
 * The model does not take a parameter; the first group is its name. A name is read between its own quotes or brackets, or where it ends
 * cleanly, so that the beginning of a longer name is not read.
 */
export const UNKNOWN_PARAMETER: readonly RegExp[] = [
  String.raw`unknown name ${QUOTED}`, // Google
  String.raw`unrecognized request arguments? supplied: ${BARE}`, // OpenAI
  String.raw`(?:unsupported|unknown|unrecognized) (?:parameter|argument|field|key)(?:\(?s\)?)?(?: in object)?:? ?\[?${QUOTED}`, // OpenAI, NVIDIA
  String.raw`(?<![\w.[\]-])${NAME}: extra inputs are not permitted`, // Anthropic, Mistral
  String.raw`extra inputs are not permitted, field: ?${QUOTED}`,
  String.raw`property ${QUOTED} is unsupported`, // Groq
  String.raw`parameter ${QUOTED} is not a valid field`, // Cohere
  String.raw`does not support parameters?:? ?\[?${QUOTED}`,
  String.raw`does not support parameter ${BARE}`, // xAI
  String.raw`argument not supported on this model: ?${QUOTED}`,
  String.raw`argument not supported on this model: ?${BARE}`,
  String.raw`(?<!\bvalues?:? )${QUOTED} is not supported (?:with|by|for|on|in) (?:this|the) model`, // OpenAI, Groq
  String.raw`additional properties are not allowed \(${QUOTED} was unexpected`,
  String.raw`extraneous key \[([\w.-]{1,80})\] is not permitted`, // Bedrock
].map((source) => new RegExp(source, 'i'));

/** pydantic's path to an unknown field in Python's notation (vLLM); the group is the path below the body. */
export const UNKNOWN_PARAMETER_PATH = /extra_forbidden.{1,20}loc'?: ?\('body', ([\w', -]{1,200})\)/i;

/** Groq names the message first and its property after it; the two groups. */
export const UNKNOWN_MESSAGE_PROPERTY = /'(messages\.\d{1,6})' ?: ?property '([\w.]{1,80})' is unsupported/i;

/** The request body before a path (Mistral, vLLM). */
export const BODY_PREFIX = /^body\./;
