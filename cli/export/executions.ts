import { oneLine } from "../../provider/api/errors";
import { conditionOf, coversActions } from "../../provider/execution/condition";
import { check } from "../../provider/execution/schema";
import type { Row, StrangeRow } from "../../provider/execution/wire";
import { Ledger } from "../../provider/core/ledger";
import { type Block, problemOf } from "./block";
import type { Inventory } from "../inventory";
import type { Keys } from "./keys";
import { code, json, list, type Properties, reference } from "./source";
import type { Targets } from "./targets";

/** Declares the executions, each with its own id as the name: ids are unique and never change. */
export function declareExecutions(
  { executions, strange, targets: rows }: Inventory,
  targets: Targets,
  keys: Keys,
): Block[] {
  const shown = new Set(rows.map(({ id }) => id));
  const ledger = new Ledger();
  const declareExecution = ({ id, condition, targets: listed }: Row): Block => {
    // ZITADEL removes a deleted target from every execution, and an execution without targets does not exist.
    const ids = listed.filter((target) => !targets.isDeleted(target));
    if (ids.length === 0 && listed.length > 0) {
      const about = { resource: "execution", id } as const;
      return { about, notes: [`Execution ${id} is left out: every target that it calls is deleted.`] };
    }
    const inputs = {
      condition: conditionOf(id) ?? condition,
      targets: ids,
      ...(coversActions(id) && { allowLockout: true }),
      adopt: true,
    };
    const problem = problemOf(check, { news: inputs, logicalName: id, claim: (what) => ledger.claim(what, id) });
    const about = { resource: "execution", id } as const;
    if (problem !== undefined) return { about, notes: [`Execution ${id} is left out: ${problem}.`] };
    const properties = {
      condition: json(inputs.condition),
      targets: list(ids.map(targets.idOf)),
      ...(inputs.allowLockout === true && { allowLockout: code("true") }),
      adopt: code("true"),
    };
    const options = dependsOn(ids, keys);
    const gone = listed.filter(targets.isDeleted);
    const unseen = ids.filter((target) => !shown.has(target));
    return {
      about,
      declaration: { variable: undefined, type: "ZitadelExecution", resource: id, properties, ...options },
      notes: [
        ...(unseen.length > 0
          ? [`Execution ${id} calls a target that ZITADEL does not show: ${unseen.join(", ")}.`]
          : []),
        ...(gone.length > 0 ? [`Execution ${id} is listed with a target that is deleted: ${gone.join(", ")}.`] : []),
      ],
    };
  };
  return [...executions.map(declareExecution), ...strange.map(leaveOut)];
}

/** ZITADEL cannot encrypt for a target without an active key, so executions that call the target must depend on its key. */
function dependsOn(ids: readonly string[], keys: Keys): { options?: Properties } {
  const [first, ...more] = ids.flatMap((id) => keys.active.get(id) ?? []).map((variable) => reference(variable));
  if (first === undefined) return {};
  return { options: { dependsOn: more.length === 0 ? first : list([first, ...more]) } };
}

function leaveOut({ condition, targets }: StrangeRow): Block {
  const what = oneLine(JSON.stringify(condition));
  return {
    about: { resource: "execution", id: undefined },
    notes: [
      `An execution is left out: this version does not know its condition ${what}. It calls ${targets.join(", ")}.`,
    ],
  };
}
