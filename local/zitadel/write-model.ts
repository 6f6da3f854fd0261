import type { Event } from "./events";
import { WrittenExecutions } from "./executions/write-model";
import { WrittenKeys } from "./public-keys/write-model";
import { WrittenTargets } from "./targets/write-model";

/** The state from which commands decide. It never lags behind the event log. */
export class WriteModel {
  readonly targets = new WrittenTargets();
  readonly executions = new WrittenExecutions();
  readonly keys = new WrittenKeys();

  apply(event: Event): void {
    this.targets.apply(event);
    this.executions.apply(event);
    this.keys.apply(event);
  }
}
