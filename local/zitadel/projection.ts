import type { Event } from "./events";
import { ExecutionTable } from "./executions/events";
import { KeyTable } from "./public-keys/events";
import { TargetTable } from "./targets/events";

/** The tables into which events are projected: what reads can show. */
export class Projection {
  readonly targets = new TargetTable();
  readonly executions = new ExecutionTable();
  readonly keys = new KeyTable();

  apply(event: Event): void {
    this.targets.apply(event);
    this.executions.apply(event);
    this.keys.apply(event);
  }
}
