/**
 * A mock ZITADEL server, and a small engine that replaces Pulumi's. Use them in your tests and to try things out on one machine. Do
 * not keep anything of value in them.
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
