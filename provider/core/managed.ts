import type { Connections } from "./connections";
import { Deletion } from "./deletion";
import { mayBeDone, ZitadelError } from "../api/errors";
import { pick } from "../api/json";
import { adoptingKey, isUnsure, originKey, replacementKey, unsureKey, withoutHidden } from "./hidden";
import { removeEntry } from "./hindrances";
import { hasReplaced, type Ledger } from "./ledger";
import type { CheckRequest, CheckResult, Context, DiffResult, Lifecycle, Log, Made, Read } from "./lifecycle";
import { Places } from "./places";
import { type Properties, unknown } from "./properties";
import { datesOf, instanceIn, quiet, Scope } from "./scope";
import { Unfinished } from "./unfinished";

/**
 * Wraps a lifecycle with what it cannot know: the program's other resources and the server. It never deletes an object that
 * another resource has, never lets two resources have one object, and looks for an object only on that object's own server.
 * Resources have names such as `ZitadelTarget "audit"`; `undefined` if the caller does not know the name.
 */
export class Managed {
  private readonly scope: Scope;
  private readonly places: Places;

  /** @param runsProgram whether the program runs; without it, whether it declares anything of this package. */
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly connections: Pick<Connections, "client" | "problem" | "others">,
    private readonly log: Log,
    runsProgram?: () => Promise<boolean>,
  ) {
    this.scope = new Scope(lifecycle, connections, log, runsProgram);
    this.places = new Places(this.scope);
  }

  /** Like `Lifecycle.check`; a mistake in the settings is a failure too. */
  check(
    resource: string | undefined,
    request: Pick<CheckRequest, "olds" | "news" | "logicalName" | "autoName">,
  ): CheckResult {
    const { olds, news } = request;
    const instance = news["instance"] ?? undefined;
    const problem = instance === unknown ? undefined : this.connections.problem(instanceIn(news));
    const ledger = instance === unknown || problem !== undefined ? undefined : this.scope.client(news).ledger;
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
    const place = isOurs ? await this.places.of(id, olds, inputs) : "here";
    const result = isOurs ? lifecycle.diff(withoutHidden(olds), inputs) : { changes: true, replaces: [] };
    if (place === "elsewhere") return { changes: true, replaces: [...result.replaces, "instance"] };
    const { ledger } = this.scope.client(inputs);
    // A refresh calls this too, even for resources that the program no longer declares.
    if (resource !== undefined && ledger.isDeclared(resource)) {
      const known = isOurs ? olds : inputs;
      const object = this.scope.named(lifecycle.objectId(id, known));
      const context = this.scope.context(resource, inputs);
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
    const isMoved = place === "moved" || (isOurs && instanceIn(olds) !== instanceIn(inputs));
    return { ...result, changes: result.changes || isMoved || isUnsure(olds) || adoptingKey in olds };
  }

  /** Like `Lifecycle.plan`. Without `olds`, the resource is about to be created. */
  plan(resource: string | undefined, inputs: Properties, olds?: Properties): Properties {
    // Otherwise, an update begins with reading the object.
    const isKnown = olds !== undefined && this.lifecycle.isState(olds) && !isUnsure(olds);
    const state = this.lifecycle.plan(inputs, isKnown ? withoutHidden(olds) : undefined);
    if (inputs["instance"] === unknown) return { ...state, [originKey]: unknown };
    const context = this.scope.context(resource, inputs);
    const { ledger } = context.client;
    return this.at(context, state, olds === undefined ? keptBy(ledger, resource) : pick(olds, replacementKey));
  }

  create(resource: string | undefined, inputs: Properties): Promise<Made<Properties>> {
    return this.settled(resource, inputs, () => this.createNow(resource, inputs));
  }

  private async createNow(resource: string | undefined, inputs: Properties): Promise<Made<Properties>> {
    const context = this.scope.context(resource, inputs);
    const kept = keptBy(context.client.ledger, resource);
    const act = async () => {
      const { id, state } = await this.lifecycle.create(context, inputs);
      if (resource !== undefined) this.take(context, this.scope.named(id), state);
      this.warnOfTwin(resource, id, await this.scope.twinOf(context.client, id, state));
      return { id, state };
    };
    return this.located(context, kept, {}, act);
  }

  private warnOfTwin(resource: string | undefined, object: string, twin: string | undefined): void {
    if (twin === undefined || twin === resource) return;
    this.log.warn(
      `${resource ?? this.lifecycle.type} and ${twin} of the program have the same object, ${this.scope.named(object)}, at two addresses in the settings. If both lead to the same server, the one that was written last counts: remove one of the two resources from the program.`,
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
    const context = this.scope.context(undefined, olds);
    const place = await this.places.of(id, olds);
    const object = lifecycle.objectId(id, olds);
    const what = this.scope.named(object);
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
    const context = this.scope.context(resource, inputs);
    const isOurs = lifecycle.isState(olds);
    if (isOurs) await this.places.of(id, olds, inputs);
    const object = lifecycle.objectId(id, isOurs ? olds : inputs);
    if (resource !== undefined) this.take(context, this.scope.named(object), olds);
    this.warnOfTwin(resource, object, context.client.ledger.twinOf(this.scope.named(object), datesOf(olds)));
    const known = withoutHidden(olds);
    // If this process failed itself, it knows what it tried (`once`).
    const isStale = isUnsure(olds) && context.client.ledger.tries.leftOf(resource) === undefined;
    // From a state that another provider wrote, or that lacks properties, use only the id.
    const asked = { ...quiet(context), isUnsure: isStale };
    const found = isOurs && !isStale ? undefined : await lifecycle.read(asked, object, isOurs ? known : {});
    if (isStale && found !== undefined && found.state["signingKey"] !== known["signingKey"])
      this.log.info(
        `${this.scope.named(object)} has another signing key: the last update, which got no answer, rotated it. The state has the new key now.`,
      );
    const state = found?.state ?? (isOurs ? known : undefined);
    if (state === undefined) throw this.none(context, object, notAnId);
    const { replaces } = isOurs ? { replaces: [] } : lifecycle.diff(state, inputs);
    if (replaces.length > 0) {
      const said = `the object with that id has another ${replaces.join(" and ")} than the program declares, and no update can change that`;
      const hint = "Declare the object as it is and deploy that, then change it.";
      throw context.client.failed(this.scope.call("update", object), "not_applied", said, hint);
    }
    const act = async () => ({
      id,
      state: await lifecycle.update(
        { ...context, isUnsure: isStale, ...(isStale && { recorded: [known] }) },
        object,
        state,
        inputs,
      ),
    });
    // What was read for a stale entry may be somebody else's: until a write is confirmed, the state keeps what it had.
    const before = { id, properties: isStale ? known : state };
    return (await this.located(context, pick(olds, replacementKey), pick(olds, adoptingKey), act, before)).state;
  }

  /** Deletes the object, unless another resource of the program has it or may be about to take it over. */
  async delete(resource: string | undefined, id: string, olds: Properties): Promise<void> {
    await new Deletion(this.scope, this.places, resource, id, olds).run();
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
      if (this.connections.problem(instanceIn(properties)) === undefined)
        this.scope.client(properties).ledger.settle(resource, isFailed);
    }
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
    return client.failed(this.scope.call("read", object), "not_found", "ZITADEL has no such object", hint, {
      status: 404,
    });
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
      const object = this.scope.named(this.lifecycle.objectId(id, state));
      ledger.tries.leave(resource, undefined);
      ledger.use(object, resource, this.lifecycle.uses(state), true);
      if (resource !== undefined) ledger.own(object, resource, false, datesOf(state), "written");
      const { inputs } = ledger.expected(object) ?? {};
      if (inputs !== undefined) ledger.expect(object, { state, inputs });
      return { id, state: this.at(context, state, kept) };
    } catch (error) {
      if (!(error instanceof ZitadelError)) throw error;
      // If an error hook repeats the operation, Pulumi keeps only the result of the last try.
      const known =
        error instanceof Unfinished
          ? error
          : (ledger.tries.leftOf(resource) ?? (mayBeDone(error) ? before : undefined));
      if (known === undefined) throw error;
      const object = this.scope.named(this.lifecycle.objectId(known.id, known.properties));
      const adopting = ledger.isTakingOver(object) ? { [adoptingKey]: true } : {};
      if (resource !== undefined) this.take(context, object, known.properties);
      const { id } = known;
      // An execution that was never confirmed has its own memory of what was tried.
      const isSure = !mayBeDone(error) || "__tried" in known.properties;
      const unsure = isSure ? {} : { [unsureKey]: true };
      const properties = { ...known.properties, ...keptIfFailed, ...adopting, ...unsure };
      ledger.tries.leave(resource, { id, properties });
      throw new Unfinished(id, this.at(context, properties, kept), error);
    }
  }

  private at({ client }: Context, state: Properties, kept: Properties): Properties {
    return { ...state, ...kept, ...this.places.mark(client) };
  }
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
