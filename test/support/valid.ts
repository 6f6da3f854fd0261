import type { IncomingMessage } from "node:http";
import { newKey } from "./pairs";
import { fingerprintOf } from "../../provider/public-key/pem";

/** When the answers are given: a moment after the fake clock begins. */
const date = "2026-07-01T12:00:05Z";
const dates = { creationDate: "2026-06-01T00:00:00Z", changeDate: date };
const publicKey = newKey();
const pagination = { totalResult: "1", appliedLimit: "1000" };

/** One valid answer of ZITADEL to each call, by what it is an answer to. */
export const validAnswers: Readonly<Record<string, unknown>> = {
  "POST targets": { id: "1", creationDate: date, signingKey: "a-new-key" },
  "POST target": { changeDate: date, signingKey: "another-key" },
  "DELETE target": { deletionDate: date },
  "POST targets/search": {
    pagination,
    targets: [
      {
        id: "1",
        name: "hook",
        endpoint: "https://example.com/hook",
        timeout: "10s",
        restCall: { interruptOnError: true },
        payloadType: "PAYLOAD_TYPE_JSON",
        signingKey: "another-key",
        ...dates,
      },
    ],
  },
  "PUT executions": { setDate: date },
  "POST executions/search": {
    pagination,
    executions: [{ condition: { function: { name: "preuserinfo" } }, targets: ["3"], ...dates }],
  },
  "GET executions/methods": { methods: ["/zitadel.session.v2.SessionService/ListSessions"] },
  "POST publickeys": { keyId: "2", creationDate: date },
  "DELETE publickey": { deletionDate: date },
  "POST publickey": { changeDate: date },
  "POST publickeys/search": {
    pagination,
    publicKeys: [
      {
        keyId: "2",
        active: true,
        publicKey: Buffer.from(publicKey).toString("base64"),
        fingerprint: fingerprintOf(publicKey),
        expirationDate: "2099-01-01T00:00:00Z",
        ...dates,
      },
    ],
  },
};

/** Which of the answers a request is given. */
export function callOf({ method = "", url = "" }: IncomingMessage): string {
  const path = url
    .replace("/v2/actions/", "")
    .replace(/publickeys\/(?!search)[^/]+(\/\w+)?$/, "publickey")
    .replace(/^targets\/[^/]+\/publickey/, "publickey")
    .replace(/^targets\/(?!search)[^/]+$/, "target");
  return `${method} ${path}`;
}

/** Where in a value something stands. */
export type Path = readonly (string | number)[];

/** The paths of everything in a value, itself first. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...entries.flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

/** A copy of the value, with something else at the path. */
export function replaced(value: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) return other;
  if (Array.isArray(value))
    return value.map((inner: unknown, index) => (index === key ? replaced(inner, rest, other) : inner));
  const record = value as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, other) };
}

/** One value of each type that JSON knows, some of them nasty. */
export const jsonValues: readonly unknown[] = [null, true, -1.5, 1e308, "", "x", [], [null], {}, { id: {} }];

export function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
}
