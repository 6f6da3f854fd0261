/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };

/** A JSON object. */
export type JsonObject = Record<string, Json>;
