import type { Answer } from "./http";

/** An error of the domain, with its id. */
export const domainError = (status: number, code: number, id: string, text: string) => ({
  status,
  body: {
    code,
    message: `${text} (${id})`,
    details: [{ "@type": "type.googleapis.com/zitadel.v1.ErrorDetail", id, message: text }],
  },
});

/** A refused request: 400, code 3, no details; blanks and places in the message do not count. */
export function expectRefusal(answer: Answer, message: string): void {
  const { message: got, ...rest } = answer.body as { message: string };
  expect({ status: answer.status, ...rest }).toEqual({ status: 400, code: 3 });
  expect(got.replace(/^proto:\s+/, "proto: ").replace(/\(line \d+:\d+\)/, "(line)")).toBe(message);
}

/** What an embedded message's failure is wrapped in, for each field on the way to it. */
export function within(fields: readonly string[], failure: string): string {
  const wrapped = (field: string) => `invalid ${field}: embedded message failed validation | caused by: `;
  return fields.map(wrapped).join("") + failure;
}
