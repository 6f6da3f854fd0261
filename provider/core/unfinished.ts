import { ZitadelError } from "../api/errors";
import type { Properties } from "./properties";

/**
 * The resource exists, but not as declared: `properties` is its current state, from which the next deployment continues. Pulumi
 * reads `id`, `reasons` and `properties` of such an error.
 */
export class Unfinished extends ZitadelError {
  readonly reasons: readonly string[];
  readonly #properties: Properties;

  constructor(
    readonly id: string,
    properties: Properties,
    { code, message, status, operation, errorId, doubtful }: ZitadelError,
  ) {
    super(code, message, { status, operation, errorId, doubtful });
    this.reasons = [this.message];
    this.#properties = properties;
  }

  /** May contain a signing key, so code that prints errors must not see it. */
  get properties(): Properties {
    return this.#properties;
  }
}
