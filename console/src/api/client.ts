/**
 * One call of the AWS JSON 1.0 API at the origin that served this page.
 *
 * Everything that changes something goes this way, as it does for any other client.
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

export async function call<Answer>(operation: string, request: object, signal?: AbortSignal): Promise<Answer> {
  const response = await reached(operation, request, signal);
  const text = await response.text();
  const body = parsed(text);
  if (response.ok && body !== undefined) return body as Answer;
  throw refusal(response.status, body);
}

async function reached(operation: string, request: object, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch('/', {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AWSStepFunctions.${operation}` },
      body: JSON.stringify(request),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
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
