import { type Change, bodyChanges, keyChanges } from "./changes";
import { fits } from "./checks";
import type { Case } from "./judge";
import type { SigningKey } from "./keys";

/** What to undo so that the signature matches. */
export interface Fit {
  /** The matching key, before anything was undone. */
  readonly key: SigningKey;
  readonly ofBody: readonly Change<Buffer>[];
  readonly ofKey: readonly Change<string>[];
}

interface Variant<Value> {
  readonly value: Value;
  readonly changes: readonly Change<Value>[];
}

/** The key that matches the signature without any change. */
export async function fittingKey(one: Case): Promise<SigningKey | undefined> {
  for (const key of one.keys) if (await fits(one, [key])) return key;
  return undefined;
}

/** The fewest changes to undo so that the signature matches: at most two of the body, and one of a key. */
export async function firstFit(one: Case): Promise<Fit | undefined> {
  const bodies = twice(asSent(one), one);
  const tries = one.keys.flatMap((key) =>
    [keyAsIs(key), ...undone(keyAsIs(key), keyChanges, one)].flatMap((ofKey) =>
      bodies.map((ofBody) => ({ key, ofBody, ofKey, count: ofBody.changes.length + ofKey.changes.length })),
    ),
  );
  for (const { key, ofBody, ofKey } of tries.sort((a, b) => a.count - b.count)) {
    const changed = { ...key, text: ofKey.value };
    if (await fits({ headers: one.headers, body: ofBody.value }, [changed]))
      return { key, ofBody: ofBody.changes, ofKey: ofKey.changes };
  }
  return undefined;
}

const keyAsIs = ({ text }: SigningKey): Variant<string> => ({ value: text, changes: [] });

/** The body's bytes; a parsed body is written as JSON first. */
function asSent({ body }: Case): Variant<Buffer> {
  const isText = typeof body === "string" || Buffer.isBuffer(body);
  return { value: Buffer.from(isText ? body : JSON.stringify(body)), changes: [] };
}

/** A value, and all values that it may have been before at most two changes. */
function twice(start: Variant<Buffer>, one: Case): Variant<Buffer>[] {
  const once = undone(start, bodyChanges, one);
  const all = [start, ...once, ...once.flatMap((variant) => undone(variant, bodyChanges, one))];
  const seen = new Set<string>();
  return all.filter(({ value }) => {
    const text = value.toString("latin1");
    return !seen.has(text) && seen.add(text);
  });
}

function undone<Value extends string | Buffer>(
  { value, changes }: Variant<Value>,
  possible: readonly Change<Value>[],
  { headers }: Case,
): Variant<Value>[] {
  return possible.flatMap((change) => {
    const before = change.undo(value, headers);
    const isOther = before !== undefined && before.length > 0 && Buffer.compare(bytes(before), bytes(value)) !== 0;
    return isOther ? [{ value: before, changes: [...changes, change] }] : [];
  });
}

function bytes(value: string | Buffer): Buffer {
  return Buffer.from(value);
}
