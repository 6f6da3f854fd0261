/** Where the progress is shown: a terminal, or anything else that accepts text. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows the progress: on a terminal one line that is updated, elsewhere one line for each tenant. */
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
    // If the line were wrapped, it could not be removed.
    this.#screen.write(clear + line.slice(0, (this.#screen.columns ?? 80) - 1));
  }
}

/** Moves to the start of the line and clears it. */
const clear = "\r\u001b[2K";
