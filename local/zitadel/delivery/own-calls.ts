import type { Call, GatewayRequest, Instance } from "../call";
import { ApiError, goError } from "../errors";
import type { ApiOperation } from "../operations";
import type { StoredUser } from "../users";
import { executionsOfCall, throughTargets, type CallExecutions } from "./call";
import { apiCall, caller } from "./context";
import type { Deliveries } from "./deliveries";
import { goJson } from "./go-json";
import { readMessage, type MessageReader } from "./message";
import { fieldTestOf, fullMethodOf, requestJson, valuesOf } from "./own-methods";
import type { ExecutionSource } from "./source";
import type { Messages } from "./subject";

/** A permitted call of the mock server's own API. */
export interface OwnCall {
  operation: ApiOperation;
  /** The values in its path. */
  values: readonly string[];
  call: Call;
  /** Carries out the call as it was sent. */
  work: () => object;
  request: GatewayRequest;
  user: StoredUser;
}

/**
 * Runs the targets of executions for calls of the mock server's own API, also for the calls that would remove these executions.
 */
export class OwnCalls {
  constructor(
    private readonly source: ExecutionSource,
    private readonly deliveries: Deliveries,
    private readonly instance: Instance,
  ) {}

  /** Carries out a call. If there is no execution for it, does so at once. */
  perform(own: OwnCall): object | Promise<object> {
    const fullMethod = fullMethodOf(own.operation, own.values, own.request.path);
    const executions = executionsOfCall(this.source, fullMethod);
    return executions === undefined ? own.work() : this.performThrough(executions, fullMethod, own);
  }

  private async performThrough(executions: CallExecutions, fullMethod: string, own: OwnCall): Promise<object> {
    const { operation, values, request, user } = own;
    const sent = requestJson(operation, values, request.body);
    const messages: Messages = { request: sent, response: "{}" };
    const handle = () => {
      const work = messages.request === sent ? own.work : changedWork(own, messages.request);
      messages.response = goJson(work());
    };
    const call = apiCall(this.instance, request, fullMethod, caller(this.instance, user));
    await throughTargets(this.deliveries, executions, call, messages, handle, readerOf(own));
    return JSON.parse(messages.response) as object;
  }
}

/** Carries out a call with the request as its targets changed it. */
function changedWork({ call, operation, values }: OwnCall, request: string): () => object {
  return call.prepare(valuesOf(operation, values, request), request);
}

/** Reads an answer as the call's request. An invalid answer empties the request. */
function readerOf(own: OwnCall): MessageReader {
  return (answer, keep) => {
    readMessage(answer, keep, undefined, fieldTestOf(own.operation));
    try {
      changedWork(own, answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      keep("{}");
      throw goError(error.message);
    }
  };
}
