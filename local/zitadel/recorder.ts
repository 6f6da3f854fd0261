import type { IncomingHttpHeaders } from "node:http";
import { isWrite, OPERATIONS, type Operation } from "./operations";

/** A request as it arrived, without tokens, secrets and assertions. */
export interface RecordedRequest {
  /** `GET`, `POST`, `PUT` or `DELETE`. */
  method: string;
  /** The path, without the query. */
  path: string;
  /** The operation that it requests. */
  operation: Operation;
  /** The parsed JSON body, or its text if it is not JSON. For a token request, only the fields that are not secret. */
  body: unknown;
  /** The status of the answer, or `undefined` if there is no answer yet or never was one. */
  status: number | undefined;
  /** When it arrived, by the server's clock. */
  at: Date;
  /** The headers, without `authorization` and `cookie`. */
  headers: IncomingHttpHeaders;
}

/** Records the requests, and the largest number of writes that were in flight at once. */
export class Recorder {
  requests: RecordedRequest[] = [];
  /** The largest number of writes that were in flight at once. */
  maxConcurrentWrites = 0;
  private writes = 0;

  /** Records a request. Call the function that it returns when the request is over; you can call it more than once. */
  begin(request: RecordedRequest): () => void {
    this.requests.push(request);
    if (!isWrite(request.operation)) return () => undefined;
    this.writes++;
    this.maxConcurrentWrites = Math.max(this.maxConcurrentWrites, this.writes);
    let open = true;
    return () => {
      if (open) this.writes--;
      open = false;
    };
  }

  count(): Record<Operation, number> {
    const counts = Object.fromEntries(OPERATIONS.map((operation) => [operation, 0])) as Record<Operation, number>;
    for (const { operation } of this.requests) counts[operation]++;
    return counts;
  }

  clear(): void {
    this.requests = [];
    this.maxConcurrentWrites = this.writes;
  }
}
