import { isRecord } from "../provider/api/json";
import { closest } from "../provider/api/closest";
import type { Client } from "../provider/core/client";
import type { Failure } from "../provider/core/lifecycle";
import type { Properties } from "../provider/core/properties";
import { token } from "../provider/core/tokens";
import { findExecutions, findTarget, findTargets, listWords } from "../provider/lookup/calls";
import type { Row } from "../provider/target/wire";
import { unimplemented } from "./errors";

/** A function that programs call: its arguments besides `instance`, and its result. */
interface Lookup {
  readonly takes: readonly string[];
  readonly ask: (client: Client, args: Properties) => Promise<Properties>;
  /** The parts of the result that are secrets. */
  readonly secrets?: readonly string[];
}

type Filters<Find extends (client: Client, filters: never) => unknown> = Parameters<Find>[1];

const words = (kind: Parameters<typeof listWords>[1]): Lookup => ({
  takes: [],
  ask: async (client) => ({ names: await listWords(client, kind) }),
});

const lookups: Readonly<Record<string, Lookup>> = {
  getTarget: {
    takes: ["id", "name"],
    ask: async (client, args) => withoutKey(await findTarget(client, args)),
  },
  getTargetSigningKey: {
    takes: ["id", "name"],
    ask: async (client, args) => ({ signingKey: (await findTarget(client, args)).signingKey }),
    secrets: ["signingKey"],
  },
  listTargets: {
    takes: ["filters"],
    ask: async (client, { filters }) => ({
      targets: (await findTargets(client, filters as Filters<typeof findTargets>)).map(withoutKey),
    }),
  },
  listExecutions: {
    takes: ["filters"],
    ask: async (client, { filters }) => ({
      executions: await findExecutions(client, filters as Filters<typeof findExecutions>),
    }),
  },
  listExecutionFunctions: words("function"),
  listExecutionMethods: words("method"),
  listExecutionServices: words("service"),
};

/** A secret in a result makes all of it a secret, so the signing key has a function of its own. */
function withoutKey({ signingKey: _, payloadType = "PAYLOAD_TYPE_UNSPECIFIED", ...row }: Row): Properties {
  return { ...row, payloadType };
}

/** @throws if there is no such function. */
export function lookupOf(name: string): Lookup {
  const known = new Map(Object.entries(lookups).map(([own, lookup]) => [token(own), lookup]));
  const lookup = known.get(name);
  if (lookup === undefined)
    throw unimplemented(`There is no function ${name}. There are ${[...known.keys()].join(", ")}.`);
  return lookup;
}

/** What is wrong with a function's arguments. */
export function problemsWith({ takes }: Lookup, args: Properties): Failure[] {
  const known = [...takes, "instance"];
  const strange = Object.keys(args).filter((key) => !known.includes(key));
  const failures = strange.map((key) => {
    const [meant] = closest(key, known);
    const hint = meant === undefined ? `The arguments are ${known.join(", ")}.` : `Did you mean '${meant}'?`;
    return { property: "", reason: `Unknown argument '${key}'. ${hint}` };
  });
  const given = ["id", "name"].filter((key) => args[key] !== undefined);
  if (takes.includes("id") && given.length !== 1)
    failures.push({
      property: "",
      reason: `takes exactly one of id and name, but got ${given.length === 0 ? "neither" : "both"}`,
    });
  for (const key of ["id", "name", "instance"])
    if (args[key] !== undefined && typeof args[key] !== "string")
      failures.push({ property: key, reason: "must be a string" });
  if (args["filters"] !== undefined && !(Array.isArray(args["filters"]) && args["filters"].every(isRecord)))
    failures.push({ property: "filters", reason: "must be a list of filters" });
  return failures;
}
