import type { Client } from "../core/client";
import { hasCode, mayBeDone, ZitadelError } from "../api/errors";
import { pick } from "../api/json";
import { changed } from "../core/diff";
import { hasReplaced, longestSilence } from "../core/ledger";
import { type Context, ifTaken, type Lifecycle, type Made, type Read } from "../core/lifecycle";
import { unknown } from "../core/properties";
import { Unfinished } from "../core/unfinished";
import { activeKeyOf, factOf } from "../public-key/schema";
import { findActive } from "../public-key/search";
import { poll } from "../api/retry";
import { isAtLeast, unsettled, untilShown, upToDate } from "../api/server-time";
import { ifDeleted, probe } from "../target/calls";
import {
  existsFact,
  findNow as findTarget,
  objectOf as targetObjectOf,
  reader as targetReader,
} from "../target/search";
import { missing, setCall, setTargets } from "./calls";
import { conditionOf, coversActions, idOf } from "./condition";
import { check, claimOf, compare, type Inputs, type State, table } from "./schema";
import { isRemoved, objectOf, reader } from "./search";
import { fromRow, type Row, sameList } from "./wire";

/** The operations of an execution. */
const lifecycle: Lifecycle<Inputs, State> = {
  type: "ZitadelExecution",
  check,
  diff: compare,
  differing: (state, inputs) => [...changed(table, state, inputs)],
  plan,
  isState: ({ condition, targets }) => idOf(condition) !== undefined && Array.isArray(targets),
  objectId: (id, { condition }) => (conditionOf(id) === undefined ? (idOf(condition) ?? id) : id),
  claimOf,
  uses: ({ targets }) => (Array.isArray(targets) ? targets.map((id) => targetObjectOf(String(id))) : []),
  find: (client, id) => reader(client).findNow(id),
  create,
  read,
  update,
  delete: remove,
  confirms: false,
};
export const executionLifecycle: Lifecycle = lifecycle;

function plan(inputs: Inputs, state?: Inputs & Partial<State>): State {
  const { creationDate = unknown, changeDate = unknown } = state ?? {};
  const isWritten = state === undefined || changed(table, state, inputs).size > 0;
  return { ...inputs, creationDate, changeDate: isWritten ? unknown : changeDate };
}

async function create(context: Context, inputs: Inputs): Promise<Made<State>> {
  const { client, resource, info } = context;
  const id = idOf(inputs.condition) ?? "";
  const object = objectOf(id);
  // Setting replaces an existing execution silently, so look for one first.
  const there = await findOthers(client, id);
  // An error hook may repeat a failed create, and somebody else may have set the execution since.
  const left: Partial<State> = client.ledger.tries.leftOf(resource)?.properties ?? {};
  const isOurs = client.ledger.owns(resource, object) && (there === undefined || isTried(left, there));
  if (there !== undefined && inputs.adopt !== true && !isOurs) throw taken(client, id, there);
  if (isOurs) verifyOurs(context, id, there, [left], inputs.targets);
  await checkTargets(context, id, inputs.targets, isOurs ? undefined : there?.targets);
  if (there === undefined || isOurs) {
    const changeDate = await applyFirst(client, id, inputs);
    return { id, state: { ...inputs, creationDate: changeDate, changeDate } };
  }
  const other = client.ledger.own(object, resource, true);
  if (other !== undefined) throw taken(client, id, there, other);
  try {
    const same = sameList(there.targets, inputs.targets);
    // Set it even if it is as declared: only the write side can confirm that it exists.
    const changeDate = await apply(client, id, inputs, there.changeDate, same);
    const before = same ? "it was as declared" : `its targets were ${there.targets.join(", ")}`;
    info(`Took over execution ${id} on ${client.instance.origin}: ${before}.`);
    return { id, state: { ...inputs, creationDate: there.creationDate, changeDate } };
  } catch (error) {
    if (mayBeDone(error)) {
      context.warn(`Execution ${id} had the targets ${there.targets.join(", ")}. They may have been replaced.`);
      throw new Unfinished(id, unconfirmed(inputs), error);
    }
    client.ledger.disown(object);
    throw error;
  }
}

/** The condition's execution, unless ZITADEL still shows one that this process has just removed. */
async function findOthers(client: Client, id: string): Promise<Row | undefined> {
  const row = await reader(client).findNow(id);
  return row !== undefined && isRemoved(client, row) ? undefined : row;
}

/**
 * Sets an execution for the first time. One that may have been set is kept in the state, without targets, so that the next
 * deployment sets the list.
 */
async function applyFirst(client: Client, id: string, inputs: Inputs, tried: State["__tried"] = []): Promise<string> {
  try {
    return await apply(client, id, inputs, undefined);
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    // Nothing is left behind only if ZITADEL rejected the call and no earlier try can have taken effect.
    if (error.operation === "set execution" && !mayBeDone(error)) throw error;
    throw new Unfinished(id, unconfirmed(inputs, tried), error);
  }
}

/** Sets an execution that was confirmed before. If that may have taken effect without an answer, the state remembers the list. */
async function applyAgain(
  client: Client,
  id: string,
  inputs: Inputs,
  state: Inputs & Partial<State>,
  recorded: readonly Partial<State>[],
): Promise<string> {
  try {
    return await apply(client, id, inputs, state.changeDate);
  } catch (error) {
    if (!(error instanceof ZitadelError) || !mayBeDone(error)) throw error;
    const sent = [...recorded.flatMap(({ __sent: lists = [] }) => lists), inputs.targets];
    throw new Unfinished(id, { ...state, ...recorded[0], __sent: sent }, error);
  }
}

function unconfirmed(inputs: Inputs, tried: State["__tried"] = []) {
  return { ...inputs, targets: [], __tried: [...tried, inputs.targets] };
}

/**
 * Whether we may have set an execution that was never confirmed: somebody else can have set another list since. ZITADEL removes a
 * deleted target from a list, and somebody may have removed another one.
 */
function isTried({ __tried: lists }: Partial<State>, { targets }: Row): boolean {
  const isLeftOf = (list: readonly string[]) =>
    sameList(
      list.filter((id) => targets.includes(id)),
      targets,
    );
  return lists === undefined || lists.some(isLeftOf);
}

/** The answer, unless this execution may be what makes every question fail: then only setting or removing it helps. */
async function unlessBlocked<Answer>(
  { warn }: Context,
  id: string,
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!hasCode(error, "interrupted") || !coversActions(id)) throw error;
    warn(
      `ZITADEL could not be asked whether somebody else has set execution ${id} since this stack did, because an execution makes every such call fail.`,
    );
    return undefined;
  }
}

/**
 * Looks whether somebody else has set the execution since this stack did. ZITADEL knows an execution only by its condition, and setting
 * replaces the whole list silently: throws if targets of theirs would be lost, and warns otherwise.
 *
 * @param recorded what this stack has recorded of it.
 * @param declared the list that is about to be set.
 */
function verifyOurs(
  context: Context,
  id: string,
  there: Row | undefined,
  recorded: readonly Partial<State>[],
  declared: readonly string[] = [],
): void {
  const confirmed = recorded.filter(({ __tried: tried }) => tried === undefined);
  const known = confirmed.flatMap(({ changeDate, targets }) =>
    changeDate === undefined || targets === undefined ? [] : { changeDate, targets },
  );
  // Of a state that another provider wrote, nothing is known. Of a set that was never confirmed, only the lists that were sent.
  if (there === undefined || known.length < confirmed.length) return;
  // What ZITADEL shows may be older than the state. The deletion of a target changes no date.
  if (known.some(({ changeDate }) => isAtLeast(changeDate, there.changeDate))) return;
  const sent = recorded.flatMap(({ __tried: tried = [], __sent: lists = [] }) => [...tried, ...lists]);
  const ours = new Set([...known.flatMap(({ targets }) => targets), ...sent.flat(), ...declared]);
  const theirs = there.targets.filter((target) => !ours.has(target));
  if (theirs.length > 0) {
    const said = `somebody has set the execution since this stack did: it calls ${theirs.join(", ")} now, which is in the list of neither the state nor the program`;
    const hint =
      "If another stack or tool manages the execution, remove only this stack's entry: `pulumi state delete <its URN>`, and the resource from the program. Otherwise run `pulumi refresh`, which takes up the list, and the same command again.";
    throw context.client.failed(setCall(id, declared), "condition_taken", said, hint);
  }
  // One of those lists itself is taken for this stack's.
  if (sent.some((list) => sameList(list, there.targets))) return;
  const next = declared.length === 0 ? "removes it" : "sets it to the declared list";
  context.warn(
    `Somebody else may have set execution ${id} since this stack did, to ${there.targets.join(", ")}. This deployment ${next}. If another stack manages it too, keep only one of the two resources.`,
  );
}

function taken(client: Client, id: string, { targets }: Row, owner?: string): ZitadelError {
  const replacing = " (its list is then replaced by the declared one)";
  const pending = client.ledger.noted(hasReplaced)
    ? "If it is from before a change that ran in part, and Pulumi has not deleted it yet, set adopt: true on every execution whose condition changes, and run `pulumi up` again. "
    : "";
  const said = `the condition already has an execution, with the targets ${targets.join(", ")}`;
  const hint =
    owner === undefined
      ? `${pending}If this stack has just removed it, run \`pulumi up\` again in a minute. ${ifTaken("execution", replacing, `read it with ZitadelExecution.get("…", ${JSON.stringify(id)})`)}`
      : `${owner} of the program has set it: put all targets into one of the two resources.`;
  return client.failed(setCall(id, ["…"]), "condition_taken", said, hint);
}

async function update(context: Context, id: string, state: Inputs & Partial<State>, inputs: Inputs): Promise<State> {
  const { creationDate, changeDate } = state;
  const isDone = creationDate !== undefined && changeDate !== undefined && changed(table, state, inputs).size === 0;
  // Only a write confirms what the server has.
  if (isDone && context.isUnsure !== true) return { ...inputs, creationDate, changeDate };
  const { client, info } = context;
  const isFirst = state.__tried !== undefined;
  const there = await unlessBlocked(context, id, () => findOthers(client, id));
  const recorded: readonly Partial<State>[] = context.recorded ?? [state];
  if (there === undefined || isTried(state, there)) verifyOurs(context, id, there, recorded, inputs.targets);
  else if (inputs.adopt !== true) throw taken(client, id, there);
  else info(`Took over execution ${id} on ${client.instance.origin}: its targets were ${there.targets.join(", ")}.`);
  await checkTargets(context, id, inputs.targets, state.targets);
  const applied = await (isFirst
    ? applyFirst(client, id, inputs, state.__tried)
    : applyAgain(client, id, inputs, state, recorded));
  return { ...inputs, creationDate: creationDate ?? applied, changeDate: applied };
}

async function remove(context: Context, id: string, state: Partial<State>): Promise<string> {
  const { client, info, verifyFree } = context;
  if (conditionOf(id) === undefined) throw noId(client, id, "remove execution");
  const there = await unlessBlocked(context, id, () => findOthers(client, id));
  if (there === undefined || isTried(state, there)) {
    verifyOurs(context, id, there, [state]);
    verifyFree?.();
    return setTargets(client, id, []).catch((error: unknown) => {
      // The set was never answered, and would have been rejected too.
      if (state.__tried !== undefined && hasCode(error, "condition_invalid")) return "";
      throw error;
    });
  }
  info(
    `Execution ${id} stays on ${client.instance.origin}: whether this stack's list was saved is not known, and it has another list now (${there.targets.join(", ")}). If that is this stack's too, remove the execution in ZITADEL.`,
  );
  return there.changeDate;
}

/**
 * Sets the declared list and verifies that ZITADEL saved it. If the same list was set before and a target in it has been deleted
 * since, ZITADEL answers 200 but changes nothing.
 *
 * @param known when the list was last saved, as far as we know.
 * @param isShown whether ZITADEL shows the declared list as saved then.
 */
async function apply(
  client: Client,
  id: string,
  { targets }: Inputs,
  known: string | undefined,
  isShown = false,
): Promise<string> {
  const began = client.clock.now();
  const setDate = await setTargets(client, id, targets);
  if (setDate !== known && client.isSince(setDate, began)) return setDate;
  // ZITADEL saved nothing: because the list is right already, or because it wrongly believes so.
  await verifyTargets(client, id, targets);
  return isShown && setDate === known ? setDate : settle(client, id, targets, setDate);
}

async function settle(client: Client, id: string, targets: readonly string[], setDate: string): Promise<string> {
  const look = () => reader(client).findNow(id);
  if ((await untilShown(client, look, (row) => sameList(row.targets, targets))) !== undefined) return setDate;
  // The write side has the list, but the read side, which ZITADEL executes from, lost it: saving it again restores it.
  await setTargets(client, id, await between(client, id, targets));
  const again = await setTargets(client, id, targets);
  if (again !== setDate) return again;
  const said = "ZITADEL answered 200 but saved nothing";
  throw client.failed(setCall(id, targets), "not_applied", said, "Run `pulumi up` again.");
}

/** Throws if ZITADEL did not save a list because it was set before: a target in it can have been deleted since. */
async function verifyTargets(client: Client, id: string, targets: readonly string[]): Promise<void> {
  const unsure = targets.filter((target) => !client.ledger.noted(existsFact(target)));
  const gone = await missing(client, unsure);
  if (gone.length === 0) return;
  const said = `ZITADEL answered 200 but did not save the list, because it was set before and contains what has been deleted since: target ${gone.join(", ")}`;
  throw client.failed(setCall(id, targets), "not_applied", said, ifDeleted);
}

/** A list to set for a moment before the declared one is saved again: the one that ZITADEL executes now, if that differs. */
async function between(client: Client, id: string, targets: readonly string[]): Promise<readonly string[]> {
  const shown = (await reader(client).findNow(id))?.targets ?? [];
  const gone = await missing(client, shown);
  const left = shown.filter((target) => !gone.includes(target));
  return sameList(left, targets) ? [] : left;
}

/**
 * Warns of targets that would receive nothing: events with JWT or JWE, or anything without a key to encrypt with.
 *
 * @param before the targets that the execution calls now; `undefined` for a new one. For a target that is added, ZITADEL is asked for
 * a key even if the state has one: a `destroy` may have been stopped after it deactivated the key.
 * @throws {ZitadelError} if an added target would make every call fail that it interrupts.
 */
async function checkTargets(
  { client, warn }: Context,
  id: string,
  targets: readonly string[],
  before: readonly string[] | undefined,
): Promise<void> {
  const { ledger } = client;
  const isOfEvents = /^event(\/|$)/.test(id);
  const lacksKey = async (target: string) => {
    const isAdded = before?.includes(target) !== true;
    const isInState = ledger.noted(factOf.hasKey(target));
    const isSure = ledger.noted(factOf.activated(target)) || (!isAdded && isInState);
    if (isSure) return false;
    // A target of another stack, or one that `--target` left out: this process did not see it.
    const isUnseen = ledger.ownerOf(targetObjectOf(target)) === undefined;
    // Of an event's target, the row was looked at already.
    const isAsked = isAdded && isUnseen && !isOfEvents;
    if (!ledger.noted(factOf.encrypts(target)) && !(isAsked && (await encrypts(client, target)))) return false;
    const isNone = async () => ((await findActive(client, target)) === undefined ? true : undefined);
    // One that the state does not have may have been deactivated just now, and still be shown as active.
    return (await poll(client.clock, isNone, isInState || isUnseen ? 0 : unsettled(client))) === true;
  };
  await Promise.all(
    targets.map(async (target) => {
      const row = isOfEvents ? await findTarget(client, target) : undefined;
      if (row?.payloadType === "PAYLOAD_TYPE_JWT" || row?.payloadType === "PAYLOAD_TYPE_JWE") {
        warn(
          `Execution ${id} calls target ${JSON.stringify(row.name)} (${row.id}) with ${row.payloadType}, but ZITADEL never delivers events to such targets: nothing would arrive. Set the target's payloadType to PAYLOAD_TYPE_JSON.`,
        );
        return;
      }
      if (!(await lacksKey(target))) return;
      const key = await comingKey(client, target);
      if (key === "active") return;
      const lack = `encrypts (PAYLOAD_TYPE_JWE) and has no active public key, so ZITADEL sends it nothing, and every call that it interrupts fails (EXEC-2n8fhs7g)`;
      const isNew = before?.includes(target) !== true && (key !== "declared" || before !== undefined);
      if (isNew && !isOfEvents && (await stopsCalls(client, target)))
        throw client.failed(setCall(id, targets), "not_applied", `target ${target} ${lack}`, keyHints[key]);
      warn(`Execution ${id} calls target ${target}, which ${lack}. ${keyHints[key]}`);
    }),
  );
}

/** Whether a target encrypts, from ZITADEL, which may not show one yet that was just created. */
async function encrypts(client: Client, target: string): Promise<boolean> {
  const shown = await targetReader(client).find(target);
  const isLate = shown === undefined && (await probe(client, target, target)) !== undefined;
  const row = isLate ? await untilShown(client, () => findTarget(client, target)) : shown;
  return row?.payloadType === "PAYLOAD_TYPE_JWE";
}

/** How long to wait for the activation of a key that the program declares, in milliseconds. */
const longestActivation = 10_000;

/** Whether the active key that a target lacks comes in this deployment. */
async function comingKey(client: Client, target: string): Promise<keyof typeof keyHints | "active"> {
  const { clock, ledger } = client;
  if (ledger.noted(factOf.hasKey(target))) return "inState";
  const isDeclared = () => Promise.resolve(ledger.firstClaim(activeKeyOf(target)));
  if ((await poll(clock, isDeclared, longestSilence)) === undefined) return "missing";
  return (await poll(clock, () => findActive(client, target), longestActivation)) === undefined ? "declared" : "active";
}

const keyHints = {
  inState: "The state has a key that ZITADEL does not show as active: run `pulumi refresh`, then `pulumi up`.",
  declared: "Make the execution depend on the target's key (dependsOn), and run `pulumi up` again.",
  missing:
    "Run `pulumi up` without --target and --exclude. If the program has no ZitadelTargetPublicKey with active: true for this target, or keeps the targetId of another one with ignoreChanges, declare one, and make the execution depend on it (dependsOn).",
};

/** Whether a target's failure stops the call. ZITADEL does not call a target that its read model lost. */
async function stopsCalls(client: Client, target: string): Promise<boolean> {
  const row = await untilShown(client, () => findTarget(client, target));
  return (row?.restWebhook ?? row?.restCall)?.interruptOnError === true;
}

async function read({ client }: Context, id: string, state: Partial<State>): Promise<Read | undefined> {
  if (conditionOf(id) === undefined) throw noId(client, id, "read execution");
  const known = state.changeDate;
  const look = () => reader(client).findNow(id);
  // Without a state (`get`), read the current value: the program may just have changed the execution.
  let row = known === undefined ? await look() : ((await reader(client).find(id)) ?? (await look()));
  if (known !== undefined) row = await upToDate(client, row, known, look);
  // A set that was never answered is in the state without targets: it may exist, but not be shown yet.
  else if (row === undefined && state.targets?.length === 0) row = await untilShown(client, look);
  if (row === undefined || !isTried(state, row)) return undefined;
  const found = fromRow(row, state);
  return { ...found, state: { ...found.state, ...pick(state, "__sent") } };
}

function noId(client: Client, id: string, operation: "read execution" | "remove execution"): ZitadelError {
  const what = `${operation === "read execution" ? "reading" : "removing"} execution ${JSON.stringify(id)}`;
  const hint =
    'Ids look like "request/zitadel.session.v2.SessionService/ListSessions", "response", "function/preuserinfo", "event/user.human.added" or "event/user.human.*".';
  return client.failed({ operation, what }, "invalid_request", "this is not the id of an execution", hint);
}
