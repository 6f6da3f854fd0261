/**
 * Stand-ins for the two remote parts of a deployment, on one machine: ZITADEL, and Pulumi's engine. For tests of your own and
 * for trying things out; neither is meant to keep anything of value.
 *
 * @module pulumi-zitadel-actions/local
 */
export * from "./zitadel";
export * from "./engine";
export {
  type Deployment,
  type DeploymentOptions,
  type EngineName,
  engineOnThisMachine,
  openDeployment,
  type StepOptions,
} from "./deployment";
