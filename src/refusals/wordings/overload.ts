import { NO_CAPACITY_CODES } from './codes.ts';

/** A model that is out of order for the moment (NVIDIA). */
export const DEGRADED_FUNCTION = /degraded function/;

/** The server is busy, in the text or the codes of a 429, where no limit of the account is named. */
export const OVERLOADED = new RegExp(
  [
    'overloaded', // TGI
    'high demand', // Azure
    'high traffic', // Cerebras
    'capacity (?:temporarily )?exceeded', // Mistral
    NO_CAPACITY_CODES,
    DEGRADED_FUNCTION.source,
  ].join('|'),
);

const SERVER = String.raw`\b(?:model|llm|server|service|engine|endpoint|deployment|backend|worker|instance|runner|replica)s?\b`;
const STARTING = String.raw`(?:(?:load|start|boot|initiali[sz])ing|(?:warm|scal|spinn)ing up|being (?:loaded|started|initiali[sz]ed|deployed))\b`;

/** The server is still loading the model, or starting, in the text of an error. */
export const LOADING = new RegExp(
  [
    String.raw`^(?:(?:still|currently|now) )?loading\b`, // llama.cpp
    String.raw`^not (?:yet )?ready\b`,
    String.raw`^initiali[sz]ing\b|\bmodels? (?:is )?load(?:ing)? in progress\b|\bdownloading (?:the )?model\b|模型(?:正在)?加载|加载中`,
    String.raw`\bloading (?:(?:the|this|your) )?models?\b`, // "llm server loading model" of Ollama
    String.raw`\b(?:still|currently) ${STARTING}`,
    // "Model x is loading" of Hugging Face, "deployment is currently scaled to zero and is scaling up" of Fireworks
    String.raw`${SERVER}.{0,200}?\b(?:is|are) (?:(?:now|already|just) )*${STARTING}`,
    // "The model is not ready for inference" of Bedrock, "server not ready" of Triton
    String.raw`${SERVER}.{0,200}?(?:\bnot|n't) (?:(?:yet|currently) )?ready\b`,
    String.raw`${SERVER}.{0,200}?(?:\bnot|n't) (?:yet (?:been )?(?:loaded|started|initiali[sz]ed)|(?:been )?(?:loaded|started|initiali[sz]ed) yet)\b`,
  ].join('|'),
);

/** The same in the codes of an error: Bedrock, Cohere, Fireworks. */
export const LOADING_CODES = /not_?ready|model_?(?:is_?)?loading|scaling_?up/;

/** In the text of a 503: the queue in front of the model is full, mostly while it loads (Ollama). */
export const BUSY_LOADING = /\bserver busy\b|\bmaximum pending requests exceeded\b/;

/** The load has failed, so that waiting for it does not help. */
export const LOAD_FAILED = new RegExp(
  [
    String.raw`\b(?:error|problem|exception)(?: \w+){0,2}? (?:(?:while|when|in|during) )?loading\b`,
    String.raw`\bfail(?:ed|s|ure)? (?:(?:to|in|while|when|during) )?(?:load|start|initiali[sz])`,
    String.raw`\bload(?:ing)?\b.{0,40}?\b(?:failed|crashed|timed out|aborted)\b`,
    String.raw`\b(?:unable to|cannot|can't|could not|couldn't) (?:be )?(?:load|start)`,
    String.raw`\bout of memory\b|\b(?:not enough|insufficient) memory\b`,
  ].join('|'),
);
