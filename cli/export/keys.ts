import { isPast } from "../../provider/api/server-time";
import { Ledger } from "../../provider/core/ledger";
import { idOf } from "../../provider/public-key/id";
import { aloneOf, fingerprintOf } from "../../provider/public-key/pem";
import { check, type table } from "../../provider/public-key/schema";
import type { Row } from "../../provider/public-key/wire";
import type { Inventory, TargetRow } from "../inventory";
import { type Block, leftOut, problemOf } from "./block";
import { type Namer, resourceNames } from "./names";
import { code, lines, set, text, type Value } from "./typescript";
import { naming, type Targets } from "./targets";

/** The public keys of a program. */
export interface Keys {
  readonly blocks: readonly Block[];
  /** The variable of each target's active key, by the target's id. */
  readonly active: ReadonlyMap<string, string>;
}

/** Declares the keys of all targets, in the targets' order. A deleted target has no keys, even if ZITADEL lists some. */
export function declareKeys({ targets: rows, keys }: Inventory, targets: Targets, variables: Namer): Keys {
  const resources = resourceNames();
  const ledger = new Ledger();
  const active = new Map<string, string>();
  const declareKey = (target: TargetRow, row: Row): Block => {
    const called = targets.declared.get(target.id);
    const resource = resources(`${called?.resource ?? target.name}-key`, "key");
    const inputs = inputsOf(row);
    const problem =
      problemOf(check, {
        news: { targetId: target.id, ...inputs, adopt: true },
        logicalName: resource,
        claim: (what) => ledger.claim(what, resource),
      }) ??
      (fingerprintOf(inputs.publicKey) === row.fingerprint
        ? undefined
        : "its fingerprint is not the one that ZITADEL shows");
    const about = { resource: "publicKey", id: idOf(target.id, row.keyId) } as const;
    const name = `Public key ${about.id}`;
    if (problem !== undefined) return leftOut(about, `${name} of target ${naming(target)}`, problem);
    const variable = variables(`${called?.variable ?? target.name} key`, "target");
    if (inputs.active) active.set(target.id, variable);
    return {
      about,
      declaration: {
        variable,
        type: "ZitadelTargetPublicKey",
        resource,
        properties: set({
          targetId: targets.idOf(target.id),
          publicKey: lines(inputs.publicKey),
          expirationDate: row.expirationDate === undefined ? undefined : text(row.expirationDate),
          active: inputs.active ? undefined : code("false"),
          adopt: code("true"),
        } satisfies Record<Exclude<keyof typeof table, "instance">, Value | undefined>),
      },
      notes: notesOn(row, name),
    };
  };
  const present = rows.filter(({ id }) => !targets.isDeleted(id));
  const blocks = present.flatMap((target) => (keys.get(target.id) ?? []).map((row) => declareKey(target, row)));
  return { blocks, active };
}

/** The stored text may contain more than the key, which does not belong in a program. An expired key is not active. */
function inputsOf(row: Row) {
  const { expirationDate } = row;
  const stored = storedText(row);
  return {
    publicKey: aloneOf(stored) ?? stored,
    ...(expirationDate !== undefined && { expirationDate }),
    active: row.active && !isPast(expirationDate, Date.now()),
  };
}

function notesOn(row: Row, name: string): string[] {
  const notes: string[] = [];
  if (isPast(row.expirationDate, Date.now()))
    notes.push(`${name} expired on ${row.expirationDate ?? ""}: ZITADEL can no longer encrypt with it.`);
  if (storedText(row).includes("PRIVATE KEY"))
    notes.push(
      `${name} was added with a PRIVATE key, which everybody who may read the target can see: create a new pair.`,
    );
  return notes;
}

function storedText({ publicKey }: Row): string {
  return Buffer.from(publicKey, "base64").toString();
}
