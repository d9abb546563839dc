export { CHAOS, startChaos } from './chaos.ts';
export { type DemoUpstreams, startDemo } from './demo.ts';
export {
  type AnswerOptions,
  chatCompletion,
  chatStream,
  chunk,
  type ChunkOptions,
  embeddings,
  fieldsOf,
  openaiError,
  responder,
  sse,
  type StreamOptions,
} from './openai.ts';
export type { Chunk, Reply, Script, ScriptedRequest } from './script.ts';
export { type Hit, type ScriptedUpstream, startScriptedUpstream, type UpstreamOptions } from './upstream.ts';
