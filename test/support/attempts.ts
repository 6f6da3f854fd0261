import { writeFile } from "node:fs/promises";
import { read } from "./documents";
import { type Attempt, forgeries } from "./forgeries";
import { optionsFor, recorded, recordedKeys } from "./webhook";

// The recorded deliveries and their forgeries as a file, for runtimes other than this one: try-attempts.mjs tries them there.

/** The bytes that differ: most forgeries change only one byte. */
function difference(from: Uint8Array, to: Uint8Array): { start: number; end: number; base64: string } {
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && from[start] === to[start]) start++;
  let end = 0;
  while (end < shorter - start && from.at(-1 - end) === to.at(-1 - end)) end++;
  return { start, end, base64: Buffer.from(to.subarray(start, to.length - end)).toString("base64") };
}

function written({ body, headers, options }: Attempt, genuine: Buffer) {
  const { signingKey, now, decryptionKeys } = options;
  const isToken = options.instanceKeys !== undefined;
  return {
    changed: difference(genuine, Buffer.from(body)),
    headers,
    signingKey,
    isToken,
    now: now?.().getTime(),
    ...(decryptionKeys !== undefined && { decryptionKeys }),
  };
}

/** Writes them to a file. Returns how many there are. */
export async function writeAttempts(file: string): Promise<{ taken: number; refused: number }> {
  const deliveries = Object.entries(recorded).map(([name, genuine]) => {
    const body = Buffer.from(genuine.body);
    // Host and length are the request's own.
    const { "Zitadel-Signature": signature = "", "Content-Type": type = "" } = genuine.headers;
    const headers = { "Zitadel-Signature": signature, "Content-Type": type };
    const attempt = { ...written({ body, headers, options: optionsFor(genuine) }, body), codes: [] };
    return { name, body: body.toString("base64"), attempt };
  });
  const forged = await Promise.all(
    Object.entries(recorded).flatMap(([name, genuine]) =>
      forgeries(name, genuine).map(async ({ change, what, codes, attempt }) => {
        const { body, headers, options } = await attempt();
        const sent = Object.fromEntries(Object.entries(headers).filter(([header]) => /signatur|type$/i.test(header)));
        return { name, change, what, codes, ...written({ body, headers: sent, options }, Buffer.from(genuine.body)) };
      }),
    ),
  );
  await writeFile(file, JSON.stringify({ jwks: recordedKeys, deliveries, forged }));
  return { taken: deliveries.length, refused: forged.length };
}

/** How many deliveries a runtime takes and how many forgeries it refuses, as docs/reliability.md says. */
export function triedIn(runtime: string): { taken: number; refused: number } {
  const rows = read("docs/reliability.md").text.matchAll(/^\| ([^|]+?) +\| ([\d,]+) +\| ([\d,]+) +\| `npm test/gm);
  const [, , taken = "", refused = ""] = [...rows].find(([, name]) => name === runtime) ?? [];
  return { taken: numberOf(taken), refused: numberOf(refused) };
}

const numberOf = (text: string) => Number(text.replaceAll(",", ""));
