import type { Inventory, TargetRow } from "../../cli/inventory";
import type { Row as ExecutionRow } from "../../provider/execution/wire";
import { conditionOf } from "../../provider/execution/condition";
import { fingerprintOf } from "../../provider/public-key/pem";
import type { Row as KeyRow } from "../../provider/public-key/wire";
import { base64 } from "./keys";

const date = "2026-07-01T12:00:00.123456Z";

/** An instance that shows what is given, and nothing else. */
export function inventory(shown: Partial<Inventory> = {}): Inventory {
  const nothing = { targets: [], keys: new Map(), executions: [], strange: [], changed: false };
  return { host: "acme.zitadel.cloud", ...nothing, ...shown };
}

export function target(id: string, row: Partial<TargetRow> = {}): TargetRow {
  const kind = "restCall" in row || "restAsync" in row || "restWebhook" in row ? {} : { restWebhook: {} };
  const common = { name: `target ${id}`, endpoint: "https://example.com/hook", timeout: "10s" };
  return { id, creationDate: date, changeDate: date, ...common, ...kind, ...row };
}

export function key(keyId: string, pem: string, row: Partial<KeyRow> = {}): KeyRow {
  const fingerprint = fingerprintOf(pem) ?? "SHA256:none";
  return { keyId, publicKey: base64(pem), fingerprint, active: false, creationDate: date, changeDate: date, ...row };
}

export function execution(id: string, targets: readonly string[]): ExecutionRow {
  const condition = conditionOf(id);
  if (condition === undefined) throw new Error(`${id} is no id of an execution`);
  return { id, condition, targets, creationDate: date, changeDate: date };
}
