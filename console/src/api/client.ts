/**
 * Calls to the origin that served this page: AWS's operations, and what this server tells beside them.
 *
 * Everything that changes something is an operation of AWS's, as it is for any other client.
 */

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

export function call<Answer>(operation: string, request: object, signal?: AbortSignal): Promise<Answer> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AWSStepFunctions.${operation}` };
  return answered('/', { method: 'POST', headers, body: JSON.stringify(request), ...(signal ? { signal } : {}) });
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** What only this server tells: lists over all machines, counts. */
export function look<Answer>(what: string, query: Query, signal?: AbortSignal): Promise<Answer> {
  return answered(`/console/api/${what}?${queryText(query)}`, signal ? { signal } : {});
}

/** Spaces as `%20`: a plus stays a plus. */
export function queryText(query: Query): string {
  return Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&');
}

async function answered<Answer>(address: string, request: RequestInit): Promise<Answer> {
  const response = await reached(address, request);
  const body = parsed(await response.text());
  if (response.ok && body !== undefined) return body as Answer;
  throw refusal(response.status, body);
}

async function reached(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request);
  } catch (error) {
    if (request.signal?.aborted === true) throw error;
    throw new ApiError('Unreachable', 'the server does not answer', 0);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, body: unknown): ApiError {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const code = typeof fields['__type'] === 'string' ? fields['__type'].replace(/^.*#/, '') : `HTTP ${status}`;
  const message = fields['message'] ?? fields['Message'];
  return new ApiError(code, typeof message === 'string' ? message : 'the server gave no reason', status);
}
