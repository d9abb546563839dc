import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Schema of a path to a PEM file, relative to the working directory. Parses to the certificates in the file, in PEM, without anything else
 * that the file contains. Reads the file synchronously.
 */
export const certificates = z
  .string()
  .min(1, 'must not be empty')
  .meta({ description: 'A PEM file with certificate authorities that are trusted in addition to the default ones.' })
  .transform((path, context) => {
    const result = readCertificates(path);
    if (typeof result === 'string') return result;
    context.addIssue({ code: 'custom', message: result.problem });
    return z.NEVER;
  });

function readCertificates(path: string): string | { readonly problem: string } {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { problem: code === 'ENOENT' ? `file '${path}' does not exist` : `file '${path}' cannot be read (${code})` };
  }
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) return { problem: `file '${path}' contains no PEM certificate` };
  if (!found.every(isCertificate)) return { problem: `file '${path}' contains a certificate that cannot be parsed` };
  return `${found.join('\n')}\n`;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
