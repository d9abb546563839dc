import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { fileVersionNow } from './watch-file.ts';

/** The text of a file, or why it cannot be used. A problem names the file and quotes nothing of its text. */
export type FileText = { readonly text: string } | { readonly problem: string };

/** What `${file:PATH}` in a configuration is replaced by. */
export interface SecretFiles {
  /** The text of a file, without line breaks at its end. Synchronous; never throws. */
  readonly read: (path: string) => FileText;
  /** By path, the version of each file as of its read, from `fileVersion`. Contains the files that could not be read. */
  readonly versions: ReadonlyMap<string, string>;
}

/** Largest file in bytes. Keys, passwords and tokens have a few hundred bytes. */
const MOST_BYTES = 64 * 1024;

/**
 * Reads files from this machine, each once: all references to a file get the same text, also when it is replaced in between. Paths are absolute or
 * relative to the working directory.
 */
export function createSecretFiles(): SecretFiles {
  const versions = new Map<string, string>();
  const texts = new Map<string, FileText>();
  return {
    versions,
    read(path) {
      const known = texts.get(path);
      if (known !== undefined) return known;
      // Before the read: a change in between causes a reload instead of being missed.
      versions.set(path, fileVersionNow(path));
      const found = readText(path);
      texts.set(path, found);
      return found;
    },
  };
}

function readText(path: string): FileText {
  if (path.trim() === '') return { problem: 'names no file; write ${file:/run/secrets/NAME}' };
  try {
    const bytes = readBytes(path);
    if ('problem' in bytes) return bytes;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.read).replace(/[\r\n]+$/, '');
    return text === '' ? { problem: `file '${path}' is empty` } : { text };
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return { problem: `file '${path}' is not UTF-8 text` };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const problems: Readonly<Record<string, string>> = { ENOENT: 'does not exist', EISDIR: 'is a directory' };
    return { problem: `file '${path}' ${problems[code] ?? `cannot be read (${code})`}` };
  }
}

function readBytes(path: string): { readonly read: Buffer } | { readonly problem: string } {
  // Without O_NONBLOCK opening a named pipe waits for its writer.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) return { problem: `file '${path}' is a directory` };
    if (!stats.isFile()) return { problem: `file '${path}' is not a regular file` };
    // Not the size of the file: it may grow while it is read, and is 0 in some file systems.
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < buffer.length; length += read)
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    return length > MOST_BYTES
      ? { problem: `file '${path}' is larger than 64 KB` }
      : { read: buffer.subarray(0, length) };
  } finally {
    closeSync(descriptor);
  }
}
