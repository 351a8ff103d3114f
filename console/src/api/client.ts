/**
 * Calls to the origin that served this page: AWS's operations, and what this server tells beside them.
 *
 * Everything that changes something is an operation of AWS's, as it is for any other client; where the server
 * has keys, each call is signed with those of the one who signed in.
 */
import { isAboutKeys, keysNow, refused } from './session.ts';
import { signed } from './sign.ts';
import type { Keys } from './sign.ts';

/** A refusal in AWS's words, or a server that could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && /DoesNotExist|ResourceNotFound|InvalidArn/.test(error.code);
}

type Signal = AbortSignal | undefined;

interface Asked {
  method: 'GET' | 'POST';
  address: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** `keys`: others than those of the session, to see whether they are good. */
export function call<Answer>(operation: string, request: object, signal?: Signal, keys: Keys | undefined = keysNow()): Promise<Answer> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AWSStepFunctions.${operation}` };
  return answered({ method: 'POST', address: '/', headers, body: JSON.stringify(request) }, signal, keys);
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** What only this server tells: lists over all machines, counts. */
export function look<Answer>(what: string, query: Query, signal?: Signal): Promise<Answer> {
  return answered(looking(what, query, {}), signal, keysNow());
}

/** The same as a stream that goes on as long as there is something to tell. */
export async function follow(what: string, query: Query, lastEventId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const keys = keysNow();
  const response = await reached(looking(what, query, headers), signal, keys);
  if (response.ok && response.body !== null) return response.body;
  throw refusal(response.status, parsed(await response.text()), keys);
}

function looking(what: string, query: Query, headers: Asked['headers']): Asked {
  return { method: 'GET', address: `/console/api/${what}?${queryText(query)}`, headers, body: '' };
}

/** As a signature wants it: spaces as `%20`, and nothing plain but letters, digits and `-._~`. */
export function queryText(query: Query): string {
  const encoded = (value: string) => encodeURIComponent(value).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encoded(String(value))}`)
    .join('&');
}

async function answered<Answer>(asked: Asked, signal: Signal, keys: Keys | undefined): Promise<Answer> {
  const response = await reached(asked, signal, keys);
  const body = parsed(await response.text());
  if (response.ok && body !== undefined) return body as Answer;
  throw refusal(response.status, body, keys);
}

async function reached({ method, address, headers, body }: Asked, signal: Signal, keys: Keys | undefined): Promise<Response> {
  const url = new URL(address, window.location.origin);
  const sent = keys === undefined ? headers : await signed({ method, url, headers: { ...headers, ...apart() }, body }, keys, new Date());
  try {
    return await fetch(address, { method, headers: sent, ...(method === 'POST' ? { body } : {}), ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError('Unreachable', 'the server does not answer', 0);
  }
}

/** Two equal calls of one second are two: a server that answers each signature once must see it. */
function apart(): Record<string, string> {
  return { 'amz-sdk-invocation-id': crypto.randomUUID() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, body: unknown, keys: Keys | undefined): ApiError {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const code = typeof fields['__type'] === 'string' ? fields['__type'].replace(/^.*#/, '') : `HTTP ${status}`;
  const told = fields['message'] ?? fields['Message'];
  const message = typeof told === 'string' ? told : 'the server gave no reason';
  if (isAboutKeys(code)) refused(code, message, keys);
  return new ApiError(code, message, status);
}
