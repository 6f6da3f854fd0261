import type { Kind } from "../kind";
import type { Entry, PendingCreate } from "./stack";
import type { Thing } from "./facts";

/** One thing that is amiss. It never holds a signing key. */
export interface Finding {
  readonly problem: Problem;
  readonly resource: Kind;
  /** Its id on the instance, or in the state; `undefined` where there is none yet. */
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly creationDate: string | undefined;
  /** The entries that it is about, and the exports that hold them. */
  readonly entries: readonly { readonly urn: string; readonly export: string }[];
  readonly todo: string;
}

/** What can be amiss, in the order in which it is told, each with its headline. */
export const problems = {
  createCarriedOut: "Creates that were interrupted, and whose object is there",
  createRemoved: "Creates that were interrupted, and whose object was removed just now",
  createUnseen: "Creates that were interrupted, and of which ZITADEL shows nothing",
  createUnknown: "Creates that were interrupted, and whose names are encrypted",
  createRecorded: "Creates that were interrupted, and have their entry all the same",
  noEntry: "On the instance, and in none of these exports",
  gone: "In the state, and gone from the instance",
  deletedButListed: "In the state and listed by ZITADEL, but deleted",
  notShown: "In the state, and not shown by ZITADEL",
  hidden: "In the state and on the instance, but not shown by ZITADEL",
  otherKey: "Targets with another signing key in the state than ZITADEL signs with",
  twoEntries: "With more than one entry",
} as const;
export type Problem = keyof typeof problems;

/** What to do about each, where nothing more is to be said of one. */
const todos: Readonly<Record<Problem, string>> = {
  createCarriedOut:
    "To keep it, declare it with adopt: true (a target with the name shown here) and run `pulumi up`. To be rid of it, run this command again with --remove and its id. Then `pulumi refresh --clear-pending-creates`.",
  createRemoved: "Run `pulumi refresh --clear-pending-creates`, then `pulumi up`.",
  createUnseen:
    "Most likely it was never carried out. ZITADEL may lag: look again in a minute. Then run `pulumi refresh --clear-pending-creates` and `pulumi up`.",
  createUnknown: "Give an export with plain secrets: see the note on how to make one.",
  createRecorded: "Nothing was lost: run `pulumi refresh --clear-pending-creates`.",
  noEntry:
    "If another stack has it, give that stack's export too. To keep it, declare it with adopt: true. To be rid of it, run this command again with --remove and its id.",
  gone: "Run `pulumi refresh`, which takes it out of the state, then `pulumi up`, which makes anew what is declared.",
  deletedButListed:
    "ZITADEL's read model missed the deletion, so `pulumi refresh` changes nothing. Run `pulumi up --replace` with the target's URN: that creates the target anew, and its keys and executions with it.",
  notShown:
    "That is no proof that it is gone. Run `pulumi refresh` with a user that may write: it takes out of the state what is gone, and `pulumi up` makes it anew.",
  hidden:
    "Look again in a minute. If this goes on, ZITADEL's read model has lost it: run `pulumi up --replace` with its URN.",
  otherKey: "Run `pulumi refresh`, which takes up ZITADEL's key, then `pulumi up`, which passes it on.",
  twoEntries: "Keep one: take the other out with `pulumi state delete` and its URN, which deletes nothing in ZITADEL.",
};

/** What to do about an interrupted create that was to take over what is there. */
export const onceAdopted =
  "The resource has adopt: true, so the object can be older than this create: do not remove it unless you know that nothing else uses it. Run `pulumi refresh --clear-pending-creates`, then `pulumi up`, which takes it over.";

interface About {
  readonly todo?: string | undefined;
  readonly thing?: Thing | undefined;
  readonly name?: string | undefined;
  readonly entries?: readonly (Entry | PendingCreate)[];
}

/** The finding about an interrupted create, once what it had made was removed: the state still has to forget it. */
export function onceRemoved(create: Finding): Finding {
  return { ...create, problem: "createRemoved", todo: todos.createRemoved };
}

/** Makes a finding about something on the instance, about entries, or both. */
export function finding(problem: Problem, resource: Kind, { thing, name, entries = [], todo }: About): Finding {
  const [first] = entries;
  return {
    problem,
    resource,
    id: thing?.id ?? (first !== undefined && "id" in first ? first.id : undefined),
    name: thing?.name ?? name,
    creationDate: thing?.creationDate,
    entries: entries.map(({ urn, file }) => ({ urn, export: file })),
    todo: todo ?? todos[problem],
  };
}
