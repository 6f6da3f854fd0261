/** gRPC codes that ZITADEL answers with, and the HTTP status each of them has on REST. */
const HTTP_STATUS = { 2: 500, 3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 12: 405, 13: 500, 14: 503, 16: 401 };

export type GrpcCode = keyof typeof HTTP_STATUS;

/** The body of an error as ZITADEL sends it. */
export interface ErrorBody {
  code: GrpcCode;
  message: string;
  details?: { "@type": string; id?: string; message: string }[];
}

/** A refusal in ZITADEL's own shape: what the API answers, and what the helpers that bypass HTTP throw. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  private constructor(
    readonly code: GrpcCode,
    readonly body: ErrorBody,
    /** ZITADEL's own id of the error, such as `COMMAND-xj14f2cccn`; empty where it gives none. */
    readonly id: string,
  ) {
    super(body.message);
  }

  get status(): number {
    return HTTP_STATUS[this.code];
  }

  /** An error without details: malformed requests, failed validation, a missing token. */
  static plain(code: GrpcCode, message: string): ApiError {
    return new ApiError(code, { code, message }, "");
  }

  /** An error of the domain, with its id in the message and in the details. */
  static domain(code: GrpcCode, id: string, message: string): ApiError {
    const detail = { "@type": "type.googleapis.com/zitadel.v1.ErrorDetail", ...(id === "" ? {} : { id }), message };
    return new ApiError(code, { code, message: `${message} (${id})`, details: [detail] }, id);
  }
}

/** A request that does not parse, or a field that fails its rule. */
export function invalid(message: string): ApiError {
  return ApiError.plain(3, message);
}
