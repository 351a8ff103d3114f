/**
 * Signature Version 4 over a request of the console's, made with the browser's own cryptography.
 *
 * Here: what is signed, and how. Not here: whose keys they are (`session`). Browsers offer cryptography only to
 * pages that came by TLS or from the machine itself.
 * INVARIANT: the secret goes into the signature and nowhere else.
 */

export interface Keys {
  id: string;
  secret: string;
  /** Of temporary keys. */
  token?: string;
  region: string;
}

export interface Signable {
  method: string;
  /** With the query as it is sent: each value percent-encoded but for letters, digits and `-._~`. */
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'states';

export function canSign(): boolean {
  return globalThis.crypto?.subtle !== undefined;
}

/** The headers of the request and those that prove who sends it. */
export async function signed({ method, url, headers, body }: Signable, keys: Keys, now: Date): Promise<Record<string, string>> {
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const date = time.slice(0, 8);
  const proven = {
    ...headers,
    'x-amz-date': time,
    ...(keys.token === undefined ? {} : { 'x-amz-security-token': keys.token }),
  };
  const lines: Record<string, string> = { ...proven, host: url.host };
  const names = Object.keys(lines).sort();
  const canonical = [
    method,
    url.pathname,
    sortedQuery(url.search.slice(1)),
    ...names.map((name) => `${name}:${(lines[name] ?? '').trim().replaceAll(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    hex(await sha256(body)),
  ].join('\n');
  const scope = `${date}/${keys.region}/${SERVICE}/aws4_request`;
  let key = utf8(`AWS4${keys.secret}`);
  for (const part of scope.split('/')) key = await hmac(key, part);
  const signature = hex(await hmac(key, [ALGORITHM, time, scope, hex(await sha256(canonical))].join('\n')));
  const authorization = `${ALGORITHM} Credential=${keys.id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...proven, authorization };
}

/** Parameters by name; none of the console's has the name of another one. */
function sortedQuery(query: string): string {
  const pairs = query === '' ? [] : query.split('&').map((pair) => [pair.split('=', 1)[0] ?? '', pair] as const);
  return pairs.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, pair]) => pair).join('&');
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const sha256 = async (text: string) => new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text)));

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, utf8(text)));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
