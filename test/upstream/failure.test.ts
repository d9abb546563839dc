import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../../src/upstream/failure.ts';
import { Unreachable } from '../../src/upstream/unreachable.ts';

const NO_REPLY = { anyReply: false };

function systemError(code: string, syscall = 'connect'): Error {
  return Object.assign(new Error(`${syscall} ${code} 10.1.2.3:443`), { code, syscall });
}

/** What the failure of a connection to several addresses is. */
function kindOfAll(...errors: readonly Error[]): string {
  return failureOf(Object.assign(new AggregateError(errors), { code: 'EMFILE' }), NO_REPLY).kind;
}

/** The file descriptor that the next file of this process gets. */
function nextFile(): number {
  const file = openSync(devNull, 'r');
  closeSync(file);
  return file;
}

describe.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'EADDRNOTAVAIL', 'EAI_MEMORY'])('%s', (code) => {
  test('is a lack of resources of this machine, named without the address', () => {
    const failure = failureOf(systemError(code), NO_REPLY);
    expect(failure.kind).toBe('no_resources');
    expect(failure.message).toBe(`The gateway has no resources for a connection (${code}).`);
  });

  test('is one behind a proxy too', () => {
    const unreachable = new Unreachable('The proxy cannot be reached.', { cause: systemError(code) });
    expect(failureOf(unreachable, NO_REPLY)).toMatchObject({
      kind: 'no_resources',
      message: `The gateway has no resources for a connection (${code}).`,
    });
  });

  test('is none after a part of the reply', () => {
    expect(failureOf(systemError(code, 'read'), { anyReply: true }).kind).toBe('cut');
  });
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])(
  '%s is no lack of resources',
  (code) => {
    expect(failureOf(systemError(code), NO_REPLY)).toMatchObject({ kind: 'refused', message: `No reply (${code}).` });
    expect(failureOf(systemError(code, 'getaddrinfo'), NO_REPLY).kind).toBe('refused');
  },
);

test('of several addresses each must lack resources', () => {
  const lacking = systemError('EMFILE');
  const refused = systemError('ECONNREFUSED');
  expect(kindOfAll(lacking, lacking)).toBe('no_resources');
  expect(kindOfAll(lacking, refused)).toBe('refused');
});

test('a decision of the gateway or the proxy is no lack of resources', () => {
  const failure = failureOf(new Unreachable('The proxy refused the connection (403).'), NO_REPLY);
  expect(failure).toMatchObject({ kind: 'refused', message: 'The proxy refused the connection (403).' });
});

test('looking whether a file can be opened leaves none open', () => {
  const before = nextFile();
  for (let n = 0; n < 10; n++) failureOf(systemError('ENOTFOUND', 'getaddrinfo'), NO_REPLY);
  expect(nextFile()).toBe(before);
});
