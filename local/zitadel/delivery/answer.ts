import { ApiError, type GrpcCode } from "../errors";
import { readWhole } from "./go-json";
import type { Reply } from "./go-client";
import type { Subject } from "./subject";
import type { JsonNode } from "../json";
import type { TargetKind } from "../targets/events";

/** The gRPC code for each status that can be forwarded. All others are unknown errors. */
const FORWARDED: Partial<Record<number, GrpcCode>> = { 400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 429: 8 };

/**
 * Applies a target's answer to what the target was called about. Only the body of a `restCall` changes that. Throws if the answer
 * rejects the call, or if its body cannot be read.
 */
export function applyAnswer(target: TargetKind, reply: Reply, subject: Subject): void {
  const body = bodyOf(reply);
  if (target === "restCall" && body !== "") subject.take(body);
}

/** Whether the body of an answer itself rejects the call, with a status and a message for its caller. */
export function isForwarding(body: string): boolean {
  const { status, message } = forwardedError(body);
  return status !== 0 || message !== "";
}

/** Whether a body seems meant to reject the call, but ZITADEL does not read it so, because its status or its message has another type. */
export function isMisread(body: string): boolean {
  return forwardedError(body).isMisread;
}

/** Returns the body of a target's answer. Throws if its status or its body rejects the call. */
export function bodyOf({ status, body }: Reply): string {
  if (status < 200 || status > 299) throw ApiError.domain(9, "EXEC-dra6yamk98", "Execution failed");
  const { status: forwarded, message } = forwardedError(body);
  if (forwarded === 0 && message === "") return body;
  if (forwarded < 400 || forwarded > 499) throw ApiError.domain(9, "EXEC-bmhNhpcqpF", message);
  const code = FORWARDED[forwarded];
  if (code === undefined) throw ApiError.domain(2, "", `ID=EXEC-reUaUZCzCp Message=${message}`);
  throw ApiError.domain(code, "EXEC-reUaUZCzCp", message);
}

/** Reads from a body whether it rejects the call. A body that is not JSON, or that has other types there, does not. */
function forwardedError(body: string): { status: number; message: string; isMisread: boolean } {
  const error = { status: 0, message: "", isMisread: false };
  const misread = { ...error, isMisread: true };
  const root = rootOf(body);
  if (root?.kind !== "object") return error;
  for (const { name, value } of root.members) {
    if (value.kind === "null") continue;
    switch (name.toLowerCase()) {
      case "forwardedstatuscode":
        if (value.kind !== "number" || !isGoInt(value.text)) return misread;
        error.status = Number(value.text);
        break;
      case "forwardederrormessage":
        if (value.kind !== "string") return misread;
        error.message = value.text.toWellFormed();
    }
  }
  return error;
}

function isGoInt(text: string): boolean {
  return /^-?[0-9]{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

function rootOf(body: string): JsonNode | undefined {
  try {
    return readWhole(body).root;
  } catch (error) {
    // A body that is not JSON is an ordinary answer here.
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
