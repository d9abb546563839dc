import type { AnswerCheck } from './answer-check.ts';
import type { Content } from './needs.ts';
import type { Operation } from './operation.ts';
import { RequestBody } from './request-body.ts';

/** One request to a chain. Immutable: every attempt starts from it. */
export interface Call {
  readonly operation: Operation;
  readonly body: RequestBody;
  /** What its operation has found in the body. */
  readonly content: Content;
  readonly stream: boolean;
  /** What its answer must pass before it is delivered; undefined where every answer of a provider will do. */
  readonly answerCheck: AnswerCheck | undefined;
  /** The client's request headers that `operation.forwardedHeaders` lets pass; lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Identifies the conversation and its principal, where the client names it; undefined where it does not. */
  readonly conversation: string | undefined;
  /** Members that the answer gets in place of the provider's; undefined where it keeps all of them. */
  readonly answerMembers: AnswerMembers | undefined;
  /** The whole body, parsed at each read: for stages and admission, which may need more than the gateway reads. Slow for large bodies. */
  readonly input: unknown;
  /** The same call with other values of top-level members, for stages; undefined removes one. */
  with(values: Readonly<Record<string, unknown>>): Call;
}

/** Members of an answer that the gateway sets itself. */
export interface AnswerMembers {
  readonly id?: string | undefined;
  /** The id of the answer that this one continues. */
  readonly previous_response_id?: string | undefined;
  readonly background?: true | undefined;
  /** The gateway keeps it. */
  readonly store?: true | undefined;
}

/** What a call is made of. */
export interface CallParts extends Pick<Call, 'operation' | 'body' | 'stream' | 'headers'> {
  /** Read from the body unless given. */
  readonly content?: Content | undefined;
  readonly answerCheck?: AnswerCheck | undefined;
  readonly conversation?: string | undefined;
  readonly answerMembers?: AnswerMembers | undefined;
}

/** Makes a call. */
export function createCall(parts: CallParts): Call {
  return new RequestCall(parts);
}

/** The same call with another body, whose content is read from it unless given. */
export function withBody(call: Call, body: RequestBody, content?: Content): Call {
  return new RequestCall({ ...partsOf(call), body, content });
}

/** The same call, whose answer must pass a check. */
export function withAnswerCheck(call: Call, answerCheck: AnswerCheck): Call {
  return new RequestCall({ ...partsOf(call), answerCheck });
}

/** The same call, whose answer gets members of the gateway's. */
export function withAnswerMembers(call: Call, answerMembers: AnswerMembers): Call {
  return new RequestCall({ ...partsOf(call), answerMembers });
}

function partsOf(call: Call): CallParts {
  const { operation, body, content, stream, headers, answerCheck, conversation, answerMembers } = call;
  return { operation, body, content, stream, headers, answerCheck, conversation, answerMembers };
}

class RequestCall implements Call {
  readonly operation: Operation;
  readonly body: RequestBody;
  readonly content: Content;
  readonly stream: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly answerCheck: AnswerCheck | undefined;
  readonly conversation: string | undefined;
  readonly answerMembers: AnswerMembers | undefined;

  constructor({ operation, body, content, stream, headers, answerCheck, conversation, answerMembers }: CallParts) {
    this.operation = operation;
    this.body = body;
    this.content = content ?? operation.contentOf(body);
    this.stream = stream;
    this.headers = headers;
    this.answerCheck = answerCheck;
    this.conversation = conversation;
    this.answerMembers = answerMembers;
  }

  get input(): unknown {
    return this.body.parse();
  }

  with(values: Readonly<Record<string, unknown>>): Call {
    // What every request has is read where it stands in the bytes, so it is written anew.
    if (Object.keys(values).some((name) => this.operation.commonFields.has(name)))
      return withBody(this, RequestBody.of({ ...this.body.parse(), ...values }));
    return withBody(this, this.body.with(new Map(Object.entries(values))), this.content);
  }
}
