import type { Permission } from "./auth";

/** One method of the API. */
export interface Call {
  permission: Permission;
  /**
   * Reads the request. An invalid one is rejected before its sender is checked. The function that it returns validates the request and
   * carries it out. `values` are the values in the path, in order.
   */
  prepare(values: readonly string[], body: string): () => object;
}
