import type { Deliveries } from "./deliveries";
import type { MessageReader } from "./message";
import { executionFor, type Execution, type ExecutionSource } from "./source";
import { callSubject, type ApiCall, type Messages } from "./subject";

/** The executions that a call of a method goes through, on its way there and on its way back. */
export interface CallExecutions {
  request: Execution | undefined;
  response: Execution | undefined;
}

/** Both are chosen as the call comes in: what the call itself changes of them counts from the next one on. */
export function executionsOfCall(source: ExecutionSource, fullMethod: string): CallExecutions | undefined {
  const method = fullMethod.replace(/^\//, "");
  const request = executionFor(source, `request/${method}`);
  const response = executionFor(source, `response/${method}`);
  return request === undefined && response === undefined ? undefined : { request, response };
}

/**
 * The life of one call: the request through the targets of its execution, the method with what they left of it, the
 * response through the targets of its own. `handle` sets the response. What refuses the call is thrown.
 */
export async function throughTargets(
  deliveries: Deliveries,
  { request, response }: CallExecutions,
  call: ApiCall,
  messages: Messages,
  handle: () => void,
  readRequest?: MessageReader,
): Promise<void> {
  if (request) await deliveries.run(request, callSubject(call, messages, "request", readRequest));
  handle();
  if (response) await deliveries.run(response, callSubject(call, messages, "response"));
}
