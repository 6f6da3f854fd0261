import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";

/** One line of the journal: what happened to a tenant. */
export interface Entry {
  readonly tenant: string;
  /** The fingerprint of the definition that is applied. */
  readonly fingerprint: string;
  /** An `up` that has only begun was interrupted: the stack can be in the old state, in the new one, or in between. */
  readonly state: (typeof states)[number];
  readonly at: string;
}

const states = ["begun", "done", "failed"] as const;

/** A file with one line for the beginning of each `up` and one for its end. After an interruption or a kill, it says what is done. */
export class Journal {
  readonly #file: string;
  readonly #last = new Map<string, Entry>();
  readonly #since = new Map<string, Date>();

  constructor(file: string) {
    this.#file = file;
    if (!existsSync(file)) return;
    const text = readFileSync(file, "utf8");
    // If the last line is incomplete, the service was killed while it wrote the line. Ignore the line.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
    for (const [index, line] of whole.split("\n").slice(0, -1).entries()) {
      const entry = parse(line);
      if (entry === undefined) throw new Error(`${file}: line ${index + 1} is not a journal entry`);
      this.#note(entry);
    }
  }

  /** Whether the tenant's last `up` succeeded and applied this definition. */
  isDone(tenant: string, fingerprint: string): boolean {
    const entry = this.#last.get(tenant);
    return entry?.state === "done" && entry.fingerprint === fingerprint;
  }

  /** When the tenant's first `up` after the last one that succeeded began. */
  unfinishedSince(tenant: string): Date | undefined {
    return this.#since.get(tenant);
  }

  /** Adds an entry. It is on the disk when this returns. */
  record(entry: Entry): void {
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`, { flush: true });
    this.#note(entry);
  }

  #note(entry: Entry): void {
    const { tenant, state, at } = entry;
    this.#last.set(tenant, entry);
    if (state === "done") this.#since.delete(tenant);
    else if (!this.#since.has(tenant)) this.#since.set(tenant, new Date(at));
  }
}

function parse(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<Entry>;
    const isWhole = typeof entry.tenant === "string" && typeof entry.fingerprint === "string";
    return isWhole && states.some((state) => state === entry.state) ? (entry as Entry) : undefined;
  } catch {
    return undefined; // not JSON: the caller names the line
  }
}
