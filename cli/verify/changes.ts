import { attempt } from "../../provider/api/json";
import type { SigningKey } from "../keys";
import { type Case, matches } from "./checks";
import type { Header } from "./recording";

/** A typical change to a body or a key on its way, and how to undo it. */
export interface Change<Value> {
  /** How it is undone, as the end of "The signature matches once …": `the line break at its end is removed`. */
  readonly undone: string;
  /** How it happened. */
  readonly cause: string;
  readonly todo: string;
  /** Returns `undefined` if there is nothing to undo. */
  readonly undo: (value: Value, headers: readonly Header[]) => Value | undefined;
}

const keepBytes = "Keep the bytes as they arrive and verify those, before any body parser.";
const recordBytes =
  "Record the bytes as they arrive. If the receiver gets them like this too, find the proxy or gateway that changes them.";

/** A change of a text, applied to a body's bytes. */
function ofText(undo: (text: string) => string | Buffer | undefined): Change<Buffer>["undo"] {
  return (bytes) => {
    const undone = undo(bytes.toString());
    return typeof undone === "string" ? Buffer.from(undone) : undone;
  };
}

/** Typical changes to a body, the most common first. */
export const bodyChanges: readonly Change<Buffer>[] = [
  {
    undone: "the line break at the body's end is removed",
    cause: "An editor or a shell adds one, but ZITADEL sends none.",
    todo: recordBytes,
    undo: ofText((text) => text.replace(/(?<![\r\n])[\r\n]+$/, "")),
  },
  {
    undone: "the body is written as JSON without spaces, as ZITADEL writes it",
    cause: "It was parsed and serialised again, in another format.",
    todo: keepBytes,
    undo: ofText((text) => {
      const value = parsed(text);
      return typeof value === "object" ? attempt(() => JSON.stringify(value)) : undefined;
    }),
  },
  {
    undone: "<, > and & in the body are escaped, as ZITADEL escapes them",
    cause: "It was parsed and serialised again by something that does not escape them.",
    todo: keepBytes,
    undo: ofText((text) =>
      text.replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`),
    ),
  },
  {
    undone: "the body's line breaks are LF instead of CRLF",
    cause: "An editor, Git or a transfer in text mode has changed them.",
    todo: recordBytes,
    undo: ofText((text) => text.replaceAll("\r\n", "\n")),
  },
  {
    undone: "the byte order mark before the body is removed",
    cause: "An editor has added it.",
    todo: recordBytes,
    undo: ofText((text) => text.replace(/^\uFEFF/, "")),
  },
  {
    undone: "the JSON string that contains the body is decoded",
    cause: "It was written as a JSON string, in quotes and with escapes.",
    todo: keepBytes,
    undo: ofText((text) => {
      const value = parsed(text);
      return typeof value === "string" ? value : undefined;
    }),
  },
  {
    undone: "the body is decoded from base64",
    cause: "A proxy or an API gateway forwards bodies in base64.",
    todo: 'Decode it before you verify it. In a recording as JSON, add "isBase64Encoded": true, unless it is base64url.',
    undo: ofText((text) => (/^[\w+/-]+={0,2}\s*$/.test(text) ? Buffer.from(text, "base64") : undefined)),
  },
  {
    undone: "the body is read as UTF-8 instead of Latin-1",
    cause: "Its bytes were read in the wrong encoding, and written in another.",
    todo: keepBytes,
    undo: ofText((text) => (/^[\0-\xFF]*$/.test(text) ? Buffer.from(text, "latin1") : undefined)),
  },
  {
    undone: "the body ends where its Content-Length says",
    cause: "The recording contains more than was received.",
    todo: recordBytes,
    undo: (bytes, headers) => {
      const [, length] = headers.find(([name]) => name.toLowerCase() === "content-length") ?? [];
      return length === undefined || !/^\d+$/.test(length) ? undefined : bytes.subarray(0, Number(length));
    },
  },
];

/** Typical changes to a key. */
export const keyChanges: readonly Change<string>[] = [
  {
    undone: "the byte order mark before the key is removed",
    cause: "An editor or PowerShell has written it at the start of the key's file.",
    todo: "Save the file as UTF-8 without a byte order mark.",
    undo: (key) => key.replace(/^\uFEFF/, ""),
  },
  {
    undone: "the spaces and line breaks around the key are removed",
    cause: "`echo` and editors add a line break (`printf %s` and `echo -n` do not), and it became part of the key.",
    todo: "Store the key without it, or trim it where it is read.",
    undo: (key) => key.trim(),
  },
  {
    undone: "the quotes around the key are removed",
    cause: "It was copied with the quotes of JSON or of a settings file.",
    todo: "Store the key without them.",
    undo: (key) => /^(["'])(.*)\1$/s.exec(key)?.[2],
  },
  {
    undone: "the key is decoded from base64",
    cause: "It is in base64, as Kubernetes shows the data of a Secret.",
    todo: "Decode it before you use it.",
    undo: (key) => (/^[\w+/-]{8,}={0,2}$/.test(key) ? Buffer.from(key, "base64").toString("latin1") : undefined),
  },
  {
    undone: String.raw`the \n at the key's end is removed`,
    cause: "A line break was written as two characters, and they became part of the key.",
    todo: "Store the key without them.",
    undo: (key) => key.replace(/(?<!\\[rn])(?:\\[rn])+$/, ""),
  },
];

function parsed(text: string): unknown {
  // If it is not JSON, this is not what happened.
  return attempt(() => JSON.parse(text) as unknown);
}

/** What to undo so that the signature matches. */
export interface Match {
  /** The matching key, before anything was undone. */
  readonly key: SigningKey;
  readonly ofBody: readonly Change<Buffer>[];
  readonly ofKey: readonly Change<string>[];
}

/** The fewest changes to undo so that the signature matches: at most two of the body, and one of a key. */
export async function findChanges({ headers, body, keys }: Case): Promise<Match | undefined> {
  // A parsed body is written as JSON first.
  const isText = typeof body === "string" || Buffer.isBuffer(body);
  const sent = { value: Buffer.from(isText ? body : JSON.stringify(body)), changes: [] };
  const once = undone(sent, bodyChanges, headers);
  const twice = once.flatMap((variant) => undone(variant, bodyChanges, headers));
  const bodies = [...Map.groupBy([sent, ...once, ...twice], ({ value }) => value.toString("latin1")).values()];
  const tries = keys.flatMap((key) => {
    const given = { value: key.text, changes: [] };
    return [given, ...undone(given, keyChanges, headers)].flatMap((ofKey) =>
      bodies.flatMap(([ofBody = sent]) => ({
        key,
        ofBody,
        ofKey,
        count: ofBody.changes.length + ofKey.changes.length,
      })),
    );
  });
  for (const { key, ofBody, ofKey } of tries.sort((a, b) => a.count - b.count)) {
    if (await matches({ headers, body: ofBody.value }, { ...key, text: ofKey.value }))
      return { key, ofBody: ofBody.changes, ofKey: ofKey.changes };
  }
  return undefined;
}

interface Variant<Value> {
  readonly value: Value;
  readonly changes: readonly Change<Value>[];
}

/** What a value may have been before one of the changes. */
function undone<Value extends string | Buffer>(
  { value, changes }: Variant<Value>,
  possible: readonly Change<Value>[],
  headers: readonly Header[],
): Variant<Value>[] {
  return possible.flatMap((change) => {
    const before = change.undo(value, headers);
    const isOther = before !== undefined && before.length > 0 && !bytes(before).equals(bytes(value));
    return isOther ? [{ value: before, changes: [...changes, change] }] : [];
  });
}

function bytes(value: string | Buffer): Buffer {
  return Buffer.from(value);
}
