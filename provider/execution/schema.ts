import * as z from "zod";
import type { InstanceArgs } from "../core/args";
import { diff, type TableOf } from "../core/diff";
import { given, type Properties, unknown } from "../core/properties";
import type { Dated, Lifecycle } from "../core/lifecycle";
import { closest } from "../api/closest";
import { isId, targetIdRule } from "../api/id";
import { claimFor, flag, type InputsOf, mustBe, shared, validator } from "../core/validate";
import type { ExecutionArgs } from "./args";
import { type Condition, coversActions, idOf, partsOf, problemOf } from "./condition";

const sameId = (old: unknown, now: unknown): boolean => idOf(old) !== undefined && idOf(old) === idOf(now);

const condition = z.custom<Condition>().superRefine((given, context) => {
  const problem = problemOf(given);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem.reason, path: [...problem.path] });
});

const targets = z
  .array(z.string({ error: "must be the id of a target" }).refine(isId, targetIdRule), {
    error: mustBe("a list of target ids", "the ids of the targets to call, in order"),
  })
  .min(1, "must not be empty: ZITADEL has no executions without targets, so leave the resource out")
  .superRefine((ids, context) => {
    for (const [index, id] of ids.entries()) {
      const first = ids.indexOf(id);
      const message = `is the same target as targets[${first}]: ZITADEL accepts each target only once`;
      if (first < index) context.addIssue({ code: "custom", path: [index], message });
    }
  });

/** The properties of an execution: as of a target. */
export const table = {
  condition: { change: "replace", input: condition, same: sameId },
  targets: { change: "update", input: targets },
  allowLockout: { change: "ignore", input: flag.optional() },
  ...shared,
} satisfies TableOf<ExecutionArgs<unknown> & InstanceArgs>;

const validate = validator("A ZITADEL execution", table);

/** An execution's inputs, as `check` returns them. */
export type Inputs = InputsOf<typeof table>;

type Lists = readonly (readonly string[])[];

/**
 * An execution's state. While no set was confirmed, it has the lists that were sent, and neither targets nor dates (`__tried`). If it
 * was confirmed before, it has what it had then, and the lists that were sent since (`__sent`).
 */
export type State = Inputs & Dated & { __tried?: Lists | undefined; __sent?: Lists | undefined };

export const check: Lifecycle["check"] = ({ news, claim }) => {
  const inputs = given(news);
  const failures = validate(inputs);
  const id = idOf(inputs["condition"]);
  if (id === undefined) return { inputs, failures };
  if (coversActions(id) && inputs["allowLockout"] !== true && inputs["allowLockout"] !== unknown) {
    failures.push({
      property: "condition",
      reason: `(${id}) covers the API that manages actions, zitadel.action.v2.ActionService. If a target with interruptOnError does not answer, every such call fails until its endpoint is back, including this provider's and any that would undo it. If that is what you want, set allowLockout: true`,
    });
  }
  const other = claimFor(claimOf(inputs), inputs, claim);
  if (other !== undefined) {
    failures.push({
      property: "condition",
      reason: `(${id}) is also the condition of ${other}, but ZITADEL keeps one list of targets for each condition: put all targets into one of the two resources`,
    });
  }
  const warnings = warningsOf(id);
  return { inputs, failures, ...(warnings.length > 0 && { warnings }) };
};

/** The ledger's name for an execution's condition. */
export function claimOf({ condition }: Properties): string | undefined {
  const id = idOf(condition);
  return id === undefined ? undefined : `condition ${id}`;
}

/** The functions of ZITADEL 4. A later server may know more. */
const functions = ["preuserinfo", "preaccesstoken", "presamlresponse"];

function warningsOf(id: string): string[] {
  const { key, word } = partsOf(id);
  if (key !== "name" || functions.includes(word)) return [];
  const [meant] = closest(word, functions);
  const hint =
    meant === undefined ? `ZITADEL 4 has ${functions.join(", ")}.` : `Did you mean ${JSON.stringify(meant)}?`;
  return [`Unknown function ${JSON.stringify(word)} in the condition of an execution. ${hint}`];
}

/** Two executions cannot have the same condition, so a forced replacement deletes the old one first. */
export const compare: Lifecycle<Inputs, State>["diff"] = (state, inputs) => ({
  ...diff(table, state, inputs),
  deleteBeforeReplace: sameId(state.condition, inputs.condition),
});
