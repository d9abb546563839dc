import type { Answer } from '../attempt/answer.ts';
import type { BrowserFacts } from '../auth/browser.ts';
import type { RunChain } from '../chain/run.ts';
import type { Stage } from '../chain/stage.ts';
import { type AnswerMembers, type Call, createCall, withBody } from '../domain/call.ts';
import { GatewayError } from '../domain/errors.ts';
import type { EventStream } from '../domain/event-stream.ts';
import type { ChainPlan } from '../domain/limit-list.ts';
import type { Operation } from '../domain/operation.ts';
import type { Principal } from '../domain/principal.ts';
import { type BodyEdits, RequestBody } from '../domain/request-body.ts';
import type { Response, ResponseStreamEvent } from '../domain/responses.ts';
import type { Run, RunOptions } from '../domain/run.ts';
import type { RequestScope } from '../domain/scope.ts';
import { messagesFields } from '../operations/messages-fields.ts';
import { OPERATIONS } from '../operations/operations.ts';
import { checkFields } from '../operations/wrong-field.ts';
import type { FoundRun } from '../runs/found-run.ts';
import { readAnswer } from '../runs/run-readings.ts';
import type { Runs } from '../runs/runs.ts';
import type { NewRun } from '../runs/start-run.ts';
import { newResponseId } from '../runs/kept-responses.ts';
import { conversationOf } from './conversation.ts';
import type { CallContext, Context, OperationCall } from './context.ts';
import type { Services } from './services.ts';

/** What the contexts of all calls of a gateway share. */
export interface CallTools {
  readonly services: Services;
  readonly run: RunChain;
  readonly runs: Runs;
  /** A call as its chain gets it. `members`: those of the answer that are the gateway's own. */
  readonly prepare: (call: Call, principal: Principal, members?: AnswerMembers) => PreparedCall;
  readonly explain: (scope: RequestScope, call: Call) => ChainPlan;
}

/** A call, and the stages of its own. */
export interface PreparedCall {
  readonly call: Call;
  readonly stages: readonly Stage[];
}

/** What a client sent with one call. */
export interface CallBody {
  /** Undefined for a call without one, whose input is all there is. */
  readonly body: RequestBody | undefined;
  /** The request's headers, names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What is known of the browser that has sent it; absent where that means nothing. */
  readonly browser?: (() => BrowserFacts | undefined) | undefined;
}

/** Makes the context of one call. */
export function createCallContext(tools: CallTools, scope: RequestScope, body: CallBody): CallContext {
  return new GatewayCall(tools, scope, body);
}

class GatewayCall implements CallContext {
  readonly scope: RequestScope;
  readonly services: Services;
  readonly #tools: CallTools;
  readonly #body: CallBody;

  constructor(tools: CallTools, scope: RequestScope, body: CallBody) {
    this.scope = scope;
    this.services = tools.services;
    this.#tools = tools;
    this.#body = body;
  }

  get browser(): BrowserFacts | undefined {
    return this.#body.browser?.();
  }

  async answer<Value extends object>(call: OperationCall): Promise<Value> {
    if (this.scope.options.run !== undefined) throw noRun('Only a stream can be a run; send "stream": true.');
    const answer = await this.#run({ ...call, stream: false });
    if (answer.kind !== 'json')
      throw new GatewayError('internal_error', { message: 'A stream arrived in place of JSON.' });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the codec has judged it; the type is what the API documents
    return answer.value as Value;
  }

  async stream<Chunk>(call: OperationCall): Promise<AsyncIterable<Chunk>> {
    const options = this.scope.options.run;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as below
    if (options !== undefined) return (await this.#streamRun(call, options)) as AsyncIterable<Chunk>;
    const answer = await this.#run({ ...call, stream: true });
    if (answer.kind !== 'stream')
      throw new GatewayError('internal_error', { message: 'JSON arrived in place of a stream.' });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above: the chunks are the provider's
    return answer.stream as AsyncIterable<Chunk>;
  }

  async createRun(call: OperationCall, options: RunOptions): Promise<Run> {
    return (await this.#createRun(call, { ...options, form: 'events' })).show();
  }

  async #createRun(call: OperationCall, options: NewRun): Promise<FoundRun> {
    const { runs } = this.#tools;
    const idempotencyKey = options.idempotencyKey ?? textOf(this.#body.headers['idempotency-key']);
    const requested = this.#modelCallOf({ ...call, stream: true });
    const sent = withBody(requested, requested.body.edited(NO_RUN), requested.content);
    const run = await runs.create(sent, this.scope, { ...options, idempotencyKey });
    this.scope.report.run = run.reported;
    return run;
  }

  async #streamRun(call: OperationCall, options: RunOptions): Promise<EventStream<unknown>> {
    // The answer of a run is a chat completion.
    if (call.operation !== 'chat.completions') throw noRun('Only the stream of a chat completion can be a run.');
    if (this.scope.door === 'trpc') throw noRun('Over tRPC a run is made by runs.create, and read by runs.stream.');
    return readAnswer(await this.#createRun(call, { ...options, form: 'chunks' }), this.scope);
  }

  async createResponse(call: OperationCall): Promise<Response> {
    return (await this.#runResponse(call)).showResponse();
  }

  async streamResponse(call: OperationCall): Promise<AsyncIterable<ResponseStreamEvent>> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the chunks are those of the operation
    return (await readAnswer(await this.#runResponse(call), this.scope)) as AsyncIterable<ResponseStreamEvent>;
  }

  async #runResponse(call: OperationCall): Promise<FoundRun> {
    const { runs, prepare } = this.#tools;
    const requested = this.#modelCallOf({ ...call, stream: true });
    const sent = withBody(requested, requested.body.edited(NO_BACKGROUND), requested.content);
    const id = newResponseId();
    const { call: prepared, stages } = prepare(sent, this.scope.principal, { id, background: true });
    const idempotencyKey = textOf(this.#body.headers['idempotency-key']);
    const options = { form: 'chunks', disconnect: 'drain', id, stages, idempotencyKey } as const;
    const run = await runs.create(prepared, this.scope, options);
    this.scope.report.run = run.reported;
    return run;
  }

  estimateInput(call: OperationCall): number {
    const { body, content } = this.#callOf({ ...call, stream: false });
    // The operation has checked those that may be large.
    const names = Object.keys(messagesFields()).filter((name) => !LARGE.has(name) && body.has(name));
    checkFields(messagesFields(), Object.fromEntries(names.map((name) => [name, body.get(name)])), LARGE);
    return content.inputTokens;
  }

  explain(call: OperationCall & { readonly stream: boolean }): ChainPlan {
    const requested = this.#callOf(call);
    return this.#tools.explain(this.scope, withBody(requested, requested.body.edited(NO_OPERATION), requested.content));
  }

  #run(call: OperationCall & { readonly stream: boolean }): Promise<Answer> {
    const { call: prepared, stages } = this.#tools.prepare(this.#modelCallOf(call), this.scope.principal);
    return this.#tools.run(prepared, this.scope, stages);
  }

  /** A call that goes to a model. A user of a proxy has no key, and so no limits and no budget. */
  #modelCallOf(call: OperationCall & { readonly stream: boolean }): Call {
    if (this.scope.report.via !== 'proxy') return this.#callOf(call);
    throw new GatewayError('forbidden', { message: 'Calls of models need a key; a login by a proxy is none.' });
  }

  #callOf({ operation: name, input, stream }: OperationCall & { readonly stream: boolean }): Call {
    const operation = OPERATIONS[name];
    const { body = RequestBody.of(input), headers } = this.#body;
    const conversation = conversationOf(this.scope.principal.id, body, headers);
    return createCall({ operation, body, stream, headers: forwardedOf(operation, headers), conversation });
  }
}

/** Members of a request that are the gateway's own, and no member of the request to a provider. */
const NO_BACKGROUND: BodyEdits = new Map([['background', undefined]]);
const NO_RUN: BodyEdits = new Map([['run', undefined]]);
const NO_OPERATION: BodyEdits = new Map([['operation', undefined]]);
const LARGE: ReadonlySet<string> = new Set(['messages', 'system', 'tools']);
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** The headers that an operation lets pass; of a repeated header all values, as HTTP joins them. */
function forwardedOf({ forwardedHeaders }: Operation, headers: CallBody['headers']): Readonly<Record<string, string>> {
  if (forwardedHeaders.length === 0) return NO_HEADERS;
  const forwarded: Record<string, string> = {};
  for (const name of forwardedHeaders) {
    const value = headers[name];
    if (value !== undefined) forwarded[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return forwarded;
}

function noRun(message: string): GatewayError {
  return new GatewayError('invalid_request', { message, param: 'x-spillway-run' });
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}

/** The context of a request that carries one call. */
export function singleCall(call: CallContext): Context {
  return { ids: call.scope, call: () => call };
}
