/** The model does not exist, in a 400: DeepSeek, OpenRouter, Mistral, OpenAI, Cloudflare, Hugging Face. */
export const MODEL_GONE = new RegExp(
  [
    'model not exist', // DeepSeek
    'not a valid model', // OpenRouter
    'no such model', // Cloudflare
    'invalid model:', // Mistral
    'with on-demand throughput', // Bedrock: the model is served under the id of an inference profile only
    'model [`\'"]?[\\w./:@-]{1,128}[`\'"]? (?:does not exist|(?:is |was )?not found|is not supported by any|has been (?:decommissioned|deprecated|retired))',
  ].join('|'),
);

/** The model does not exist, in a 404, whose status is part of the statement. */
export const MODEL_NOT_FOUND = new RegExp(
  [
    String.raw`\b(?:models?|deployment)\b(?:[^.\n]|\.(?! )){0,200}?(?:not exist|not (?:be )?found|no longer|(?:not |un)available|deprecated|retired|decommissioned|not supported|end of (?:its )?life|not deployed)`,
    String.raw`\b(?:no such|unknown|invalid|unsupported|find|found|load|pull)(?: the)? model\b`,
    'not a valid model',
    '^model: ',
    String.raw`\bfunction\b.{0,200}not found for account`, // NVIDIA
    'has no function', // NVIDIA
    String.raw`no endpoints found for [\w./:@-]+(?: |\.?$)`, // OpenRouter
  ].join('|'),
);

/** A 404 or 410 about what the request names or requires: a file, a URL, a data policy, a parameter (the last two: OpenRouter). */
export const OTHER_NOT_FOUND =
  /\bfiles?\b|\bendpoint\b|\broutes?\b|\burl\b|data policy|privacy|allowed providers|requested parameters|endpoints found (?:that|matching)/;
