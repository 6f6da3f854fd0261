import type { HttpRequest } from "../../../provider/api/http";
import { isWrite } from "../../../local/zitadel/operations";
import { operationOf } from "../../../local/zitadel/routes";
import type { Declared, Entry } from "./engine";
import { Broken, type Ended, missedSet, shownActiveKey } from "./settled";

/** What matters of a target that an execution calls. */
interface Seen {
  readonly encrypts: boolean;
  readonly hasKey: boolean;
}

/**
 * Holds, at every request, that a target which encrypts and is called by an execution keeps an active key where the program wants
 * it to have one, and that none begins to encrypt without.
 */
export class KeyWatch {
  constructor(
    private readonly world: Ended & { readonly stack: { readonly entries: readonly Entry[] } },
    private readonly declared: readonly Declared[],
  ) {}

  /** The targets that executions call, as the write side has them. */
  look(): ReadonlyMap<string, Seen> {
    const { zitadel } = this.world;
    const called = new Set(zitadel.executions().flatMap(({ targets }) => targets));
    const targets = zitadel.targets().filter(({ id }) => called.has(id));
    return new Map(
      targets.map(({ id, payloadType }) => {
        const hasKey = zitadel.publicKeys(id).some(({ active }) => active);
        return [id, { encrypts: payloadType === "PAYLOAD_TYPE_JWE", hasKey }];
      }),
    );
  }

  async hold(before: ReadonlyMap<string, Seen>, { method, path }: Pick<HttpRequest, "method" | "path">): Promise<void> {
    if (!isWrite(operationOf(method, path))) return;
    const { zitadel, lost } = this.world;
    for (const [id, now] of this.look()) {
      const was = before.get(id);
      if (was === undefined || !now.encrypts || now.hasKey) continue;
      if (was.encrypts && was.hasKey && this.isWanted(id)) {
        // What the read side never learnt is written once more; ZITADEL encrypts from there.
        if (lost.some((one) => one.path.includes(`/${id}/publickeys/`))) continue;
        throw new Broken(`target ${id} encrypts and was left without an active key by ${method} ${path}`);
      }
      // What the read side shows after a lost update is written once more: ZITADEL delivers by it, so nothing changes.
      if (lost.some((one) => one.path.endsWith(`/targets/${id}`))) continue;
      // ZITADEL executes from the read side, too: an execution that it missed calls nothing.
      if (missedSet(this.world)) continue;
      // Whether there is a key is asked of the read side, which may lag.
      // A question that fails, as those of the provider may, says nothing.
      if (!was.encrypts && (await shownActiveKey(zitadel, id).catch(() => "unknown")) === undefined)
        throw new Broken(`target ${id} began to encrypt without an active key by ${method} ${path}`);
    }
  }

  /** Whether the program declares an active key of the target. */
  private isWanted(id: string): boolean {
    const { entries } = this.world.stack;
    const idOf = (urn: string) => entries.find((entry) => entry.urn === urn && entry.isReplaced !== true)?.id ?? "";
    return this.declared.some((one) => {
      if (one.type !== "key") return false;
      const { targetId, active } = one.properties(idOf);
      return targetId === id && active === true;
    });
  }
}
