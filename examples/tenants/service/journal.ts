import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";

/** What became of a tenant. */
export interface Entry {
  readonly tenant: string;
  /** Of the definition that is applied. */
  readonly fingerprint: string;
  /** One that has only begun was cut off: it may be as it was before, or as it was to be, or in between. */
  readonly state: (typeof states)[number];
  readonly at: string;
}

const states = ["begun", "done", "failed"] as const;

/** A file with a line for each `up` that begins, and one for its end: what is done is known after the service was interrupted, or killed. */
export class Journal {
  readonly #file: string;
  readonly #last = new Map<string, Entry>();

  constructor(file: string) {
    this.#file = file;
    if (!existsSync(file)) return;
    const text = readFileSync(file, "utf8");
    // A line without an end is one that the service was killed over: what it was to say is not known.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
    for (const [index, line] of whole.split("\n").slice(0, -1).entries()) {
      const entry = parse(line);
      if (entry === undefined) throw new Error(`${file}: line ${index + 1} is no entry of a journal`);
      this.#last.set(entry.tenant, entry);
    }
  }

  /** Whether the last `up` of a tenant ended well, and was of this definition. */
  isDone(tenant: string, fingerprint: string): boolean {
    const entry = this.#last.get(tenant);
    return entry?.state === "done" && entry.fingerprint === fingerprint;
  }

  /** Is on the disk when it returns. */
  record(entry: Entry): void {
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`, { flush: true });
    this.#last.set(entry.tenant, entry);
  }
}

function parse(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<Entry>;
    const isWhole = typeof entry.tenant === "string" && typeof entry.fingerprint === "string";
    return isWhole && states.some((state) => state === entry.state) ? (entry as Entry) : undefined;
  } catch {
    return undefined; // not JSON: the caller says where
  }
}
