import { randomBytes } from "node:crypto";
import type { Act, Call } from "../api/client";
import type { Client } from "../core/client";
import { hasCode, mayBeDone, reasonOf, type Refusal, unlessFailed, ZitadelError } from "../api/errors";
import { idIn } from "../core/ledger";
import { type Context, type Dated, ifTaken, type Lifecycle, lostOrLate, type Made, type Read } from "../core/lifecycle";
import { changed, inputsFrom } from "../core/diff";
import { unknown } from "../core/properties";
import { Unfinished } from "../core/unfinished";
import { callerOf, settledCallerOf } from "../execution/search";
import { factOf } from "../public-key/schema";
import { findActive } from "../public-key/search";
import { isAtLeast, untilHidden, untilShown, upToDate } from "../api/server-time";
import { lookAtIt, named, probe, targetPath } from "./calls";
import { check, claimOf, compare, type Inputs, rotates, sameName, type State, table } from "./schema";
import { existsFact, findByName, findNow, findToAdopt, objectOf, reader } from "./search";
import { type Created, createdSchema, differing, fromRow, isKind, type Row, toWire } from "./wire";
import { update } from "./update";

/** The operations of a target. */
const lifecycle: Lifecycle<Inputs, State> = {
  type: "ZitadelTarget",
  check: (request) =>
    check(
      request,
      request.autoName ?? (() => `${request.logicalName ?? "target"}-${randomBytes(4).toString("hex").slice(0, 7)}`),
    ),
  diff: compare,
  differing: (state, inputs) => [...changed(table, state, inputs)],
  plan,
  isState: (state) =>
    ["name", "endpoint", "signingKey", "creationDate", "changeDate"].every((key) => typeof state[key] === "string"),
  objectId: (id) => id,
  claimOf,
  uses: () => [],
  find: findNow,
  create,
  read,
  update,
  delete: remove,
  confirms: true,
};
export const targetLifecycle: Lifecycle = lifecycle;

function plan(inputs: Inputs, state?: State): Inputs & Dated & Pick<State, "signingKey"> {
  if (state === undefined) return { ...inputs, signingKey: unknown, creationDate: unknown, changeDate: unknown };
  const rotate = rotates(state, inputs);
  const isWritten = rotate || differing(state, inputs).length > 0;
  const { creationDate } = state;
  const changeDate = isWritten ? unknown : state.changeDate;
  return { ...inputs, signingKey: rotate ? unknown : state.signingKey, creationDate, changeDate };
}

async function create(context: Context, inputs: Inputs): Promise<Made<State>> {
  const { client, resource } = context;
  const listed = inputs.adopt === true ? await findToAdopt(client, inputs.name) : undefined;
  const adopted = listed && (await takeOver(context, inputs, listed));
  const create = (began: number, isRepeated: boolean) => make(context, inputs, began, isRepeated);
  const made =
    adopted ?? (await client.ledger.tries.once(`create ${inputs.name}`, resource, client.clock.now(), create));
  client.ledger.note(factOf.encrypts(made.id), inputs.payloadType === "PAYLOAD_TYPE_JWE");
  client.ledger.note(existsFact(made.id));
  return made;
}

/**
 * Takes over an existing target and updates only what differs; the target keeps its signing key. The list only gives its id, and
 * the write side must confirm it. Returns `undefined` if there is no such target or another resource has it: then create one.
 */
async function takeOver(context: Context, inputs: Inputs, listed: Row): Promise<Made<State> | undefined> {
  const { client, resource, info } = context;
  const { id } = listed;
  if (client.ledger.own(objectOf(id), resource, true) !== undefined) return undefined;
  let known: State | undefined;
  let isOurs = false;
  try {
    const written = await probe(client, id, named(id, listed));
    if (written === undefined) return undefined;
    const isCurrent = isAtLeast(listed.changeDate, written.changeDate);
    const row = isCurrent ? listed : await untilShown(client, () => findNow(client, id), written.changeDate);
    if (row === undefined) throw unseen(client, "taking over", id, "its current state (above all the signing key)");
    if (!sameName(row.name, inputs.name)) return undefined;
    // The declared triggers become the baseline: taking over rotates nothing.
    known = fromRow(row, inputs).state;
    const fields = new Set(differing(known, inputs).map((key) => (isKind(key) ? "kind" : key)));
    const state = fields.size === 0 ? { ...known, ...inputs } : await update(context, id, known, inputs);
    isOurs = true;
    const what = fields.size === 0 ? "it was as declared" : `changed: ${[...fields].join(", ")}`;
    client.ledger.note(factOf.tookOver(id));
    info(`Took over target ${named(id, row)} on ${client.instance.origin} with its signing key: ${what}.`);
    return { id, state };
  } catch (error) {
    if (hasCode(error, "not_found")) return undefined;
    const isOpen = !(error instanceof Unfinished) && mayBeDone(error);
    const left = known !== undefined && isOpen ? new Unfinished(id, known, error) : error;
    isOurs = left instanceof Unfinished;
    throw left;
  } finally {
    if (!isOurs) client.ledger.disown(objectOf(id));
  }
}

/** Creates the target, and finds out the result: it was created, rejected, or neither is known. */
async function make(context: Context, inputs: Inputs, began: number, isRepeated: boolean): Promise<Made<State>> {
  const { client } = context;
  const call: Call<Created> = {
    operation: "create target",
    what: `creating target ${JSON.stringify(inputs.name)}`,
    method: "POST",
    path: "/v2/actions/targets",
    body: toWire(inputs),
    // ZITADEL rejects a second target with the same name, so repeating the call creates at most one.
    repeatable: true,
    answer: createdSchema,
    ifUnreadable: lookAtIt,
  };
  const reply = await client
    .ask(call)
    .catch((error: unknown) => {
      if (mayBeDone(error)) return { unanswered: error, body: undefined, refusal: undefined };
      throw error;
    })
    .finally(() => reader(client).forget());
  if (reply.body !== undefined) {
    const { id, creationDate, signingKey } = reply.body;
    return { id, state: { ...inputs, signingKey, creationDate, changeDate: creationDate } };
  }
  const { refusal } = reply;
  const isOpen = isRepeated || refusal === undefined || refusal.doubtful === true;
  const ours = isOpen ? await findOurs(client, call, inputs, began) : undefined;
  if (ours !== undefined) return { id: ours.id, state: fromRow(ours, inputs).state };
  if (refusal?.code === "name_taken") {
    // With `adopt`, somebody created it just now, or ZITADEL did not list it yet.
    const look = async () => (await findByName(client, inputs.name))[0];
    const row = inputs.adopt === true ? await untilShown(client, look) : undefined;
    const late = row && (await takeOver(context, inputs, row));
    if (late !== undefined) return late;
    throw client.refused(call, refusal, await whoHasTheName(client, inputs.name, isOpen));
  }
  if (refusal !== undefined) throw client.refused(call, refusal, isOpen ? mayBeThere(inputs, refusal) : "");
  const { unanswered } = reply;
  if (unanswered.code !== "unanswered") throw unanswered;
  const said = "no try got a complete answer, so the call may or may not have taken effect";
  throw client.failed(call, "unanswered", said, mayBeThere(inputs), { status: unanswered.status });
}

/**
 * The target that an unanswered try of ours created: it has the name and the inputs, and was created after we began. An older
 * target belongs to somebody else, even if it looks the same.
 */
async function findOurs(client: Client, call: Act, inputs: Inputs, began: number): Promise<Row | undefined> {
  try {
    return await untilShown(client, async () => {
      for (const row of await findByName(client, inputs.name)) {
        if (!client.isSince(row.creationDate, began)) continue;
        if (differing(fromRow(row, inputs).inputs, inputs).length > 0) continue;
        // ZITADEL may still list a target that was just deleted instead of ours: the write side knows.
        if ((await probe(client, row.id, named(row.id, row))) !== undefined) return row;
      }
      return undefined;
    });
  } catch (error) {
    const said = `no complete answer arrived, and looking for the result failed too (${reasonOf(error)})`;
    throw client.failed(call, "unanswered", said, mayBeThere(inputs));
  }
}

/** What to do after a create that failed but may have taken effect: the target's id is not known. */
function mayBeThere({ name }: Inputs, refusal?: Refusal): string {
  const first =
    refusal?.code === "interrupted"
      ? "Bring back the endpoint of the target that failed: an execution on ZITADEL's own API calls it. "
      : "";
  return `${first}ZITADEL may have created the target anyway: look for ${JSON.stringify(name)} in ZITADEL, and delete it there or take it over with adopt: true and that name.`;
}

async function whoHasTheName(client: Client, name: string, isOpen: boolean): Promise<string> {
  const unseen = isOpen
    ? " An earlier try of this create was not answered and may have created it: run `pulumi up` again in a minute, and look for the name in ZITADEL."
    : "";
  const taken = "The name is taken (case-insensitive)";
  let id: string | undefined;
  try {
    id = (await findByName(client, name))[0]?.id;
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    return `${taken}, and finding out by which target failed (${error.message}). Choose another name.`;
  }
  if (id === undefined)
    return `${taken} by a target that ZITADEL does not list (yet).${unseen} Otherwise choose another name.`;
  const holder = client.ledger.holderOf(objectOf(id));
  if (holder !== undefined)
    return `${taken} by target ${id}, which is ${holder} of this program: choose another name, or deploy again when that target is gone.`;
  const otherwise = `choose another name, or read it with ZitadelTarget.get("…", "${id}")`;
  return `${taken} by target ${id}. ${ifTaken("target", "", otherwise)}${unseen}`;
}

/** After this time, in milliseconds, the read model has lost a change that it does not show: twenty times the longest lag seen. */
const certainlyLost = 300_000;

async function read(context: Context, id: string, state: Partial<State>): Promise<Read | undefined> {
  const { client, warn, info } = context;
  // Without a state (`get`), read the current value: the program may just have changed the target.
  const known = state.creationDate !== undefined;
  const last = context.isUnsure === true ? await probe(client, id, named(id, state)) : state;
  if (last === undefined) return undefined;
  const look = () => findNow(client, id);
  let row = await (known ? reader(client).find(id) : look());
  if (row === undefined) {
    // The read model may lag, or have lost the target for good; the write side knows.
    if ((await probe(client, id, named(id, state))) === undefined) return undefined;
    row = await untilShown(client, look);
  }
  if (row !== undefined) {
    // A row that is older than our own last write would restore an old signing key.
    const current = (await upToDate(client, row, last.changeDate, look)) ?? row;
    const { changeDate = "" } = last;
    const isOlder = last !== state && !isAtLeast(current.changeDate, changeDate);
    if (isOlder && client.serverNow() - Date.parse(changeDate) < certainlyLost)
      throw unseen(client, "reading", id, "its current state (above all the signing key)");
    if (isOlder)
      warn(
        `Target ${named(id, state)} on ${client.instance.origin} was changed after what ZITADEL shows of it: its read model lost the change. The state has what ZITADEL shows, which is also what it signs and delivers by. Run \`pulumi up\`, which changes the target as declared.`,
      );
    if (known && current.signingKey !== state.signingKey)
      info(
        `Target ${named(id, state)} on ${client.instance.origin} has another signing key: somebody rotated it. The state has the new key now; stack outputs have it after the next \`pulumi up\` or \`pulumi refresh --run-program\`.`,
      );
    return { ...fromRow(current, state), isUnsure: isOlder };
  }
  if (!known) throw unseen(client, "reading", id, "it");
  warn(
    `Target ${named(id, state)} exists on ${client.instance.origin}, but ZITADEL does not show it (${lostOrLate}). The state was kept as it is. If this stays so, replace the target: run \`pulumi up --replace <its URN>\` (with another name, if the program sets name).`,
  );
  return { state, inputs: inputsFrom(table, state, state) };
}

function unseen(client: Client, doing: string, id: string, what: string): ZitadelError {
  const act = { operation: "read target", what: `${doing} target ${id}` };
  const said = `the target exists, but ZITADEL does not show ${what} (${lostOrLate})`;
  return client.failed(act, "not_applied", said, "Run the same command again in a few minutes.");
}

/** Why a target is deleted. */
interface Removal {
  /** The new target, unless there is none, or the old one is deleted first. */
  readonly successorId: string | undefined;
  /** `false` if the program no longer declares the target, or did so under another name. */
  readonly isReplaced: boolean;
  /** Whether the target encrypts, so that its active key is needed. */
  readonly encrypts: boolean;
}

/**
 * Throws if anything still needs a target that an `up` deletes. ZITADEL silently deletes its keys too and removes it from
 * executions, and Pulumi deletes it even if the deployment leaves those out (`--target`), or before there is a new target.
 */
async function verifyUnused(
  client: Client,
  call: Act,
  id: string,
  { successorId, isReplaced, encrypts }: Removal,
): Promise<void> {
  const refuse = (why: string, more = "") => {
    const hint = !isReplaced
      ? "If this deployment was to change or remove the execution, and did not because something else failed, fix that and run `pulumi up` again. If the program no longer declares it either, run `pulumi up --target '<its URN>'` first. Otherwise remove the target from the execution first; if a new target has replaced it, give the execution the id of that. To delete the target anyway, delete it in ZITADEL, then run `pulumi refresh`."
      : successorId === undefined
        ? "Let Pulumi create the new target first: remove deleteBeforeReplace, and give the target another name or none."
        : "Run `pulumi up` without --target and --exclude: it updates the executions and creates the keys before it deletes the target. An execution or a key that is not in this stack needs the new target's id first.";
    const said = successorId === undefined ? why : `target ${successorId} replaces it, and ${why}`;
    return client.failed(call, "not_applied", said, `${hint}${more}`);
  };
  const ask = () => callerOf(client, id);
  // `--target` may have left out executions that were set just now, and are not shown yet.
  const shown = () => untilHidden(client, ask);
  const caller = await (isReplaced ? settledCallerOf(client, id, shown) : shown());
  // ZITADEL can list an execution with a deleted target for ever.
  if (caller !== undefined && (await probe(client, id, id)) !== undefined)
    throw refuse(`execution ${caller.id} still calls it`);
  if (successorId === undefined || !encrypts || !client.ledger.noted(factOf.encrypts(successorId))) return;
  const active = await findActive(client, id);
  if (active === undefined) return;
  const isSame = ({ fingerprint }: { fingerprint: string }) => fingerprint === active.fingerprint;
  if ((await untilShown(client, () => findActive(client, successorId), isSame)) === undefined)
    throw refuse(`its active public key ${active.keyId} is not active on the new target`, ifOtherKey);
}

const ifOtherKey =
  " If the new target is to have another key, and nothing needs the old one, deactivate that in ZITADEL.";

async function remove(context: Context, id: string, state: Partial<State>): Promise<undefined> {
  const { client, resource, isUp, verifyFree } = context;
  const call: Call<unknown> = {
    operation: "delete target",
    what: `deleting target ${named(id, state)}`,
    method: "DELETE",
    path: targetPath(id),
  };
  const { ledger } = client;
  const isReplaced = ledger.isDeclared(resource);
  // With `--continue-on-error`, Pulumi leaves out an execution that depends on a failure, and yet deletes the target that it calls.
  if ((await isUp?.()) === true)
    await verifyUnused(client, call, id, {
      successorId: isReplaced ? idIn(ledger.objectOf(resource)) : undefined,
      isReplaced,
      encrypts: state.payloadType === "PAYLOAD_TYPE_JWE",
    });
  verifyFree?.();
  // Deleting is idempotent and never answers 404: if a 404 comes anyway, the call was refused and the target still exists.
  const { refusal } = await client.ask(call).finally(() => reader(client).forget());
  if (refusal === undefined) return;
  // If the write side cannot be asked, the error of the deletion matters more than that one.
  const isGone = async () => (await probe(client, id, named(id, state))) === undefined;
  if (refusal.doubtful === true && (await unlessFailed(isGone)) === true) return;
  throw client.refused(call, refusal);
}
