import type { Fault } from "../../local/zitadel";

/** The ways in which a request is not answered and was not carried out, each with its name for a test. */
export const beforeTheWork: [string, Fault][] = [
  ["reset before the work", { kind: "reset" }],
  ["502 before the work", { kind: "status", status: 502, html: true }],
  ["504 before the work", { kind: "status", status: 504 }],
];

/** The ways in which a request is carried out and the answer is lost. */
export const afterTheWork: [string, Fault][] = [
  ["reset after the work", { kind: "reset", work: true }],
  ["half an answer", { kind: "halfAnswer" }],
  ["502 after the work", { kind: "status", status: 502, work: true, html: true }],
  ["504 after the work", { kind: "status", status: 504, work: true }],
];
