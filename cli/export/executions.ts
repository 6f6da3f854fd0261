import { oneLine } from "../../provider/api/errors";
import { conditionOf, coversActions } from "../../provider/execution/condition";
import { check, type table } from "../../provider/execution/schema";
import type { Row, StrangeRow } from "../../provider/execution/wire";
import { Ledger } from "../../provider/core/ledger";
import type { Inventory } from "../inventory";
import { type Block, leftOut, problemOf } from "./block";
import type { Keys } from "./keys";
import { code, json, list, type Properties, reference, set, type Value } from "./typescript";
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
    const about = { resource: "execution", id } as const;
    const name = `Execution ${id}`;
    // ZITADEL removes a deleted target from every execution, and an execution without targets does not exist.
    const ids = listed.filter((target) => !targets.isDeleted(target));
    if (ids.length === 0 && listed.length > 0) return leftOut(about, name, "every target that it calls is deleted");
    const inputs = {
      condition: conditionOf(id) ?? condition,
      targets: ids,
      ...(coversActions(id) && { allowLockout: true }),
      adopt: true,
    };
    const problem = problemOf(check, { news: inputs, logicalName: id, claim: (what) => ledger.claim(what, id) });
    if (problem !== undefined) return leftOut(about, name, problem);
    const properties = set({
      condition: json(inputs.condition),
      targets: list(ids.map(targets.idOf)),
      allowLockout: inputs.allowLockout === true ? code("true") : undefined,
      adopt: code("true"),
    } satisfies Record<Exclude<keyof typeof table, "instance">, Value | undefined>);
    const options = dependsOn(ids, keys);
    const gone = listed.filter(targets.isDeleted);
    const unseen = ids.filter((target) => !shown.has(target));
    return {
      about,
      declaration: { variable: undefined, type: "ZitadelExecution", resource: id, properties, ...options },
      notes: [
        ...(unseen.length > 0 ? [`${name} calls a target that ZITADEL does not show: ${unseen.join(", ")}.`] : []),
        ...(gone.length > 0 ? [`${name} is listed with a target that is deleted: ${gone.join(", ")}.`] : []),
      ],
    };
  };
  return [...executions.map(declareExecution), ...strange.map(unknownExecution)];
}

/** ZITADEL cannot encrypt for a target without an active key, so executions that call the target must depend on its key. */
function dependsOn(ids: readonly string[], keys: Keys): { options?: Properties } {
  const [first, ...more] = ids.flatMap((id) => keys.active.get(id) ?? []).map((variable) => reference(variable));
  if (first === undefined) return {};
  return { options: { dependsOn: more.length === 0 ? first : list([first, ...more]) } };
}

function unknownExecution({ condition, targets }: StrangeRow): Block {
  const why = `this version does not know its condition ${oneLine(JSON.stringify(condition))}. It calls ${targets.join(", ")}`;
  return leftOut({ resource: "execution", id: undefined }, "An execution", why);
}
