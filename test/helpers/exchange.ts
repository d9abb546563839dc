import { connect } from 'node:net';

/** Sends bytes as they are and reads until the other side closes. */
export function exchange(url: string, bytes: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => void socket.write(bytes));
  let text = '';
  socket.on('data', (piece) => (text += piece.toString()));
  socket.on('error', () => resolve(text));
  socket.on('close', () => resolve(text));
  return promise;
}
