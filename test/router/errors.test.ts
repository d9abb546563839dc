import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { retryableRpcCodes } from '@trpc/server/unstable-core-do-not-import';
import { expect, test } from 'vitest';
import { ERRORS, GatewayError } from '../../src/domain/errors.ts';
import { CallError, errorShape, fromTrpcError, trpcCodeOf } from '../../src/router/errors.ts';

test("no status maps to a number on which tRPC's own client retries", () => {
  expect(retryableRpcCodes.length).toBeGreaterThan(0);
  for (let status = 400; status < 600; status++) {
    expect([status, retryableRpcCodes]).not.toEqual([
      status,
      expect.arrayContaining([TRPC_ERROR_CODES_BY_KEY[trpcCodeOf(status)]]),
    ]);
  }
});

test('no error of the gateway has such a number, and each keeps its code and status in the data', () => {
  for (const [code, { status }] of Object.entries(ERRORS)) {
    const shape = errorShape(new GatewayError(code as keyof typeof ERRORS, { message: 'm' }), { path: 'p' });
    expect(retryableRpcCodes).not.toContain(shape.code);
    expect(shape.data).toMatchObject({ code, status, path: 'p' });
  }
});

test("a provider's refusal of the request is a bad request to tRPC, with the provider's status in the data", () => {
  const upstream = { status: 418, error: { message: 'tea', type: 't', param: 'p', code: 'c' } };
  const shape = errorShape(new GatewayError('invalid_request', { message: 'tea', upstream }), {});
  expect(shape).toMatchObject({ message: 'tea', code: TRPC_ERROR_CODES_BY_KEY.BAD_REQUEST });
  expect(shape.data).toMatchObject({ status: 418, type: 't', param: 'p', code: 'c' });
});

test('any other error shows neither its own message nor that of its cause', () => {
  const secret = new Error('password=hunter2');
  const thrown = [
    new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: secret.message, cause: secret }),
    new TRPCError({ code: 'BAD_REQUEST', message: secret.message, cause: secret }),
    new TRPCError({ code: 'PARSE_ERROR', message: secret.message, cause: secret }),
    new CallError(GatewayError.from(secret), { id: 'req_1', clientRequestId: undefined }),
  ];
  for (const error of thrown) {
    const shape = errorShape(fromTrpcError(error), {});
    expect(JSON.stringify(shape)).not.toMatch(/hunter2|stack|\.ts/);
    expect(retryableRpcCodes).not.toContain(shape.code);
  }
});
