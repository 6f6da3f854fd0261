/** gRPC codes that ZITADEL answers with, and the HTTP status each of them has on REST. */
const HTTP_STATUS = { 2: 500, 3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 12: 405, 13: 500, 14: 503, 16: 401 };

/**
 * A gRPC code that ZITADEL answers with.
 *
 * @useDeclaredType
 */
export type GrpcCode = keyof typeof HTTP_STATUS;

/** The body of an error as ZITADEL sends it. */
export interface ErrorBody {
  /** The gRPC code. */
  code: GrpcCode;
  /** What is wrong, with the error's id in brackets where it has one. */
  message: string;
  /** One detail where the error has an id. */
  details?: ErrorDetail[];
}

/** What an error of ZITADEL's domain says more exactly. */
export interface ErrorDetail {
  /** The name of this message in protobuf. */
  "@type": string;
  /** ZITADEL's own id of the error, such as `COMMAND-xj14f2cccn`. */
  id?: string;
  /** What is wrong. */
  message: string;
}

/** A refusal in ZITADEL's own shape: what the API answers, and what the helpers that bypass HTTP throw. */
export class ApiError extends Error {
  /** `ApiError`, also in another copy of this package. */
  override readonly name = "ApiError";

  private constructor(
    /** The gRPC code. */
    readonly code: GrpcCode,
    /** What the API answers. */
    readonly body: ErrorBody,
    /** ZITADEL's own id of the error, such as `COMMAND-xj14f2cccn`; empty where it gives none. */
    readonly id: string,
  ) {
    super(body.message);
  }

  /** The HTTP status that the code has on REST. */
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
