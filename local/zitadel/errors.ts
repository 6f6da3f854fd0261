/** The gRPC codes that ZITADEL answers with, and the HTTP status of each on REST. */
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
  /** The message, with the error's id in parentheses if it has one. */
  message: string;
  /** Contains one detail if the error has an id. */
  details?: ErrorDetail[];
}

/** The details of an error of ZITADEL's domain. */
export interface ErrorDetail {
  /** The name of this message in protobuf. */
  "@type": string;
  /** ZITADEL's own id of the error, such as `COMMAND-xj14f2cccn`. */
  id?: string;
  /** The message. */
  message: string;
}

/** An error in ZITADEL's own form. The API answers it, and the helpers that bypass HTTP throw it. */
export class ApiError extends Error {
  /** `ApiError`, also in another copy of this package. */
  override readonly name = "ApiError";

  private constructor(
    /** The gRPC code. */
    readonly code: GrpcCode,
    /** The message that the API answers. */
    readonly body: ErrorBody,
    /** ZITADEL's own id of the error, such as `COMMAND-xj14f2cccn`, or empty if it has none. */
    readonly id: string,
  ) {
    super(body.message);
  }

  /** The HTTP status of the code on REST. */
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

/** An error for a request that does not parse, or for a field that breaks its rule. */
export function invalid(message: string): ApiError {
  return ApiError.plain(3, message);
}

/** An error of Go, not of ZITADEL: the API answers 500 with its text, without an id. */
export function goError(text: string): ApiError {
  return ApiError.domain(2, "", text);
}
