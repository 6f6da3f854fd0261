import { ApiError } from "./errors";

/** An answer before it is sent. If the body is not a string, it is sent as JSON. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Runs a function and returns its answer, or the rejection that it throws as an answer. */
export function answerOf(work: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
  try {
    const answer = work();
    return answer instanceof Promise ? answer.catch(refusalOf) : answer;
  } catch (error) {
    return refusalOf(error);
  }
}

export function success(body: object): Answer {
  return { status: 200, body };
}

function refusalOf(error: unknown): Answer {
  if (!(error instanceof ApiError)) throw error;
  return refusal(error);
}

export function refusal(error: ApiError): Answer {
  const headers = error.code === 16 ? { headers: { "www-authenticate": error.body.message } } : {};
  return { status: error.status, ...headers, body: error.body };
}
