import { ApiError } from "./errors";

/** An answer before it goes over the wire. A body that is no string is sent as JSON. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** What a piece of work answers, or the refusal that it throws. */
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
