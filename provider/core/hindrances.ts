// Why an object must not be deleted, and what to do about it.

/** How to remove one of two entries of an object. */
export const removeEntry =
  "`pulumi state delete <its URN>` (if Pulumi asks which entry, choose the one to be deleted), then run `pulumi refresh` and `pulumi up`, because the entry that stays may be older than the object";

/** What is said of the object, and what to do. */
export interface Hindrance {
  readonly said: string;
  readonly hint: string;
}

const upAgain =
  "Run `pulumi up` again. If the error stays, the two resources wait for each other: remove deleteBeforeReplace, or first give each its own name or condition.";

export const refreshThenUp = "Run `pulumi refresh`, which takes up what ZITADEL has, then `pulumi up`.";

export const hindrances = {
  blindness: (problem: string): Hindrance => ({
    said: `the providers of a program tell each other in a folder what their resources have, so it is not known whether one has the object: ${problem}`,
    hint: "Remove the folder, or set TMPDIR to a folder that this user can write to, and run `pulumi up` again.",
  }),
  changed: (resource: string): Hindrance => ({
    said: `it belongs to ${resource} of the program now, which has another provider, and a deployment that was undone may have changed it`,
    hint: `${refreshThenUp} If the error stays, remove this entry: ${removeEntry}.`,
  }),
  twin: (resource: string): Hindrance => ({
    said: `${resource} of the program has it at another address in the settings, with the same id and date`,
    hint: `If both addresses lead to the same server, keep the object and remove this entry: ${removeEntry}. If the other server is a copy of this one, delete it here: \`pulumi destroy --target <its URN>\`. After a replacement, that deletes the new object too, and the next \`pulumi up\` creates it again.`,
  }),
  passedOver: (resource: string, origin: string): Hindrance => ({
    said: `${resource} of the program was to take it over by its name (adopt: true), but found none with that name: it has another name on ${origin} than in the state`,
    hint: "To keep the object, give the resource its old name in the program again, and use aliases to rename it. To delete it, run `pulumi refresh`, then `pulumi up`.",
  }),
  adopter: (resource: string): Hindrance => ({
    said: `${resource} of the program will take it over (adopt: true), but has not done so yet`,
    hint: upAgain,
  }),
  namesake: (resource: string): Hindrance => ({
    said: `${resource} of the program has the same name or condition in the state, and Pulumi has not asked yet which object that is`,
    hint: `Run \`pulumi up\` again, without PULUMI_ENABLE_LEGACY_DIFF if that is set. If the error stays and both have the same object, remove this entry: ${removeEntry}.`,
  }),
  failure: (resource: string): Hindrance => ({
    said: `${resource} failed before, so Pulumi left out every resource that depends on it (--continue-on-error), and one of these may be about to take the object over (adopt: true)`,
    hint: "Correct that error and run `pulumi up` again: it deletes what the program no longer declares.",
  }),
  user: (resource: string): Hindrance => ({
    said: `${resource} of the program still uses it`,
    hint: "To keep it and remove only its entry from the stack, run `pulumi state delete <its URN>` (if Pulumi asks which entry, choose the one to be deleted). To delete it, remove the use first: if the program has its id as a literal, or keeps an old one with ignoreChanges, use a resource's `id` output instead, and remove any get of it.",
  }),
  owner: (resource: string): Hindrance => ({
    said: `${resource} of the program took it over meanwhile (adopt: true)`,
    hint: upAgain,
  }),
};
