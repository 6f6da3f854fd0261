import { isDeepStrictEqual } from "node:util";
import type { Client } from "./client";
import type { Connections } from "./connections";
import { hasCode, mayBeDone, sentence, unlessFailed, ZitadelError } from "../api/errors";
import { differInAddress, identityOf } from "../api/instance";
import { isRecord, pick } from "../api/json";
import { isAtLeast } from "../api/server-time";
import { type Hindrance, hindrances, refreshThenUp, removeEntry } from "./hindrances";
import { hasReplaced, type Ledger } from "./ledger";
import type { CheckRequest, CheckResult, Context, DiffResult, Lifecycle, Log, Made, Read } from "./lifecycle";
import { type Properties, unknown } from "./properties";
import { Unfinished } from "./unfinished";

/** The hidden property of a state that says which server has the object. */
const originKey = "__origin";

/**
 * The hidden property of a state whose last update failed and may have taken effect, at least in part. Pulumi updates such a resource
 * at the next deployment, also if the program was changed back, and the update begins with what the server has.
 */
const unsureKey = "__unsure";

/**
 * The hidden property of a state whose object replaced another one. The entry of that one may still be waiting for its deletion, under
 * the name that the resource had then.
 */
const replacementKey = "__replacement";

/**
 * The hidden property of a state whose object was there before, and whose take-over was never confirmed: the object stays if the
 * resource is removed.
 */
const adoptingKey = "__adopting";

/**
 * Wraps a lifecycle with what it cannot know: the program's other resources and the server. It never deletes an object that
 * another resource has, never lets two resources have one object, and looks for an object only on that object's own server.
 * Resources have names such as `ZitadelTarget "audit"`; `undefined` if the caller does not know the name.
 */
export class Managed {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly connections: Pick<Connections, "client" | "problem" | "others">,
    private readonly log: Log,
    /** Whether the program runs; without it, whether it declares anything of this package. */
    private readonly runsProgram?: () => Promise<boolean>,
  ) {}

  /** Like `Lifecycle.check`; a mistake in the settings is a failure too. */
  check(
    resource: string | undefined,
    request: Pick<CheckRequest, "olds" | "news" | "logicalName" | "autoName">,
  ): CheckResult {
    const { olds, news } = request;
    const instance = news["instance"] ?? undefined;
    const problem = instance === unknown ? undefined : this.connections.problem(nameOf(news));
    const ledger = instance === unknown || problem !== undefined ? undefined : this.client(news).ledger;
    ledger?.declare(resource, olds === undefined);
    const result = this.lifecycle.check({
      ...request,
      olds: olds && withoutHidden(olds),
      claim: (what, adopts) => ledger?.claim(what, resource, adopts),
      noted: (fact) => ledger?.noted(fact) === true,
    });
    if (result.failures.length > 0) ledger?.settle(resource, true);
    if (problem === undefined) return result;
    return { ...result, failures: [...result.failures, { property: "", reason: problem }] };
  }

  /** Like `Lifecycle.diff`. It sends requests only if the settings and the state name different servers. */
  async diff(resource: string | undefined, id: string, olds: Properties, inputs: Properties): Promise<DiffResult> {
    const { lifecycle } = this;
    const isOurs = lifecycle.isState(olds);
    const place = isOurs ? await this.place(id, olds, inputs) : "here";
    const result = isOurs ? lifecycle.diff(withoutHidden(olds), inputs) : { changes: true, replaces: [] };
    if (place === "elsewhere") return { changes: true, replaces: [...result.replaces, "instance"] };
    const { ledger } = this.client(inputs);
    // A refresh calls this too, even for resources that the program no longer declares.
    if (resource !== undefined && ledger.isDeclared(resource)) {
      const known = isOurs ? olds : inputs;
      const object = this.named(lifecycle.objectId(id, known));
      const context = this.context(resource, inputs);
      const other = ledger.replacedBy(object, resource);
      if (other !== undefined)
        this.log.warn(
          `${other} and ${resource} of the program have the same object in the state, ${object}, and ${other} is about to be replaced. If ${other} has deleteBeforeReplace, that deletes the object of both. Remove its old entry first: ${removeEntry}.`,
        );
      if (result.replaces.length > 0) ledger.replaces(object, resource);
      else {
        this.take(context, object, known);
        if (isOurs) ledger.expect(object, { state: olds, inputs });
        // Until the update is done, the object still uses what it used before.
        ledger.use(object, resource, [...lifecycle.uses(olds), ...lifecycle.uses(inputs)]);
      }
      for (const fact of result.facts?.(id) ?? []) ledger.note(fact);
      if (olds[replacementKey] === true) ledger.note(hasReplaced);
    }
    const isMoved = place === "moved" || (isOurs && nameOf(olds) !== nameOf(inputs));
    return { ...result, changes: result.changes || isMoved || isUnsure(olds) || adoptingKey in olds };
  }

  /** Like `Lifecycle.plan`. Without `olds`, the resource is about to be created. */
  plan(resource: string | undefined, inputs: Properties, olds?: Properties): Properties {
    // Otherwise, an update begins with reading the object.
    const isKnown = olds !== undefined && this.lifecycle.isState(olds) && !isUnsure(olds);
    const state = this.lifecycle.plan(inputs, isKnown ? withoutHidden(olds) : undefined);
    if (inputs["instance"] === unknown) return { ...state, [originKey]: unknown };
    const context = this.context(resource, inputs);
    const { ledger } = context.client;
    return this.at(context, state, olds === undefined ? keptBy(ledger, resource) : pick(olds, replacementKey));
  }

  create(resource: string | undefined, inputs: Properties): Promise<Made<Properties>> {
    return this.settled(resource, inputs, () => this.createNow(resource, inputs));
  }

  private async createNow(resource: string | undefined, inputs: Properties): Promise<Made<Properties>> {
    const context = this.context(resource, inputs);
    const kept = keptBy(context.client.ledger, resource);
    const act = async () => {
      const { id, state } = await this.lifecycle.create(context, inputs);
      if (resource !== undefined) this.take(context, this.named(id), state);
      this.warnOfTwin(resource, id, await this.twinOf(context.client, id, state));
      return { id, state };
    };
    return this.located(context, kept, {}, act);
  }

  private warnOfTwin(resource: string | undefined, object: string, twin: string | undefined): void {
    if (twin === undefined || twin === resource) return;
    this.log.warn(
      `${resource ?? this.lifecycle.type} and ${twin} of the program have the same object, ${this.named(object)}, at two addresses in the settings. If both lead to the same server, the one that was written last counts: remove one of the two resources from the program.`,
    );
  }

  /** Returns `undefined` if ZITADEL says that the object is gone. An object that was never read before must exist. */
  read(resource: string | undefined, id: string, olds: Properties): Promise<Read | undefined> {
    const isGet = Object.keys(olds).every((key) => key === "instance");
    const act = () => this.readNow(resource, id, olds, isGet);
    return isGet ? this.settled(resource, olds, act) : act();
  }

  private async readNow(
    resource: string | undefined,
    id: string,
    olds: Properties,
    isGet: boolean,
  ): Promise<Read | undefined> {
    const { lifecycle } = this;
    const context = this.context(undefined, olds);
    const place = await this.place(id, olds);
    const object = lifecycle.objectId(id, olds);
    const what = this.named(object);
    const found = await lifecycle.read({ ...context, isUnsure: isUnsure(olds) }, object, withoutHidden(olds));
    if (isGet && found === undefined) throw this.none(context, object);
    if (isGet)
      context.client.ledger.use(`${what} (get)`, resource && `${resource} (get)`, [
        what,
        ...lifecycle.uses(found?.state ?? {}),
      ]);
    const isSure = lifecycle.confirms && found?.isUnsure !== true;
    const kept = pick(olds, replacementKey, adoptingKey, ...(isSure ? [] : [unsureKey]));
    const state = found && this.at(context, found.state, kept);
    return found && { inputs: found.inputs, state: { ...state, ...(place === "here" && pick(olds, originKey)) } };
  }

  update(resource: string | undefined, id: string, olds: Properties, inputs: Properties): Promise<Properties> {
    return this.settled(resource, inputs, () => this.updateNow(resource, id, olds, inputs));
  }

  private async updateNow(
    resource: string | undefined,
    id: string,
    olds: Properties,
    inputs: Properties,
  ): Promise<Properties> {
    const { lifecycle } = this;
    const context = this.context(resource, inputs);
    const isOurs = lifecycle.isState(olds);
    if (isOurs) await this.place(id, olds, inputs);
    const object = lifecycle.objectId(id, isOurs ? olds : inputs);
    if (resource !== undefined) this.take(context, this.named(object), olds);
    this.warnOfTwin(resource, object, context.client.ledger.twinOf(this.named(object), datesOf(olds)));
    const known = withoutHidden(olds);
    // If this process failed itself, it knows what it tried (`once`).
    const isStale = isUnsure(olds) && context.client.ledger.leftOf(resource) === undefined;
    // From a state that another provider wrote, or that lacks properties, use only the id.
    const asked = { ...quiet(context), isUnsure: isStale };
    const found = isOurs && !isStale ? undefined : await lifecycle.read(asked, object, isOurs ? known : {});
    if (isStale && found !== undefined && found.state["signingKey"] !== known["signingKey"])
      this.log.info(
        `${this.named(object)} has another signing key: the last update, which got no answer, rotated it. The state has the new key now.`,
      );
    const state = found?.state ?? (isOurs ? known : undefined);
    if (state === undefined) throw this.none(context, object, notAnId);
    const { replaces } = isOurs ? { replaces: [] } : lifecycle.diff(state, inputs);
    if (replaces.length > 0) {
      const said = `the object with that id has another ${replaces.join(" and ")} than the program declares, and no update can change that`;
      const hint = "Declare the object as it is and deploy that, then change it.";
      throw context.client.failed(this.call("update", object), "not_applied", said, hint);
    }
    const act = async () => ({
      id,
      state: await lifecycle.update({ ...context, isUnsure: isStale }, object, state, inputs),
    });
    const before = { id, properties: state };
    return (await this.located(context, pick(olds, replacementKey), pick(olds, adoptingKey), act, before)).state;
  }

  /** Deletes the object, unless another resource of the program has it or may be about to take it over. */
  async delete(resource: string | undefined, id: string, olds: Properties): Promise<void> {
    const { lifecycle, log } = this;
    const { client } = this.context(resource, olds);
    const { ledger } = client;
    const object = lifecycle.objectId(id, olds);
    const what = this.named(object);
    const refuse = ({ said, hint }: Hindrance) => client.failed(this.call("delete", object), "not_applied", said, hint);
    const { blindness } = ledger;
    if (blindness !== undefined) throw refuse(hindrances.blindness(blindness));
    const neighbour = ledger.neighbour(what);
    if (neighbour !== undefined) {
      const { resource: owner, stage, dates } = neighbour;
      if (stage === "taking") throw refuse(hindrances.adopter(owner));
      // An earlier deployment may have taken the object over for this entry, and changed it: see `restore`.
      const { changeDate = "" } = olds;
      const isCovered = dates.some((date) => isAtLeast(String(date), String(changeDate)));
      if (stage === "declared" && (isOpen(olds) || !isCovered)) throw refuse(hindrances.changed(owner));
      log.info(`${stays(client, what, owner)}, which has another provider.`);
      return;
    }
    await this.place(id, olds);
    // The state may have an old name of the resource (`pulumi state rename`), which another resource has now.
    const replacing = ledger.replacedBy(what, "");
    const context = this.context(replacing ?? resource, olds);
    const keeper = ledger.keeper(what, lifecycle.claimOf(olds), { deleting: resource, replacing });
    // A take-over that got no answer may still be given up: then this entry is what the stack knows of the object.
    const isGivenUp = keeper?.is === "owner" && ledger.leftOf(keeper.resource)?.properties[adoptingKey] === true;
    if (keeper?.is === "owner" && !isGivenUp) {
      await this.restore(context, object, keeper.resource, olds);
      log.info(`${stays(client, what, keeper.resource)}.`);
      return;
    }
    const twin = await this.twinOf(client, object, olds);
    if (twin !== undefined) throw refuse(hindrances.twin(twin));
    if (olds[adoptingKey] === true) {
      log.warn(
        `${what} is not deleted with this entry of the stack: it was there before, and the deployment that was to take it over got no answer. That may have changed it. If another resource of this stack has it, run \`pulumi refresh\`, then \`pulumi up\`; otherwise look at it in ZITADEL.`,
      );
      return;
    }
    const passed = ledger.passedOver(what, lifecycle.claimOf(olds), replacing);
    if (passed !== undefined && (await this.isRenamed(context, object, olds)))
      throw refuse(hindrances.passedOver(passed, client.instance.origin));
    if (keeper !== undefined) throw refuse(hindrances[isGivenUp ? "adopter" : keeper.is](keeper.resource));
    const { failure } = ledger;
    if (failure !== undefined && replacing === undefined) throw refuse(hindrances.failure(failure));
    const user = ledger.userOf(what);
    if (user !== undefined) throw refuse(hindrances.user(user));
    // It can take a while to see that nothing needs the object: meanwhile, another resource may take it over.
    const before = ledger.ownerOf(what);
    const verifyFree = () => {
      const owner = ledger.seize(what, context.resource, before);
      if (owner !== undefined) throw refuse(hindrances.owner(owner));
    };
    try {
      const date = await lifecycle.delete({ ...context, verifyFree }, object, withoutHidden(olds));
      ledger.deleted(what, lifecycle.uses(olds), date);
    } finally {
      ledger.letGo(what);
    }
  }

  /** Records whether a resource of the program failed: `delete` must know. */
  private async settled<Result>(
    resource: string | undefined,
    properties: Properties,
    act: () => Promise<Result>,
  ): Promise<Result> {
    let isFailed = true;
    try {
      const result = await act();
      isFailed = false;
      return result;
    } finally {
      if (this.connections.problem(nameOf(properties)) === undefined)
        this.client(properties).ledger.settle(resource, isFailed);
    }
  }

  /** Whether the server has the object under another name than the state. */
  private async isRenamed(context: Context, object: string, olds: Properties): Promise<boolean> {
    const { lifecycle } = this;
    const found = await lifecycle.read({ ...quiet(context), isUnsure: true }, object, withoutHidden(olds));
    return found !== undefined && lifecycle.claimOf(found.state) !== lifecycle.claimOf(olds);
  }

  /**
   * Changes an object back to what its owner declares. An earlier deployment may have taken it over, and changed it, for the resource
   * whose entry is deleted now. The owner's entry in the state did not change then, so its diff did not see that.
   *
   * @param former the entry that is deleted: it may be newer than the owner's.
   */
  private async restore(context: Context, object: string, owner: string, former: Properties): Promise<void> {
    const { lifecycle } = this;
    const { client } = context;
    const what = this.named(object);
    const expected = client.ledger.expected(what);
    if (expected === undefined) return;
    const state = withoutHidden(expected.state);
    const dates = [state, former].map(({ changeDate }) => (typeof changeDate === "string" ? changeDate : ""));
    const changeDate = dates.reduce((one, other) => (isAtLeast(one, other) ? one : other));
    const isNewer = isOpen(former) || changeDate !== dates[0];
    const unsure = { ...quiet(context), resource: owner, isUnsure: isNewer };
    const now = (await lifecycle.read(unsure, object, { ...state, changeDate }))?.state;
    if (now === undefined) return;
    if (!isAtLeast(String(now["changeDate"]), changeDate)) {
      const said = `it belongs to ${owner} of the program, and ZITADEL does not show its last change`;
      throw client.failed(this.call("delete", object), "not_applied", said, refreshThenUp);
    }
    if (now["signingKey"] !== state["signingKey"]) {
      const said = `it belongs to ${owner} of the program, and has another signing key than the state of that`;
      throw client.failed(this.call("delete", object), "not_applied", said, refreshThenUp);
    }
    // Where reading does not tell what an unanswered write did, writing again does.
    const isUnread = isOpen(former) && !lifecycle.confirms;
    if (!isUnread && !lifecycle.diff(now, expected.inputs).changes) return;
    await lifecycle.update({ ...unsure, isUnsure: isUnread }, object, now, expected.inputs);
    this.log.info(`${what} was not as ${owner} of the program declares it: it was changed back.`);
  }

  /**
   * A resource that has the object at another server of the settings. That may be another address of this server, or a copy of it,
   * such as a staging instance that was restored from a backup. Where the dates in the state are not enough to tell, ZITADEL is asked:
   * the resource may have changed the object since, and an execution that is set anew keeps the creation date of an earlier one.
   */
  private async twinOf(client: Client, object: string, olds: Properties): Promise<string | undefined> {
    const what = this.named(object);
    const { ledger } = client;
    const known = ledger.twinOf(what, datesOf(olds));
    if (known !== undefined || !ledger.isElsewhere(what)) return known;
    const found = await this.lifecycle.find(client, object);
    if (found === undefined) return undefined;
    const twin = ledger.twinOf(what, datesOf({ ...found }));
    if (twin !== undefined) return twin;
    // Two resources that set it at once know only their own dates: what both addresses show tells whether it is one object.
    for (const other of this.connections.others(client)) {
      const owner = other.ledger.ownerOf(what);
      if (owner !== undefined && isDeepStrictEqual(await unlessFailed(() => this.lifecycle.find(other, object)), found))
        return owner;
    }
    return undefined;
  }

  private client(properties: Properties): Client {
    return this.connections.client(nameOf(properties));
  }

  private context(resource: string | undefined, properties: Properties): Context {
    const client = this.client(properties);
    return { ...this.log, client, resource, isUp: this.runsProgram ?? (() => Promise.resolve(client.ledger.isUp)) };
  }

  private call(act: "read" | "update" | "delete", object: string) {
    const doing = { read: "reading", update: "updating", delete: "deleting" }[act];
    return { operation: `${act} ${this.lifecycle.type}`, what: `${doing} ${this.lifecycle.type} ${object}` };
  }

  /** The object's name in the ledger. */
  private named(object: string): string {
    return `${this.lifecycle.type} ${object}`;
  }

  /** Makes the resource the object's owner, and throws if another resource owns it. */
  private take({ client, resource }: Context, object: string, known: Properties): void {
    const other = client.ledger.own(object, resource, false, datesOf(known), "declared");
    if (other === undefined || other === resource) return;
    const said = `${other} of the program has the same object, and ${resource ?? "this resource"} would change it too`;
    const hint = `Remove one of the two resources from the program. Or, if it should get its own object, remove its entry from the state: ${removeEntry}. The other resource keeps the object. If this happened in a rename, keep the new resource.`;
    const call = { operation: `update ${this.lifecycle.type}`, what: `updating ${object}` };
    throw client.failed(call, "not_applied", said, hint);
  }

  private none({ client }: Context, object: string, hint = gone): ZitadelError {
    return client.failed(this.call("read", object), "not_found", "ZITADEL has no such object", hint, { status: 404 });
  }

  /**
   * Records in the state, even in that of an unfinished object, which server has the object.
   *
   * @param kept more hidden properties of the state.
   * @param keptIfFailed more hidden properties of the state if the operation fails.
   * @param before the state before an update: what is known if it fails and may have taken effect.
   */
  private async located(
    context: Context,
    kept: Properties,
    keptIfFailed: Properties,
    act: () => Promise<Made<Properties>>,
    before?: Pick<Unfinished, "id" | "properties">,
  ): Promise<Made<Properties>> {
    const { resource } = context;
    const { ledger } = context.client;
    try {
      const { id, state } = await act();
      const object = this.named(this.lifecycle.objectId(id, state));
      ledger.leave(resource, undefined);
      ledger.use(object, resource, this.lifecycle.uses(state), true);
      if (resource !== undefined) ledger.own(object, resource, false, datesOf(state), "written");
      const { inputs } = ledger.expected(object) ?? {};
      if (inputs !== undefined) ledger.expect(object, { state, inputs });
      return { id, state: this.at(context, state, kept) };
    } catch (error) {
      if (!(error instanceof ZitadelError)) throw error;
      // If an error hook repeats the operation, Pulumi keeps only the result of the last try.
      const known =
        error instanceof Unfinished ? error : (ledger.leftOf(resource) ?? (mayBeDone(error) ? before : undefined));
      if (known === undefined) throw error;
      const object = this.named(this.lifecycle.objectId(known.id, known.properties));
      const adopting = ledger.isTakingOver(object) ? { [adoptingKey]: true } : {};
      if (resource !== undefined) this.take(context, object, known.properties);
      const { id } = known;
      // An execution that was never confirmed has its own memory of what was tried.
      const isSure = !mayBeDone(error) || "__tried" in known.properties;
      const unsure = isSure ? {} : { [unsureKey]: true };
      const properties = { ...known.properties, ...keptIfFailed, ...adopting, ...unsure };
      ledger.leave(resource, { id, properties });
      throw new Unfinished(id, this.at(context, properties, kept), error);
    }
  }

  private at({ client }: Context, state: Properties, kept: Properties): Properties {
    return { ...state, ...kept, [originKey]: identityOf(client.instance) };
  }

  /**
   * Where the object is, relative to the server that the settings name now: `here`; `moved` if it is the same server under
   * another host; `elsewhere` if the program requests another server. An instance may have several hosts.
   *
   * @throws {ZitadelError} if the settings name another server than before, and that server does not have the object.
   */
  private async place(id: string, olds: Properties, inputs = olds): Promise<"here" | "moved" | "elsewhere"> {
    if (inputs["instance"] === unknown) return "elsewhere";
    const client = this.client(inputs);
    const isRenamed = nameOf(olds) !== nameOf(inputs);
    const now = identityOf(client.instance);
    const origin = originIn(olds) ?? (isRenamed ? this.originOf(olds) : now) ?? "another host";
    if (origin === now) return "here";
    // Its address alone is no change: people and pipelines may each reach the instance at another one.
    const isSameHost = differInAddress(origin, now);
    const found = isSameHost ? "here" : "moved";
    const fact = `was ${origin}`;
    if (client.ledger.noted(fact)) return found;
    const object = this.lifecycle.objectId(id, olds);
    const problem = await this.notHere(client, object, olds, origin);
    if (problem === undefined) {
      client.ledger.note(fact);
      if (!isSameHost)
        this.log.info(`${origin} is now ${now}, the same instance under another host: it has ${object}.`);
      return found;
    }
    // While a name in the settings still leads to the old server, the object there can be deleted.
    if (isRenamed && this.originOf(olds) === (originIn(olds) ?? this.originOf(olds))) return "elsewhere";
    throw problem;
  }

  private originOf(properties: Properties): string | undefined {
    const isThere = this.connections.problem(nameOf(properties)) === undefined;
    return isThere ? identityOf(this.client(properties).instance) : undefined;
  }

  /** The error that the server of the settings is not known to have the object; `undefined` if it has it. */
  private async notHere(
    client: Client,
    object: string,
    olds: Properties,
    origin: string,
  ): Promise<ZitadelError | undefined> {
    const { type } = this.lifecycle;
    const call = { operation: `manage ${type}`, what: `managing ${type} ${object}` };
    try {
      const found = await this.lifecycle.find(client, object);
      const isSame = found?.creationDate === olds["creationDate"] || found?.changeDate === olds["changeDate"];
      if (found !== undefined && isSame) return undefined;
    } catch (error) {
      const said = `it was deployed to ${origin}, and the address that the settings name now, ${identityOf(client.instance)}, ${outcomeOf(error)}`;
      return client.failed(call, "settings", said, hasCode(error, ...ofCredentials) ? correctTheCredential : waysOn);
    }
    const now = identityOf(client.instance);
    const said = `it was deployed to ${origin}, but the settings now name ${now}, which has no such object`;
    const hint = differInAddress(origin, now) ? `${ifDeleted}${waysOn}` : waysOn;
    return new ZitadelError("settings", sentence(call.what, said, hint), { operation: call.operation });
  }
}

const ifDeleted =
  "If both addresses lead to the same instance, the object was deleted: run `pulumi refresh --run-program` with the address before, or remove its entry (`pulumi state delete <its URN>`). ";

const waysOn =
  'If that address is wrong, correct it (`zitadel-actions:domain`, `port`, `externalDomain`) and run `pulumi up`: a refresh or destroy alone uses the settings that the last run stored. To move or copy the stack, or if the object was deleted or created by mistake, see "To another instance" in node_modules/pulumi-zitadel-actions/docs/migrating.md. It was not changed.';

/** That an object is not deleted with an entry of the stack. */
function stays({ instance }: Client, what: string, owner: string): string {
  return `${what} stays on ${instance.origin}: it belongs to ${owner} of the program now`;
}

const correctTheCredential =
  "Correct the address (`zitadel-actions:domain`, `port`, `externalDomain`), or the credential for it, and run `pulumi up`: a refresh or destroy alone uses the settings that the last run stored. It was not changed.";

/** Errors of a server that does not accept the credential: it may be the right one. */
const ofCredentials = ["unauthenticated", "no_membership", "forbidden"] as const;

/** How a question failed, in few words: the message about each resource has it. */
function outcomeOf(error: unknown): string {
  if (!(error instanceof ZitadelError)) throw error;
  const { cause, code, errorId, status } = error;
  const reason = isRecord(cause) ? cause["code"] : undefined;
  const detail = [errorId, reason, code].filter((part) => typeof part === "string");
  return `${status === undefined ? "could not be asked for it" : `answered ${status}`} (${detail.join(", ")})`;
}

const gone =
  "Check the id, and that the object is on this instance. If it was deleted, remove the resource from the program.";

/** For states of another provider, which may have invented its own ids. */
const notAnId =
  "If the id that the other provider wrote is not the object's id in ZITADEL, remove the alias, set retainOnDelete: true on the old resource and deploy that; then declare this one with adopt: true instead of the alias. If the object was deleted, run `pulumi state delete <its URN>`.";

/** The hidden property of a new state, if its object replaces another one. */
function keptBy(ledger: Ledger, resource: string | undefined): Properties {
  return ledger.isReplacement(resource) ? { [replacementKey]: true } : {};
}

function datesOf({ creationDate, changeDate }: Properties): readonly unknown[] {
  return [creationDate, changeDate].filter((date) => date !== undefined);
}

function originIn({ [originKey]: origin }: Properties): string | undefined {
  return typeof origin === "string" ? origin : undefined;
}

function nameOf({ instance }: Properties): string | undefined {
  return typeof instance === "string" ? instance : undefined;
}

/** The context of a question that is not the user's, so that nothing is told about its answer. */
function quiet(context: Context): Context {
  return { ...context, info: () => undefined };
}

/** Whether it is not known what the last write for this entry did. */
function isOpen(properties: Properties): boolean {
  return isUnsure(properties) || properties[adoptingKey] === true || properties["__tried"] !== undefined;
}

function isUnsure({ [unsureKey]: unsure }: Properties): boolean {
  return unsure === true;
}

function withoutHidden(properties: Properties): Properties {
  const hidden = [originKey, unsureKey, replacementKey, adoptingKey];
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !hidden.includes(key)));
}
