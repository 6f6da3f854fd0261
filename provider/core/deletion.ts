import type { Client } from "./client";
import type { ZitadelError } from "../api/errors";
import { isAtLeast } from "../api/server-time";
import { adoptingKey, isOpen, withoutHidden } from "./hidden";
import { type Hindrance, hindrances, refreshThenUp } from "./hindrances";
import type { Ledger } from "./ledger";
import type { Context } from "./lifecycle";
import type { Places } from "./places";
import type { Properties } from "./properties";
import { quiet, type Scope } from "./scope";

/** The deletion of one object, whose entry leaves the stack. The object stays if another resource of the program has it. */
export class Deletion {
  private readonly client: Client;
  private readonly ledger: Ledger;
  private readonly object: string;
  /** The object's name in the ledger. */
  private readonly what: string;

  /**
   * @param resource whose entry is deleted.
   * @param olds its state.
   */
  constructor(
    private readonly scope: Scope,
    private readonly places: Places,
    private readonly resource: string | undefined,
    private readonly id: string,
    private readonly olds: Properties,
  ) {
    this.client = scope.client(olds);
    this.ledger = this.client.ledger;
    this.object = scope.lifecycle.objectId(id, olds);
    this.what = scope.named(this.object);
  }

  /** @throws {ZitadelError} if another resource may be about to take the object over, or still uses it. */
  async run(): Promise<void> {
    const { ledger, olds, what } = this;
    const { lifecycle, log } = this.scope;
    const { blindness } = ledger;
    if (blindness !== undefined) throw this.refusal(hindrances.blindness(blindness));
    if (this.isNeighbours()) return;
    await this.places.of(this.id, olds);
    // The state may have an old name of the resource (`pulumi state rename`), which another resource has now.
    const replacing = ledger.replacedBy(what, "");
    const context = this.scope.context(replacing ?? this.resource, olds);
    const claim = lifecycle.claimOf(olds);
    const keeper = ledger.keeper(what, claim, { deleting: this.resource, replacing });
    // A take-over that got no answer may still be given up: then this entry is what the stack knows of the object.
    const isGivenUp = keeper?.is === "owner" && ledger.tries.leftOf(keeper.resource)?.properties[adoptingKey] === true;
    if (keeper?.is === "owner" && !isGivenUp) {
      await this.restore(context, keeper.resource);
      log.info(`${this.stays(keeper.resource)}.`);
      return;
    }
    const twin = await this.scope.twinOf(this.client, this.object, olds);
    if (twin !== undefined) throw this.refusal(hindrances.twin(twin));
    if (olds[adoptingKey] === true) {
      log.warn(
        `${what} is not deleted with this entry of the stack: it was there before, and the deployment that was to take it over got no answer. That may have changed it. If another resource of this stack has it, run \`pulumi refresh\`, then \`pulumi up\`; otherwise look at it in ZITADEL.`,
      );
      return;
    }
    const passed = ledger.passedOver(what, claim, replacing);
    if (passed !== undefined && (await this.isRenamed(context)))
      throw this.refusal(hindrances.passedOver(passed, this.client.instance.origin));
    if (keeper !== undefined) throw this.refusal(hindrances[isGivenUp ? "adopter" : keeper.is](keeper.resource));
    const { failure } = ledger;
    if (failure !== undefined && replacing === undefined) throw this.refusal(hindrances.failure(failure));
    const user = ledger.userOf(what);
    if (user !== undefined) throw this.refusal(hindrances.user(user));
    await this.delete(context);
  }

  private async delete(context: Context): Promise<void> {
    const { ledger, olds, what } = this;
    const { lifecycle } = this.scope;
    // It can take a while to see that nothing needs the object: meanwhile, another resource may take it over.
    const before = ledger.ownerOf(what);
    const verifyFree = () => {
      const owner = ledger.seize(what, context.resource, before);
      if (owner !== undefined) throw this.refusal(hindrances.owner(owner));
    };
    try {
      const date = await lifecycle.delete({ ...context, verifyFree }, this.object, withoutHidden(olds));
      ledger.deleted(what, lifecycle.uses(olds), date);
    } finally {
      ledger.letGo(what);
    }
  }

  /**
   * Whether a resource with another provider has the object.
   *
   * @throws {ZitadelError} if it has not written the object yet.
   */
  private isNeighbours(): boolean {
    const { olds } = this;
    const neighbour = this.ledger.neighbour(this.what);
    if (neighbour === undefined) return false;
    const { resource, stage, dates } = neighbour;
    if (stage === "taking") throw this.refusal(hindrances.adopter(resource));
    // An earlier deployment may have taken the object over for this entry, and changed it: see `restore`.
    const { changeDate = "" } = olds;
    const isCovered = dates.some((date) => isAtLeast(String(date), String(changeDate)));
    if (stage === "declared" && (isOpen(olds) || !isCovered)) throw this.refusal(hindrances.changed(resource));
    this.scope.log.info(`${this.stays(resource)}, which has another provider.`);
    return true;
  }

  /** Whether the server has the object under another name than the state. */
  private async isRenamed(context: Context): Promise<boolean> {
    const { lifecycle } = this.scope;
    const asked = { ...quiet(context), isUnsure: true };
    const found = await lifecycle.read(asked, this.object, withoutHidden(this.olds));
    return found !== undefined && lifecycle.claimOf(found.state) !== lifecycle.claimOf(this.olds);
  }

  /**
   * Changes the object back to what its owner declares. An earlier deployment may have taken it over, and changed it, for the resource
   * whose entry is deleted now: that entry may be newer than the owner's, which did not change then, so its diff did not see that.
   */
  private async restore(context: Context, owner: string): Promise<void> {
    const { object, olds, what } = this;
    const { lifecycle, log } = this.scope;
    const expected = this.ledger.expected(what);
    if (expected === undefined) return;
    const state = withoutHidden(expected.state);
    const dates = [state, olds].map(({ changeDate }) => (typeof changeDate === "string" ? changeDate : ""));
    const changeDate = dates.reduce((one, other) => (isAtLeast(one, other) ? one : other));
    const isNewer = isOpen(olds) || changeDate !== dates[0];
    const recorded = [state, withoutHidden(olds)];
    const unsure = { ...quiet(context), resource: owner, isUnsure: isNewer, recorded };
    const now = (await lifecycle.read(unsure, object, { ...state, changeDate }))?.state;
    if (now === undefined) return;
    const refusal = (problem: string) =>
      this.refusal({ said: `it belongs to ${owner} of the program, and ${problem}`, hint: refreshThenUp });
    if (!isAtLeast(String(now["changeDate"]), changeDate)) throw refusal("ZITADEL does not show its last change");
    if (now["signingKey"] !== state["signingKey"]) throw refusal("has another signing key than the state of that");
    // Where reading does not tell what an unanswered write did, writing again does.
    const isUnread = isOpen(olds) && !lifecycle.confirms;
    if (!isUnread && !lifecycle.diff(now, expected.inputs).changes) return;
    await lifecycle.update({ ...unsure, isUnsure: isUnread }, object, now, expected.inputs);
    log.info(`${what} was not as ${owner} of the program declares it: it was changed back.`);
  }

  /** That the object is not deleted with an entry of the stack. */
  private stays(owner: string): string {
    return `${this.what} stays on ${this.client.instance.origin}: it belongs to ${owner} of the program now`;
  }

  private refusal({ said, hint }: Hindrance): ZitadelError {
    return this.client.failed(this.scope.call("delete", this.object), "not_applied", said, hint);
  }
}
