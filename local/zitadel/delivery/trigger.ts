import { success, type Answer } from "../answer";
import { ApiError } from "../errors";
import type { GatewayRequest, Instance } from "../call";
import type { IdSource } from "../ids";
import type { StoredUser } from "../users";
import { executionsOfCall, throughTargets } from "./call";
import { apiCall, caller, instanceIdOf } from "./context";
import type { Deliveries } from "./deliveries";
import { FunctionSubject } from "./function";
import { objectOf } from "./go-json";
import type { SigningKeySource } from "./seal";
import { executionFor, type ExecutionSource } from "./source";
import { eventSubject, type Messages, type Subject } from "./subject";
import { readTrigger, type Trigger } from "./trigger-request";

/** Simulates a call, a function or an event, so that the targets of its executions are called. */
export class Triggers {
  constructor(
    private readonly source: ExecutionSource,
    private readonly deliveries: Deliveries,
    private readonly instance: Instance,
    private readonly ids: IdSource,
    private readonly now: () => Date,
  ) {}

  /** Returns the answer that the simulated caller would get. */
  answer(request: GatewayRequest, user: StoredUser): Answer | Promise<Answer> {
    const trigger = readTrigger(request.body);
    switch (trigger.kind) {
      case "call":
        return this.call(trigger, request, user);
      case "function":
        return this.function(trigger);
      case "event":
        return this.event(trigger, user);
    }
  }

  private async call(
    { method, request, response, ...by }: Trigger & { kind: "call" },
    sent: GatewayRequest,
    user: StoredUser,
  ): Promise<Answer> {
    const messages: Messages = { request, response };
    const executions = executionsOfCall(this.source, method);
    const call = apiCall(this.instance, sent, method, { ...caller(this.instance, user), ...by });
    let handled = request;
    const handle = () => (handled = messages.request);
    if (executions) await throughTargets(this.deliveries, executions, call, messages, handle);
    const body = objectOf({ request: handled, response: messages.response });
    return { status: 200, headers: { "content-type": "application/json" }, body };
  }

  private async function({ name, payload }: Trigger & { kind: "function" }): Promise<Answer> {
    const execution = executionFor(this.source, `function/${name}`);
    const subject = new FunctionSubject(name, payload);
    if (execution) await this.deliveries.run(execution, subject);
    return success(subject.effects());
  }

  private event(trigger: Trigger & { kind: "event" }, user: StoredUser): Answer {
    const execution = executionFor(this.source, `event/${trigger.type}`);
    if (execution) {
      const subject = this.eventSubject(trigger, user);
      // The caller that caused the event already has an answer: a failure only stops the other targets.
      const work = this.deliveries.run(execution, subject, noSigningKey).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
      });
      this.deliveries.inBackground(work);
    }
    return success({});
  }

  private eventSubject(
    { type, payload, sequence = 1, fields }: Trigger & { kind: "event" },
    user: StoredUser,
  ): Subject {
    return eventSubject({
      aggregateId: fields.aggregateID ?? this.ids.next(),
      aggregateType: fields.aggregateType ?? type.replace(/\..*$/, ""),
      resourceOwner: fields.resourceOwner ?? this.instance.organisationId,
      instanceId: fields.instanceID ?? instanceIdOf(this.instance),
      version: fields.version ?? "v2",
      sequence,
      eventType: type,
      createdAt:
        fields.created_at ??
        this.now()
          .toISOString()
          .replace(/\.?0+Z$/, "Z"),
      userId: fields.userID ?? user.userId,
      payload,
    });
  }
}

/** ZITADEL's worker for events does not know for which instance it works, and so finds no key. */
const noSigningKey: SigningKeySource = () =>
  Promise.reject(ApiError.domain(13, "QUERY-Opoh7", "Errors.WebKey.NoActive"));
