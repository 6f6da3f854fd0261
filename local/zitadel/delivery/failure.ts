import { ApiError } from "../errors";

/** An error of Go, not of ZITADEL: the API answers 500 with its text, without an id. */
export function goError(text: string): ApiError {
  return ApiError.domain(2, "", text);
}
