import type { IncomingHttpHeaders } from "node:http";
import { isWrite, OPERATIONS, type Operation } from "./operations";

/** A request as it came in. No token, secret or assertion is kept. */
export interface RecordedRequest {
  /** `GET`, `POST`, `PUT` or `DELETE`. */
  method: string;
  /** Without the query. */
  path: string;
  /** What it is for. */
  operation: Operation;
  /** The parsed JSON body, or its text if it is no JSON; of a token request the fields that are no secrets. */
  body: unknown;
  /** The status answered; `undefined` while there is no answer, or when there never was one. */
  status: number | undefined;
  /** When it came, by the stand-in's clock. */
  at: Date;
  /** Without `authorization` and `cookie`. */
  headers: IncomingHttpHeaders;
}

/** What the stand-in was asked, and how many writes it was asked for at once. */
export class Recorder {
  requests: RecordedRequest[] = [];
  /** The most writes that were on their way at the same time. */
  maxConcurrentWrites = 0;
  private writes = 0;

  /** Records a request; the function returned says that it is over, and may be called again. */
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
