/** Where the progress is shown: a terminal, or anything else that accepts text. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Shows the progress: on a terminal one line that is updated every second. Elsewhere one line for each tenant that ends, and every half
 * a minute one with those that run.
 */
export class Progress {
  readonly #screen: Screen;
  readonly #total: number;
  readonly #running = new Set<string>();
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  #ended = 0;
  #failed = 0;

  constructor(screen: Screen, total: number) {
    this.#screen = screen;
    this.#total = total;
    const show = () => (this.#isTerminal ? this.#rewrite() : screen.write(`${this.#line()}\n`));
    this.#timer = setInterval(show, this.#isTerminal ? 1_000 : 30_000).unref();
  }

  began(tenant: string): void {
    this.#running.add(tenant);
    this.#rewrite();
  }

  ended(tenant: string, isDone: boolean, text: string): void {
    this.#running.delete(tenant);
    this.#ended++;
    if (!isDone) this.#failed++;
    // On a terminal, only failures stay visible.
    if (!isDone || !this.#isTerminal) this.say(`${this.#count()} ${tenant}: ${text}`);
    else this.#rewrite();
  }

  /** Writes a line that stays visible. */
  say(line: string): void {
    this.#screen.write(`${this.#isTerminal ? clear : ""}${line}\n`);
    this.#rewrite();
  }

  /** Removes the line, at the end. */
  close(): void {
    clearInterval(this.#timer);
    if (this.#isTerminal) this.#screen.write(clear);
  }

  get #isTerminal(): boolean {
    return this.#screen.isTTY === true;
  }

  #count(): string {
    const seconds = Math.round((performance.now() - this.#began) / 1_000);
    return `[${String(this.#ended).padStart(String(this.#total).length)}/${this.#total}, ${seconds} s]`;
  }

  #line(): string {
    const failed = this.#failed === 0 ? "" : ` ${this.#failed} failed,`;
    return `${this.#count()}${failed} running: ${[...this.#running].join(", ")}`;
  }

  #rewrite(): void {
    if (!this.#isTerminal) return;
    // If the line were wrapped, it could not be removed.
    this.#screen.write(clear + this.#line().slice(0, (this.#screen.columns ?? 80) - 1));
  }
}

/** Moves to the start of the line and clears it. */
const clear = "\r\u001b[2K";
