/** Limits how many acts run at a time; the others wait in order. */
export class Gate {
  private passing = 0;
  private readonly waiting: { readonly most: number; readonly go: () => void }[] = [];

  async pass<T>(most: number, act: () => Promise<T>): Promise<T> {
    if (this.waiting.length === 0 && this.passing < most) this.passing++;
    else await new Promise<void>((go) => this.waiting.push({ most, go }));
    try {
      return await act();
    } finally {
      this.passing--;
      this.next();
    }
  }

  private next(): void {
    for (let first = this.waiting[0]; first !== undefined && this.passing < first.most; first = this.waiting[0]) {
      this.passing++;
      this.waiting.shift();
      first.go();
    }
  }
}
