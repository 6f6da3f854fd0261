/** What the resources of one program are about to own, so that two which want the same thing are found at preview. */
export class Claims {
  private readonly owners = new Map<string, string>();

  /** Returns the name of another resource that claimed it before; the same resource may claim as often as it likes. */
  claim(what: string, resource: string | undefined): string | undefined {
    if (resource === undefined) return undefined;
    const owner = this.owners.get(what);
    if (owner === undefined) this.owners.set(what, resource);
    return owner === resource ? undefined : owner;
  }
}
