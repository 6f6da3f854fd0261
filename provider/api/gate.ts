/** Limits how many acts run at a time; the others wait in order. */
export class Gate {
  private passing = 0;
  private readonly waiting: { readonly most: number; readonly go: () => void }[] = [];

  /** @param act gets whether it had to wait. */
  async pass<T>(most: number, act: (hasWaited: boolean) => Promise<T>): Promise<T> {
    const isFree = this.waiting.length === 0 && this.passing < most;
    if (isFree) this.passing++;
    else await new Promise<void>((go) => this.waiting.push({ most, go }));
    try {
      return await act(!isFree);
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
