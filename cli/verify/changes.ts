import type { Header } from "./request";

/** Something that happens to bodies and keys on their way, undone. */
export interface Change<Value> {
  /** How it is undone, behind "once": `the line break at its end is taken off`. */
  readonly undone: string;
  /** How it came about. */
  readonly cause: string;
  readonly todo: string;
  /** `undefined` where there is nothing to undo. */
  readonly undo: (value: Value, headers: readonly Header[]) => Value | undefined;
}

const keepBytes = "Keep the bytes as they arrive and verify those, before any body parser.";
const recordBytes =
  "Record the bytes as they arrive; if the receiver gets them so too, look for what in between changes them.";

/** A change of texts, for bodies that are one. */
function ofText(undo: (text: string) => string | Buffer | undefined): Change<Buffer>["undo"] {
  return (bytes) => {
    const undone = undo(bytes.toString());
    return typeof undone === "string" ? Buffer.from(undone) : undone;
  };
}

/** What happens to a body, the most usual first. */
export const bodyChanges: readonly Change<Buffer>[] = [
  {
    undone: "the line break at the body's end is taken off",
    cause: "An editor or a shell adds one, and ZITADEL sends none.",
    todo: recordBytes,
    undo: ofText((text) => text.replace(/[\r\n]+$/, "")),
  },
  {
    undone: "the body is written as JSON without blanks, as ZITADEL writes it",
    cause: "It was parsed and written anew, in another spelling.",
    todo: keepBytes,
    undo: ofText((text) => {
      const value = parsed(text);
      return typeof value === "object" ? JSON.stringify(value) : undefined;
    }),
  },
  {
    undone: "<, > and & in the body are escaped, as ZITADEL escapes them",
    cause: "It was parsed and written anew by something that does not.",
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
    undone: "the byte order mark before the body is taken off",
    cause: "An editor has added it.",
    todo: recordBytes,
    undo: ofText((text) => text.replace(/^\uFEFF/, "")),
  },
  {
    undone: "the body is taken out of the JSON text that it stands in",
    cause: "It was written as a JSON text, in quotes and with escapes.",
    todo: keepBytes,
    undo: ofText((text) => {
      const value = parsed(text);
      return typeof value === "string" ? value : undefined;
    }),
  },
  {
    undone: "the body is decoded from base64",
    cause: "Something in between, such as an API gateway, hands bodies on in base64.",
    todo: 'Decode it before you verify it. In a recording as JSON say so: "isBase64Encoded": true.',
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
    cause: "There is more in the recording than came.",
    todo: recordBytes,
    undo: (bytes, headers) => {
      const [, length] = headers.find(([name]) => name.toLowerCase() === "content-length") ?? [];
      return length === undefined || !/^\d+$/.test(length) ? undefined : bytes.subarray(0, Number(length));
    },
  },
];

/** What happens to a key. */
export const keyChanges: readonly Change<string>[] = [
  {
    undone: "the blanks and line breaks around the key are taken off",
    cause: "`echo` and editors add a line break (`printf %s` and `echo -n` do not), and it became a part of the key.",
    todo: "Store the key without it, or trim it where it is read.",
    undo: (key) => key.trim(),
  },
  {
    undone: "the quotes around the key are taken off",
    cause: "It was taken over with the quotes of JSON or of a settings file.",
    todo: "Store the key without them.",
    undo: (key) => /^(["'])(.*)\1$/s.exec(key)?.[2],
  },
  {
    undone: "the key is decoded from base64",
    cause: "It is in base64, as Kubernetes shows what is in a Secret.",
    todo: "Decode it before you use it.",
    undo: (key) => (/^[\w+/-]{8,}={0,2}$/.test(key) ? Buffer.from(key, "base64").toString("latin1") : undefined),
  },
  {
    undone: String.raw`the \n at the key's end is taken off`,
    cause: "A line break was written as two characters, and they became a part of the key.",
    todo: "Store the key without them.",
    undo: (key) => key.replace(/(?:\\[rn])+$/, ""),
  },
];

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // no JSON is an answer too: then this is not what happened
  }
}
