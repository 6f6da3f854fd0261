import type { IncomingHttpHeaders } from "node:http";
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

/** A request as it arrived. Its path has no query, and its escapes are decoded. */
export interface GatewayRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The address of an instance. */
export interface Instance {
  scheme: "http" | "https";
  domain: string;
  port: number;
  organisationId: string;
}
