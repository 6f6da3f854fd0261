import { ApiError } from "./errors";

/** An answer before it goes over the wire. A body that is no string is sent as JSON. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The answer of a piece of work: what it returns, or the refusal that it throws. */
export function answerOf(work: () => object): Answer {
  try {
    return { status: 200, body: work() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return refusal(error);
  }
}

export function refusal(error: ApiError): Answer {
  const headers = error.code === 16 ? { headers: { "www-authenticate": error.body.message } } : {};
  return { status: error.status, ...headers, body: error.body };
}
