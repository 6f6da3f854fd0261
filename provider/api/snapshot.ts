import DataLoader from "dataloader";
import type { Clock } from "./retry";

/** One page of a listing, and the total number of rows. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
  /** How many rows of the page were left out, because this version does not know what they are. */
  readonly strange?: number;
}

/** How to request a resource's rows. */
export interface Listing<Row> {
  id(row: Row): string;
  /** A page of all rows, in a stable order. */
  page(offset: number, limit: number): Promise<Page<Row>>;
  /** The rows with these ids, at most a page of them. */
  byIds(ids: readonly string[]): Promise<readonly Row[]>;
}

/** ZITADEL's largest page. */
export const pageSize = 1000;
/** With more rows than this, a listing costs more than it saves. */
const mostListed = 20_000;
/** A refresh reads everything within moments; a later read needs newer data. */
const lifetime = 30_000;

/** Serves a refresh from one listing. Pulumi never says how many reads will follow, so the first one lists everything. */
export class Snapshot<Row> {
  private current: { readonly rows: ReturnType<Snapshot<Row>["list"]>; readonly until: number } | undefined;
  /** Simultaneous requests by id share one search. */
  private readonly questions = new DataLoader<string, Row | undefined>((ids) => this.ask(ids), {
    cache: false,
    maxBatchSize: pageSize,
    batchScheduleFn: setImmediate,
  });

  constructor(
    private readonly listing: Listing<Row>,
    private readonly clock: Clock,
  ) {}

  /** The row in the listing, or `undefined`, which does not prove that the object does not exist. */
  async find(id: string): Promise<Row | undefined> {
    if (this.current === undefined || this.clock.now() > this.current.until) {
      const rows = this.list();
      this.current = { rows, until: this.clock.now() + lifetime };
      rows.catch(() => {
        if (this.current?.rows === rows) this.current = undefined;
      });
    }
    const { found, complete } = await this.current.rows;
    return found.get(id) ?? (complete ? undefined : this.findNow(id));
  }

  /** The row that the server shows now. */
  findNow(id: string): Promise<Row | undefined> {
    return this.questions.load(id);
  }

  /** Call it after a write of our own: the listing is then out of date. */
  forget(): void {
    this.current = undefined;
  }

  private async ask(ids: readonly string[]): Promise<(Row | undefined)[]> {
    const rows = this.index(await this.listing.byIds([...new Set(ids)]));
    return ids.map((id) => rows.get(id));
  }

  private async list() {
    const first = await this.listing.page(0, pageSize);
    const found = this.index(first.rows);
    if (first.total > mostListed) return { found, complete: false };
    for (let offset = pageSize; offset < first.total; offset += pageSize) {
      for (const row of (await this.listing.page(offset, pageSize)).rows) found.set(this.listing.id(row), row);
    }
    return { found, complete: true };
  }

  private index(rows: readonly Row[]): Map<string, Row> {
    return new Map(rows.map((row) => [this.listing.id(row), row]));
  }
}
