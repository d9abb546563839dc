import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The path of a file with certificates in PEM, from the working directory; becomes the certificates in it, and nothing else of it. */
export const certificates = z
  .string()
  .min(1, 'must not be empty')
  .meta({ description: 'A file in PEM: certificate authorities that are trusted beside the usual ones.' })
  .transform((path, context) => {
    const found = read(path);
    if (typeof found === 'string') return found;
    context.addIssue({ code: 'custom', message: found.problem });
    return z.NEVER;
  });

function read(path: string): string | { readonly problem: string } {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { problem: code === 'ENOENT' ? `there is no file '${path}'` : `'${path}' cannot be read (${code})` };
  }
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) return { problem: `'${path}' holds no certificate in PEM` };
  if (!found.every(isCertificate)) return { problem: `'${path}' holds a certificate that cannot be read` };
  return `${found.join('\n')}\n`;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
