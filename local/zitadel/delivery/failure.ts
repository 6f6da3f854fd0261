import { ApiError } from "../errors";

/** An error that is not ZITADEL's own but Go's: the API answers 500 with its text, and no id. */
export function goError(text: string): ApiError {
  return ApiError.domain(2, "", text);
}
