import type { Deliveries } from "./deliveries";
import type { MessageReader } from "./message";
import { executionFor, type Execution, type ExecutionSource } from "./source";
import { callSubject, type ApiCall, type Messages } from "./subject";

/** The executions for the request and for the response of a call. */
export interface CallExecutions {
  request: Execution | undefined;
  response: Execution | undefined;
}

/** Chooses both when the call arrives. If the call itself changes them, that takes effect with the next call. */
export function executionsOfCall(source: ExecutionSource, fullMethod: string): CallExecutions | undefined {
  const method = fullMethod.replace(/^\//, "");
  const request = executionFor(source, `request/${method}`);
  const response = executionFor(source, `response/${method}`);
  return request === undefined && response === undefined ? undefined : { request, response };
}

/**
 * Handles one call. The targets of the request's execution get the request and can change it, then the method runs, then the
 * targets of the response's execution get the response. `handle` sets the response. Throws if something rejects the call.
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
