/** What it is shown on: a terminal, or anything else that takes text. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** How far it is: one line that is written anew on a terminal, and elsewhere a line for each tenant. */
export class Progress {
  readonly #screen: Screen;
  readonly #total: number;
  readonly #running = new Set<string>();
  #ended = 0;
  #failed = 0;

  constructor(screen: Screen, total: number) {
    this.#screen = screen;
    this.#total = total;
  }

  began(tenant: string): void {
    this.#running.add(tenant);
    this.#rewrite();
  }

  ended(tenant: string, isDone: boolean, text: string): void {
    this.#running.delete(tenant);
    this.#ended++;
    if (!isDone) this.#failed++;
    // On a terminal only what went wrong stays in sight.
    if (!isDone || !this.#isTerminal) this.say(`${this.#count()} ${tenant}: ${text}`);
    else this.#rewrite();
  }

  /** Writes a line that stays. */
  say(line: string): void {
    this.#screen.write(`${this.#isTerminal ? clear : ""}${line}\n`);
    this.#rewrite();
  }

  /** Nothing runs any more: takes the line away. */
  close(): void {
    if (this.#isTerminal) this.#screen.write(clear);
  }

  get #isTerminal(): boolean {
    return this.#screen.isTTY === true;
  }

  #count(): string {
    return `[${String(this.#ended).padStart(String(this.#total).length)}/${this.#total}]`;
  }

  #rewrite(): void {
    if (!this.#isTerminal) return;
    const failed = this.#failed === 0 ? "" : ` ${this.#failed} failed,`;
    const line = `${this.#count()}${failed} running: ${[...this.#running].join(", ")}`;
    // A line that is wrapped could not be taken away again.
    this.#screen.write(clear + line.slice(0, (this.#screen.columns ?? 80) - 1));
  }
}

/** Back to the line's start, and what is there taken away. */
const clear = "\r\u001b[2K";
