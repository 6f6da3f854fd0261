import type { Client } from "../provider/core/client";
import { allExecutions } from "../provider/execution/search";
import type { Row as ExecutionRow, StrangeRow } from "../provider/execution/wire";
import { keysOf } from "../provider/public-key/search";
import type { Row as KeyRow } from "../provider/public-key/wire";
import { everything, pagesOf } from "../provider/api/search";
import { isAtLeast } from "../provider/api/server-time";
import type { Page } from "../provider/api/snapshot";
import { targets as allTargets } from "../provider/target/search";
import type { Row } from "../provider/target/wire";
import { concurrently } from "./concurrently";
import type { Report } from "./progress";

/** A target without its signing key, which does not belong in a program. */
export type TargetRow = Omit<Row, "signingKey">;

/** Everything of Actions v2 that an instance shows. */
export interface Inventory<Target extends TargetRow = TargetRow> {
  /** The instance's host, with its port unless that is the default. */
  readonly host: string;
  /** Oldest first. */
  readonly targets: readonly Target[];
  /** The keys of each target that has any, by its id. */
  readonly keys: ReadonlyMap<string, readonly KeyRow[]>;
  /** In the order of their ids. */
  readonly executions: readonly ExecutionRow[];
  /** Executions whose conditions this version does not know. */
  readonly strange: readonly StrangeRow[];
  /** Whether something was added or removed meanwhile, so that a row may be missing. */
  readonly changed: boolean;
}

/** How many requests for the keys of targets run at a time. */
const mostSearches = 8;

/** Reads an instance without its signing keys. */
export async function collect(client: Client, report?: Report): Promise<Inventory> {
  const inventory = await collectWithSigningKeys(client, report);
  return { ...inventory, targets: inventory.targets.map(({ signingKey, ...row }) => row) };
}

/** Reads an instance, with one request for each thousand targets and executions, and one for the keys of each target. */
export async function collectWithSigningKeys(
  client: Client,
  report: Report = () => undefined,
): Promise<Inventory<Row>> {
  const [targets, executions] = await Promise.all([
    listed(pagesOf(client, allTargets)),
    listed(pagesOf(client, allExecutions)),
  ]);
  const rows = unique(targets.rows).sort(byAge);
  const keys = await concurrently(
    rows,
    mostSearches,
    ({ id }) => listed(pagesOf(client, keysOf(id))),
    (done) => report("reading keys", done, rows.length),
  );
  return {
    host: new URL(client.instance.origin).host,
    targets: rows,
    keys: new Map(
      rows
        .map(({ id }, index): [string, readonly KeyRow[]] => [id, keys[index]?.rows ?? []])
        .filter(([, ofTarget]) => ofTarget.length > 0),
    ),
    executions: unique(executions.rows.filter((row) => row.id !== undefined)).sort((one, other) =>
      one.id < other.id ? -1 : 1,
    ),
    strange: executions.rows.filter((row) => row.id === undefined),
    changed: [targets, executions, ...keys].some(({ changed }) => changed),
  };
}

/** All rows of a list, and whether its length changed between the pages. */
async function listed<Row>(
  page: (offset: number, limit: number) => Promise<Page<Row>>,
): Promise<{ rows: Row[]; changed: boolean }> {
  const totals = new Set<number>();
  const rows = await everything(async (offset, limit) => {
    const found = await page(offset, limit);
    totals.add(found.total);
    return found;
  });
  return { rows, changed: totals.size > 1 };
}

/** Removes duplicates: a row that moved to the next page meanwhile was read twice. */
function unique<Row extends { readonly id: string }>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

function byAge(one: TargetRow, other: TargetRow): number {
  if (one.creationDate === other.creationDate) return one.id < other.id ? -1 : 1;
  return isAtLeast(one.creationDate, other.creationDate) ? 1 : -1;
}
