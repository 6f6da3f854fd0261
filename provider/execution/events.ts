import * as pulumi from "@pulumi/pulumi";
import { payloadTypeOf } from "../target/resource";
import type { ZitadelExecution, ZitadelExecutionArgs } from "./resource";

/** Warns in a preview of events for a target of the program that never gets any. At apply the provider asks ZITADEL itself. */
export function warnOfUndeliverableEvents(execution: ZitadelExecution, name: string, args: ZitadelExecutionArgs): void {
  if (!pulumi.runtime.isDryRun() || !Array.isArray(args.targets)) return;
  const types = args.targets.map((id) => payloadTypeOf(id));
  pulumi.all([args.condition, types]).apply(([condition, known]) => {
    const type = known.find((one) => one === "PAYLOAD_TYPE_JWT" || one === "PAYLOAD_TYPE_JWE");
    if (type === undefined || !("event" in condition)) return;
    const text = `${name} is triggered by events, and ZITADEL never delivers events to a target of ${type}: nothing would arrive. Give the target PAYLOAD_TYPE_JSON.`;
    void pulumi.log.warn(text, execution);
  });
}
