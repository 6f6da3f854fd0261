/**
 * The rules of the policy pack, to use in your own pack: `new PolicyPack("ours", { policies: [...rules, …] })`. They are plain
 * data and functions: importing them starts nothing, and does not load `@pulumi/policy`.
 *
 * @module pulumi-zitadel-actions/policies
 */
import type { Policies } from "@pulumi/policy";
import { endpointHosts } from "./endpoint-hosts";
import { endpointHttps } from "./endpoint-https";
import { endpointQuery } from "./endpoint-query";
import { lockout } from "./lockout";
import { payloadTypes } from "./payload-types";
import { protection } from "./protection";
import { rotation } from "./rotation";
import { timeouts } from "./timeouts";

export { endpointHosts, endpointHttps, endpointQuery, lockout, payloadTypes, protection, rotation, timeouts };

/** All rules of the pack. */
export const rules: Policies = [
  endpointHttps,
  endpointHosts,
  endpointQuery,
  timeouts,
  payloadTypes,
  rotation,
  lockout,
  protection,
];
