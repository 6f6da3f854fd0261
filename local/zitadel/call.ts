import type { Permission } from "./auth";

/** One method of the API. */
export interface Call {
  permission: Permission;
  /**
   * Reads the request, which is refused before anybody asks who sent it; the function returned validates it and does
   * the work. `values` are those in the path, in its order.
   */
  prepare(values: readonly string[], body: string): () => object;
}
