import { oneLine } from "../../provider/api/errors";
import type { Kind } from "../kinds";
import type { Thing } from "./match";
import type { Entry, PendingCreate } from "./state";

// The problems that `doctor` finds, and what to do about each.

/** One problem. It never contains a signing key. */
export interface Finding {
  readonly problem: Problem;
  readonly resource: Kind;
  /** Its id on the instance or in the state; `undefined` if it has none yet. */
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly creationDate: string | undefined;
  /** The entries with the problem, and the exports that contain them. */
  readonly entries: readonly {
    readonly urn: string;
    readonly export: string;
    /** The address in the state, if that is another one than doctor looked at. */
    readonly deployedTo?: string | undefined;
  }[];
  /** What differs, or which object depends on it. */
  readonly detail: string | undefined;
  readonly todo: string;
}

/** All kinds of problems, in the order of the report, each with its headline, and with what to do unless a finding has its own advice. */
export const problems = {
  otherAddress: {
    headline: "Deployed to another address, and not on this instance",
    todo: "If this is the wrong instance, set the address in the settings back, or run this command again with the --stack or --instance of the right one. If it is the right one at a new address, the object was deleted: run `pulumi state delete` with the URN. If an `up` with a wrong address created the object, delete it there: set that address, and run `pulumi destroy --run-program --target` with the URN.",
  },
  createCarriedOut: {
    headline: "Creates that were interrupted, but whose object exists",
    todo: "To keep it, declare it with adopt: true (a target with the name shown here) and run `pulumi up`. To remove it, run this command again with --remove and its id. Then run `pulumi refresh --clear-pending-creates`.",
  },
  createRemoved: {
    headline: "Creates that were interrupted, and whose object was removed just now",
    todo: "Run `pulumi refresh --clear-pending-creates`, then `pulumi up`.",
  },
  createUnseen: {
    headline: "Creates that were interrupted, and whose object ZITADEL does not show",
    todo: "Most likely the create had no effect. ZITADEL may lag: run this command again in a minute. Then run `pulumi refresh --clear-pending-creates` and `pulumi up`.",
  },
  createUnknown: {
    headline: "Creates that were interrupted, and whose names are encrypted",
    todo: "Give an export that shows its secrets: the note above says how to create one.",
  },
  createRecorded: {
    headline: "Creates that were interrupted, but have an entry",
    todo: "Nothing was lost: run `pulumi refresh --clear-pending-creates`.",
  },
  noEntry: {
    headline: "On the instance, but in no stack that doctor compared",
    todo: "If another stack has it, give that stack's export too. To keep it, declare it with adopt: true. To remove it, run this command again with --remove and its id.",
  },
  gone: {
    headline: "In the state, but deleted from the instance",
    todo: "Run `pulumi refresh`, which removes it from the state, then `pulumi up`, which creates it again if the program declares it.",
  },
  deletedButListed: {
    headline: "In the state and listed by ZITADEL, but deleted",
    todo: "ZITADEL's read model missed the deletion, so `pulumi refresh` changes nothing. Run `pulumi up --replace` with the target's URN: that creates the target again, with its keys and executions.",
  },
  notShown: {
    headline: "In the state, but not shown by ZITADEL",
    todo: "This does not prove that it is gone. Run `pulumi refresh` with a user that may write: it removes from the state what is gone. Then `pulumi up` creates it again.",
  },
  hidden: {
    headline: "In the state and on the instance, but not shown by ZITADEL",
    todo: "Run this command again in a minute. If it is still not shown, ZITADEL's read model has lost it: run `pulumi up --replace` with its URN.",
  },
  otherKey: {
    headline: "Targets whose signing key in the state is not the one that ZITADEL signs with",
    todo: "Run `pulumi refresh`, which reads ZITADEL's key, then `pulumi up`, which passes it on.",
  },
  noActiveKey: {
    headline: "Targets that an execution calls and that encrypt (PAYLOAD_TYPE_JWE), but have no active public key",
    todo: "Run `pulumi refresh`, then `pulumi up`, which activates the declared key. If no stack declares one with active: true, or if it has expired, declare a new ZitadelTargetPublicKey with active: true. Until a key is active, ZITADEL sends the target nothing, and every call that it interrupts fails (EXEC-2n8fhs7g).",
  },
  inactiveKey: {
    headline: "Public keys that are active in the state, but inactive on the instance",
    todo: "If another stack activates a key of the same target, remove one of the two from its program: a target has only one active key. Otherwise run `pulumi refresh`, then `pulumi up`, which activates this key again.",
  },
  otherTargets: {
    headline: "Executions whose targets in the state are not the ones that ZITADEL calls",
    todo: "Run `pulumi refresh`, then `pulumi up`, which sets the declared list again. If the program still has the id of a deleted target in the list, remove that first.",
  },
  twoEntries: {
    headline: "With more than one entry",
    todo: "Keep the one that the program declares: remove the other with `pulumi state delete` and its URN, which deletes nothing in ZITADEL. Then run `pulumi refresh` and `pulumi up`, because the entry that stays may be older than the object.",
  },
} as const;
export type Problem = keyof typeof problems;

/** What to do about an interrupted create with adopt: true. */
export const onceAdopted =
  "The resource has adopt: true, so the object can be older than this create: do not remove it unless you know that nothing else uses it. Run `pulumi refresh --clear-pending-creates`, then `pulumi up`, which takes it over.";

interface About {
  readonly thing?: Thing | undefined;
  readonly entries?: readonly (Entry | PendingCreate)[];
  readonly name?: string | undefined;
  readonly detail?: string | undefined;
  readonly todo?: string | undefined;
}

/** Creates a finding about something on the instance, about entries, or both. */
export function finding(problem: Problem, resource: Kind, { thing, entries = [], name, detail, todo }: About): Finding {
  const [first] = entries;
  const entry = first !== undefined && "id" in first ? first : undefined;
  return {
    problem,
    resource,
    id: thing?.id ?? entry?.id,
    name: thing?.name ?? name ?? entry?.name,
    creationDate: thing?.creationDate,
    entries: entries.map(({ urn, file }) => ({ urn, export: file })),
    detail,
    todo: todo ?? problems[problem].todo,
  };
}

/** The finding about an interrupted create whose object was removed: it must still be removed from the state. */
export function onceRemoved(create: Finding): Finding {
  return { ...create, problem: "createRemoved", todo: problems.createRemoved.todo };
}

/** The finding about an entry that was deployed to another server than this one. */
export function atAnotherAddress(entry: Entry, server: string): Finding {
  const todo = `This command looked at ${oneLine(server)}. ${problems.otherAddress.todo}`;
  const about = finding("otherAddress", entry.kind, { entries: [entry], todo });
  return { ...about, entries: about.entries.map((one) => ({ ...one, deployedTo: entry.server })) };
}
